import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { csv } from "../../lib/figures/csv";
import { exportFigure, picture, type FigurePaths } from "../../lib/figures/export";
import { assertClose } from "../assert-close";
import { examples } from "./examples";

const provenance = { run: "3f2a", configuration: { preset: "quick", schedule: { betaMax: 3 } } };
const available = (tool: string): boolean => spawnSync(tool, ["-v"]).error === undefined;

/** Of a picture on white: its size, the mean darkness, and the share of pixels that are neither grey nor white. */
async function ink(file: string): Promise<{ width: number; height: number; dark: number; coloured: number }> {
  const image = await loadImage(fs.readFileSync(file));
  const { width, height } = image;
  const context = createCanvas(width, height).getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let [dark, coloured] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = data.subarray(i, i + 3);
    dark += 1 - (r + g + b) / 765;
    if (Math.max(r, g, b) - Math.min(r, g, b) > 30) coloured++;
  }
  return { width, height, dark: dark / (width * height), coloured: coloured / (width * height) };
}

describe("exportFigure", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "figures-"));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));
  let one: FigurePaths;
  let two: FigurePaths;
  before(async () => {
    one = await exportFigure(examples["precision spread"](), { ...provenance, folder });
    two = await exportFigure(examples["spectrum ratio over two columns"](), { ...provenance, folder });
  });

  it("writes five files of the figure's name and leaves nothing else", () => {
    assert.equal(one.pdf, path.join(folder, "precision-spread.pdf"));
    const expected = ["precision-spread", "spectrum-ratio"].flatMap((name) =>
      ["csv", "pdf", "png", "svg", "vl.json"].map((extension) => `${name}.${extension}`),
    );
    assert.deepEqual(fs.readdirSync(folder).sort(), expected);
  });

  it("made again, in another folder, gives the same bytes in every format", async () => {
    const again = await exportFigure(examples["spectrum ratio over two columns"](), {
      ...provenance,
      folder: path.join(folder, "again"),
    });
    for (const format of Object.keys(two) as (keyof FigurePaths)[]) {
      assert.ok(fs.readFileSync(two[format]).equals(fs.readFileSync(again[format])), format);
    }
    fs.rmSync(path.join(folder, "again"), { recursive: true });
  });

  it("states 85 and 174 mm in the SVG", () => {
    assert.match(fs.readFileSync(one.svg, "utf8"), /^<svg [^>]*width="85mm" height="[\d.]+mm" viewBox="0 0 321.26 /);
    assert.match(fs.readFileSync(two.svg, "utf8"), /^<svg [^>]*width="174mm"/);
  });

  it("says in SVG, PNG and Vega-Lite which run and configuration made it", () => {
    assert.match(fs.readFileSync(two.svg, "utf8"), /<metadata>[^<]*"run":"3f2a"[^<]*betaMax/);
    const png = fs.readFileSync(two.png).toString("latin1");
    assert.match(png, /iTXtSource\0\0\0\0\0run: 3f2a/);
    assert.match(png, /iTXtComment\0\0\0\0\0\{"preset":"quick"/);
    const spec = JSON.parse(fs.readFileSync(two["vl.json"], "utf8")) as { usermeta: { run: string } };
    assert.equal(spec.usermeta.run, "3f2a");
  });

  it("draws the PNG at 300 dots to an inch, and says so", async () => {
    const bytes = fs.readFileSync(one.png);
    const image = await loadImage(bytes);
    assert.equal(image.width, Math.round((85 / 25.4) * 300));
    assert.equal(bytes.readUInt32BE(bytes.indexOf("pHYs", 0, "latin1") + 4), 11811); // dots per metre
  });

  it("keeps the data as given, SI, under their names", () => {
    const lines = fs.readFileSync(one.csv, "utf8").split("\n");
    assert.equal(lines[0], "source,x,std,low,high");
    assert.equal(lines[lines.length - 3], `single precision,0.0001,${13e-4},${12.5e-4},${13.6e-4}`);
    assert.match(lines[lines.length - 2], /^published,0\.0001,0\.00\d+,,$/);
  });

  it("lowers subscripts in the pictures", async () => {
    const { svg } = await picture(examples["bias profile"]());
    assert.match(
      svg,
      />\(a\) c, β<\/tspan><tspan dy="[\d.]+" font-size="[\d.]+px">max<\/tspan><tspan dy="-[\d.]+"> = 3</,
    );
    assert.doesNotMatch(svg, /β_max/);
  });

  it("refuses a name that is a path", async () => {
    const named = { ...examples["precision spread"](), name: "../elsewhere" };
    await assert.rejects(exportFigure(named, { folder }), /a figure's name is one plain word/);
  });

  describe("its PDF, read by poppler", () => {
    before(function () {
      if (!["pdffonts", "pdftotext", "pdfinfo"].every(available)) this.skip();
    });
    const read = (tool: string, ...parameters: string[]) => execFileSync(tool, parameters, { encoding: "utf8" });

    it("has the stated width to a hundredth of a millimetre", () => {
      for (const [file, millimetres] of [
        [one.pdf, 85],
        [two.pdf, 174],
      ] as const) {
        // prettier-ignore
        const points = Number(/Page size:\s+([\d.]+) x/.exec(read("pdfinfo", file))![1]);
        assertClose("width", (points / 72) * 25.4, millimetres, { within: 0.01 });
      }
    });

    it("embeds its font and holds text as text: Greek, units and subscripts are found", async () => {
      const fonts = read("pdffonts", two.pdf).trim().split("\n").slice(2);
      assert.equal(fonts.length, 2);
      for (const font of fonts)
        assert.match(font, /SourceSans3-(Regular|SemiBold) +CID TrueType +Identity-H +yes yes yes/);
      assert.match(read("pdftotext", "-layout", one.pdf, "-"), /std of φ \(mV\)/);
      const profile = await exportFigure(examples["bias profile"](), {
        ...provenance,
        folder: path.join(folder, "profile"),
      });
      const words = read("pdftotext", "-raw", profile.pdf, "-");
      fs.rmSync(path.join(folder, "profile"), { recursive: true });
      for (const expected of ["x (µm)", "φ, βmax = 20", "trained network", "−0.05"]) {
        assert.ok(words.includes(expected), `${expected} is not among:\n${words}`);
      }
    });

    it("is drawn by it as the PNG is: the same proportions, as much ink, colour", async function () {
      if (!available("pdftoppm")) this.skip();
      execFileSync("pdftoppm", ["-r", "100", "-png", "-singlefile", two.pdf, path.join(folder, "drawn")]);
      const file = path.join(folder, "drawn.png");
      const [drawn, png] = [await ink(file), await ink(two.png)];
      fs.rmSync(file);
      assertClose("width", drawn.width, (174 / 25.4) * 100, { within: 1.5 });
      assertClose("proportions", drawn.height / drawn.width, png.height / png.width, { within: 3 / drawn.width });
      // Edges are smoothed over a pixel, which is larger at 100 dpi.
      assertClose("ink", drawn.dark, png.dark, { within: 0.25 * png.dark });
      assert.ok(drawn.coloured > 0.005, `${drawn.coloured} of the picture is coloured`);
    });

    it("says what made it, without a date of its own", () => {
      const about = read("pdfinfo", "-isodates", two.pdf);
      assert.match(about, /Title:\s+Ratio of the variances of generated and PDE fields/);
      assert.match(about, /Subject:\s+run: 3f2a/);
      assert.match(about, /Keywords:\s+\{"preset":"quick","schedule":\{"betaMax":3\}\}/);
      assert.match(about, /CreationDate:\s+2000-01-01T00:00:00Z/);
    });
  });
});

describe("csv", () => {
  it("quotes what needs it and leaves missing values empty", () => {
    assert.equal(
      csv([
        { a: 'x "y", z', b: 1e-7 },
        { b: null, c: true },
      ]),
      'a,b,c\n"x ""y"", z",1e-7,\n,,true\n',
    );
  });
  it("refuses what is no number or word", () => {
    assert.throws(() => csv([{ a: [1] }]), /csv: a cell holds/);
  });
});
