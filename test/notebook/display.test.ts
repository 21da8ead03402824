import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  dataFrame,
  exportTable,
  liveCurve,
  progress,
  showFigure,
  showTable,
  tableLatex,
  tableText,
} from "../../lib/notebook/display";
import { temporaryFolder } from "../temporary-folder";
import type { Output } from "../../lib/notebook/kernel";
import { examples } from "../figures/examples";

/** A notebook that keeps what it is sent: outputs by display_id, as Jupyter does. */
function notebook() {
  const sent: { output: Output; update: boolean }[] = [];
  const outputs = new Map<string, Output>();
  return {
    sent,
    outputs,
    send(output: Output, update: boolean) {
      sent.push({ output, update });
      const id = output.transient.display_id ?? `#${sent.length}`;
      assert.equal(outputs.has(id), update, "an update replaces an output that is there, and only such a one");
      outputs.set(id, output);
    },
  };
}

/** A clock that the test moves. */
function clock() {
  let ms = 0;
  return { now: () => ms, pass: (by: number) => void (ms += by) };
}

function paper(properties: { isTTY: boolean; columns?: number }) {
  const written: string[] = [];
  return { ...properties, written, write: (text: string) => void written.push(text) };
}

describe("showFigure", () => {
  it("sends one output: the chart as an object, the picture as PNG, a line of text", async () => {
    const page = notebook();
    const figure = examples["precision spread"]();
    await showFigure(figure, { send: page.send });
    assert.equal(page.sent.length, 1);
    const { data } = page.sent[0].output;
    const chart = data["application/vnd.vegalite.v5+json"] as { config: Record<string, unknown> };
    assert.deepEqual(chart.config.mark, { tooltip: { content: "data" } });
    assert.deepEqual(
      { ...chart, config: { ...chart.config, mark: undefined } },
      { ...figure.spec, config: { ...(figure.spec.config as object), mark: undefined } },
    );
    const { metadata } = page.sent[0].output;
    assert.deepEqual(metadata["application/vnd.vegalite.v5+json"], {
      embed_options: { renderer: "svg", scaleFactor: 300 / 96 },
    });
    assert.match(data["image/png"] as string, /^iVBORw0KGgo/);
    assert.match(data["text/plain"] as string, /^Figure precision-spread: Spread of the potential/);
  });
  it("does nothing outside a kernel", async () => {
    await showFigure(examples["precision spread"]());
  });
});

describe("showTable", () => {
  const rows = [
    { field: "c", "bias / std": -0.00912, n: 2000 },
    { field: "φ <raw>", "bias / std": 1.15, n: 8000 },
  ];
  it("sends HTML with its letters escaped, and text beside it", () => {
    const page = notebook();
    showTable(rows, { caption: "Bias", send: page.send });
    const { data } = page.sent[0].output;
    assert.match(
      data["text/html"] as string,
      /<caption>Bias<\/caption>.*φ &lt;raw&gt;<\/td><td style="text-align:right">1\.15</,
    );
    assert.match(data["text/plain"] as string, /^Bias\nfield/);
  });
  it("aligns numbers to the right, three digits, whole numbers whole", () => {
    assert.equal(
      tableText(rows),
      [
        "field    bias / std     n",
        "-------  ----------  ----",
        "c          −0.00912  2000",
        "φ <raw>        1.15  8000",
      ].join("\n"),
    );
  });
  it("gives LaTeX with its special letters escaped", () => {
    const latex = tableLatex([{ "share_of %": "a & b", value: -1 }]);
    assert.match(latex, /\\begin\{tabular\}\{lr\}\n\\toprule\nshare\\_of \\% & value \\\\/);
    assert.match(latex, /a \\& b & \$-\$1 \\\\/);
  });
  it("escapes each letter of LaTeX once, and writes Greek and signs as mathematics", () => {
    const [, body] = tableLatex([{ a: "\\cmd{x}_1^2 ~5 % φ ≤ 3·10⁻ <b|" }]).split("\\midrule\n");
    const expected =
      "\\textbackslash{}cmd\\{x\\}\\_1\\textasciicircum{}2 \\textasciitilde{}5 \\% $\\varphi$ $\\le$ " +
      "3$\\cdot$10$^{-}$ $<$b$|$";
    assert.equal(body.split(" \\\\\n")[0], expected);
  });
  it("refuses an empty table", () => {
    assert.throws(() => tableText([]), /tableText: a table needs at least one row/);
  });
});

describe("a table as a danfojs DataFrame", function () {
  this.timeout(60_000); // danfojs takes seconds to load
  const folder = temporaryFolder();
  const rows = [
    { field: "c", "bias / std": -0.00912, n: 2000 },
    { field: 'φ, "raw"', "bias / std": 1.15 },
    { field: "c", "bias / std": 0.5, n: 8000 },
  ];

  it("is shown as its rows are, what they lack left empty", () => {
    assert.equal(tableText(dataFrame(rows)), tableText(rows));
  });
  it("is grouped in a cell and then shown", () => {
    const means = dataFrame(rows).groupby(["field"]).col(["bias / std"]).mean();
    assert.equal(
      tableText(means),
      [
        "field     bias / std_mean",
        "--------  ---------------",
        "c                   0.245",
        'φ, "raw"             1.15',
      ].join("\n"),
    );
    const column = dataFrame(rows).column("n") as unknown as Parameters<typeof tableText>[0];
    assert.match(tableText(column), /^ *n\n-+\n/, "one column is a table of one column");
  });
  it("is exported by one call as CSV with all digits and as LaTeX that says what made it; again the same bytes", async () => {
    const options = { folder: folder(), run: "3f2a", configuration: { preset: "quick" }, caption: "Bias" };
    const files = await exportTable("05-bias", dataFrame(rows), options);
    assert.deepEqual(fs.readdirSync(folder()).sort(), ["05-bias.csv", "05-bias.tex"]);
    assert.equal(
      fs.readFileSync(files.csv, "utf8"),
      'field,bias / std,n\nc,-0.00912,2000\n"φ, ""raw""",1.15,\nc,0.5,8000\n',
    );
    const tex = fs.readFileSync(files.tex, "utf8");
    assert.match(tex, /^% Bias\n% run: 3f2a\n% \{"preset":"quick"\}\n\\begin\{tabular\}\{lrr\}/);
    await exportTable("05-bias", rows, options);
    assert.equal(fs.readFileSync(files.tex, "utf8"), tex);
  });
  it("takes no figure's name and no path", async () => {
    fs.writeFileSync(path.join(folder(), "05-bias.vl.json"), "{}");
    await assert.rejects(exportTable("05-bias", rows, { folder: folder() }), /05-bias is a figure's name/);
    await assert.rejects(exportTable("../bias", rows, { folder: folder() }), /one plain word/);
  });
});

describe("progress", () => {
  it("in a notebook replaces one output, at most about four times a second, and leaves one short line", () => {
    const page = notebook();
    const time = clock();
    const bar = progress("fields", { send: page.send, now: time.now });
    for (let done = 0; done <= 10_000; done++) {
      bar.update(done, 10_000, "loss 0.1");
      time.pass(1);
    }
    bar.finish();
    bar.finish();
    bar.update(1, 2);
    assert.equal(page.outputs.size, 1);
    assert.ok(page.sent.length > 30 && page.sent.length < 45, `${page.sent.length} outputs in 10 s`);
    const running = page.sent[20].output.data["text/html"] as string;
    assert.match(
      running,
      /<progress value="\d+" max="10000".*fields: \d+ % · [\d,]+ of 10,000 · 1,000 \/s · [\d.]+ s left · loss 0\.1/,
    );
    const [left] = [...page.outputs.values()];
    assert.deepEqual(left.data, {
      "text/html": "<div>fields: 10,000 in 10 s · 1,000 /s · loss 0.1</div>",
      "text/plain": "fields: 10,000 in 10 s · 1,000 /s · loss 0.1",
    });
  });

  it("forgets a slow start within some ten seconds", () => {
    const page = notebook();
    const time = clock();
    const bar = progress("steps", { send: page.send, now: time.now });
    bar.update(0, 1000);
    time.pass(20_000); // compiling
    for (let done = 1; done <= 600; done++) {
      bar.update(done, 1000);
      time.pass(50);
    }
    const text = page.sent[page.sent.length - 1].output.data["text/plain"] as string;
    const rate = Number(/([\d.]+) \/s/.exec(text)![1]);
    assert.ok(rate > 17 && rate <= 20, text);
  });

  it("counts what a resumed stage had done before as no work of its own", () => {
    const page = notebook();
    const time = clock();
    const bar = progress("steps", { send: page.send, now: time.now });
    bar.update(900, 1000);
    time.pass(10_000);
    bar.update(1000, 1000);
    bar.finish();
    assert.match(page.sent[page.sent.length - 1].output.data["text/plain"] as string, /1,000 in 10 s · 10 \/s$/);
  });

  it("in a terminal rewrites one line no longer than the terminal is wide", () => {
    const screen = paper({ isTTY: true, columns: 60 });
    const time = clock();
    const bar = progress("training of the score network", { stream: screen, now: time.now, ci: false });
    for (let done = 0; done <= 100; done++) {
      bar.update(done, 100, "loss 0.123");
      time.pass(100);
    }
    bar.finish("held-out loss 0.2");
    assert.ok(screen.written.every((text) => text.startsWith("\r")));
    assert.ok(screen.written.every((text) => text.replace("\r", "").replace("\x1b[K", "").trimEnd().length < 60));
    assert.equal(screen.written.filter((text) => text.endsWith("\n")).length, 1);
  });

  it("in a log prints a line every tenth", () => {
    const log = paper({ isTTY: false });
    const time = clock();
    const bar = progress("fields", { stream: log, now: time.now });
    for (let done = 0; done <= 1000; done++) {
      bar.update(done, 1000);
      time.pass(5);
    }
    bar.finish();
    assert.equal(log.written.length, 10); // nine tenths and the last line
    assert.match(log.written[9], /^fields: 1,000 in 5\.0 s · 200 \/s\n$/);
  });

  it("in a log gives a sign of life every half minute", () => {
    const log = paper({ isTTY: false });
    const time = clock();
    const bar = progress("training", { stream: log, now: time.now });
    for (let done = 0; done < 20; done++) {
      bar.update(done, 1000);
      time.pass(10_000);
    }
    assert.equal(log.written.length, 6);
  });

  it("says that it was stopped", () => {
    const log = paper({ isTTY: false });
    const bar = progress("training", { stream: log, now: () => 0 });
    bar.update(300, 1000);
    bar.finish();
    assert.match(log.written[log.written.length - 1], /^training: stopped at 300 of 1,000/);
  });
});

describe("liveCurve", () => {
  it("replaces one small picture, with a line for each series", () => {
    const page = notebook();
    const time = clock();
    const curve = liveCurve("loss", { send: page.send, now: time.now });
    for (let step = 1; step <= 50_000; step++) {
      curve.add(step, { training: 1 / step, "held out": 2 / step, broken: NaN });
      time.pass(1);
    }
    curve.finish();
    assert.equal(page.outputs.size, 1);
    assert.ok(page.sent.length < 110);
    const [{ data }] = [...page.outputs.values()];
    const svg = data["image/svg+xml"] as string;
    assert.equal(svg.match(/<polyline/g)!.length, 2);
    assert.ok(svg.length < 15_000, `${svg.length} characters`);
    assert.equal(data["text/plain"], "loss: training 0.00002000, held out 0.00004000");
  });
  it("shows nothing before there is anything to show, and nothing outside a kernel", () => {
    const page = notebook();
    liveCurve("loss", { send: page.send }).finish();
    liveCurve().add(1, { training: 1 });
    assert.equal(page.sent.length, 0);
  });
});
