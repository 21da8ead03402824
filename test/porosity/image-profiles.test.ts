/**
 * Profiles of three-dimensional images: what is pore, along which axis, over which area; images that say nothing get an
 * answer that helps.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Image, imageProfiles } from "../../lib/porosity/image-profiles";
import { readTiffStack } from "../../lib/porosity/tiff-stack";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { temporaryFolder } from "../temporary-folder";

const [nz, ny, nx] = [12, 40, 50];
const eps = (z: number): number => 0.3 + 0.2 * Math.sin(z);

/** Voxels that are pore (0) with the probability eps(z), solid (255) otherwise. */
function phantom(): Image {
  const u = stream(4).uniforms(nz * ny * nx);
  return {
    shape: [nz, ny, nx],
    voxels: Float64Array.from(u, (v, i) => (v < eps(Math.floor(i / (ny * nx))) ? 0 : 255)),
  };
}
/** [z][y][x] as [x][y][z]. */
function turned({ shape: [a, b, c], voxels }: Image): Image {
  const at = (x: number, y: number, z: number): number => voxels[(z * b + y) * c + x];
  const out: number[] = [];
  for (let x = 0; x < c; x++) for (let y = 0; y < b; y++) for (let z = 0; z < a; z++) out.push(at(x, y, z));
  return { shape: [c, b, a], voxels: out };
}

/** What a page's numbers are: 1 unsigned, 3 floating point; `times` the image's. */
interface Kind {
  readonly bits: 8 | 16 | 32;
  readonly form?: 1 | 3;
  readonly big?: boolean;
  readonly times?: number;
}

/** A TIFF of pages without compression. */
function tiff(
  { shape: [pages, height, width], voxels }: Image,
  { bits, form = 1, big = false, times = 1 }: Kind,
): Buffer {
  const size = (height * width * bits) / 8;
  const entries = 10;
  const ifd = 2 + 12 * entries + 4;
  const bytes = Buffer.alloc(8 + pages * (size + ifd));
  const short = (v: number, at: number): number => (big ? bytes.writeUInt16BE(v, at) : bytes.writeUInt16LE(v, at));
  const long = (v: number, at: number): number => (big ? bytes.writeUInt32BE(v, at) : bytes.writeUInt32LE(v, at));
  const float = (v: number, at: number): number => (big ? bytes.writeFloatBE(v, at) : bytes.writeFloatLE(v, at));
  const number = form === 3 ? float : long;
  const byte = (v: number, at: number): number => bytes.writeUInt8(v, at);
  const put = { 8: byte, 16: short, 32: number }[bits];
  bytes.write(big ? "MM\0*" : "II*\0", 0, "latin1");
  long(8 + size, 4);
  for (let z = 0; z < pages; z++) {
    const start = 8 + z * (size + ifd);
    for (let i = 0; i < height * width; i++) put(times * voxels[z * height * width + i], start + (i * bits) / 8);
    let at = short(entries, start + size);
    const tags = [
      [256, width],
      [257, height],
      [258, bits],
      [259, 1],
      [262, 1],
      [273, start],
      [277, 1],
      [278, height],
      [279, size],
      [339, form],
    ];
    for (const [tag, value] of tags) at = long(value, long(1, short(4, short(tag, at))));
    long(z + 1 < pages ? start + size + ifd + size : 0, at);
  }
  return bytes;
}

describe("porosity profiles of an image", () => {
  const folder = temporaryFolder();
  const image = phantom();
  const voxel = 4e-7;

  it("are the shares of pore in planes across the thickness, within the binomial error, over the stated area", () => {
    const { x, profiles, area, phases, spread } = imageProfiles(image, { voxel, pore: [0] }, "i");
    assert.equal(phases, "pore is 0");
    assertClose("area", area, nx * ny * voxel ** 2, { within: 1e-24 });
    assertClose("first place", x[0], voxel / 2, { within: 1e-18 });
    for (let z = 0; z < nz; z++) {
      assertClose(`plane ${z}`, profiles[0][z], eps(z), { within: 4 * Math.sqrt(0.25 / (nx * ny)) });
    }
    assert.ok(spread.z > 5 * spread.x && spread.z > 5 * spread.y);
  });

  it("along another axis of a turned image they are the same, and squares of a side give a profile each whose mean is the plane's", () => {
    const whole = imageProfiles(image, { voxel, pore: [0] }, "i");
    const other = imageProfiles(turned(image), { voxel, pore: [0], axis: "x" }, "i");
    assert.deepEqual(other.profiles, whole.profiles);
    const { profiles, area } = imageProfiles(image, { voxel, pore: [0], side: 10 * voxel }, "i");
    assert.equal(profiles.length, 20);
    assertClose("area", area, 100 * voxel ** 2, { within: 1e-24 });
    whole.profiles[0].forEach(
      (e, z) =>
      assertClose("mean", profiles.reduce((sum, p) => sum + p[z], 0) / 20, e, { within: 1e-12 }), // prettier-ignore
    );
  });

  it("a grey image is split by Otsu's threshold, which is reported, or by one's own", () => {
    const noise = stream(5).normals(nz * ny * nx);
    const grey = { ...image, voxels: Float64Array.from(image.voxels, (v, i) => (v === 0 ? 60 : 160) + 8 * noise[i]) };
    const found = imageProfiles(grey, { voxel }, "i");
    assert.match(found.phases, /^grey below (8|9|10|11|12|13)\d*(\.\d+)? \(Otsu\)$/);
    const known = imageProfiles(image, { voxel, pore: [0] }, "i").profiles[0];
    found.profiles[0].forEach((e, z) => assertClose(`plane ${z}`, e, known[z], { within: 1e-3 }));
    assert.equal(imageProfiles(grey, { voxel, threshold: 110 }, "i").phases, "grey below 110");
  });

  for (const { what, kind } of [
    { what: "8 bits", kind: { bits: 8 } },
    { what: "16 bits", kind: { bits: 16, times: 100 } },
    { what: "16 bits, the high byte first", kind: { bits: 16, big: true, times: 100 } },
    { what: "32 bits", kind: { bits: 32, times: 1e6 } },
    { what: "32 bits, the high byte first", kind: { bits: 32, big: true, times: 1e6 } },
    { what: "floating point", kind: { bits: 32, form: 3, times: 0.125 } },
    { what: "floating point, the high byte first", kind: { bits: 32, form: 3, big: true, times: 0.125 } },
  ] as const) {
    it(`a TIFF stack is the same image, in ${what}`, async () => {
      const file = path.join(folder(), "stack.tif");
      fs.writeFileSync(file, tiff(image, kind));
      const read = await readTiffStack(file);
      assert.deepEqual(read.shape, image.shape);
      const times: number = "times" in kind ? kind.times : 1;
      assert.deepEqual(
        Array.from(read.voxels),
        Array.from(image.voxels, (v) => times * v),
      );
    });
  }

  it("a file that is no TIFF, or is not there, is refused by its name", async () => {
    const file = path.join(folder(), "stack.tif");
    fs.writeFileSync(file, "x,eps\n0,0.3\n");
    await assert.rejects(readTiffStack(file), /stack\.tif: it is no TIFF/);
    await assert.rejects(readTiffStack(path.join(folder(), "none.tif")), /none\.tif/);
  });

  it("two classes of grey are split between them, wherever they lie and however uneven they are", () => {
    for (const [dark, light, solid] of [
      [10, 200, 0.5],
      [-3, -2.5, 0.9],
      [0, 65535, 0.2],
    ]) {
      const u = stream(6).uniforms(nz * ny * nx);
      const width = (light - dark) / 20; // of each class: the outermost tenth of the distance is theirs
      const noise = stream(7).uniforms(nz * ny * nx);
      const voxels = Float64Array.from(u, (v, i) => (v < solid ? light : dark) + width * (noise[i] - 0.5));
      const { profiles, phases } = imageProfiles({ shape: image.shape, voxels }, { voxel }, "i");
      const threshold = Number(/^grey below (\S+) \(Otsu\)$/.exec(phases)![1]);
      assert.ok(threshold > dark && threshold < light, phases);
      const share = (z: number): number => u.subarray(z * ny * nx, (z + 1) * ny * nx).filter((v) => v >= solid).length;
      profiles[0].forEach((e, z) => assertClose(`plane ${z}`, e, share(z) / (ny * nx), { within: 1e-12 }));
    }
  });

  it("spreads stand beside each axis, and places are the planes' middles", () => {
    const { x, spread } = imageProfiles(image, { voxel, pore: [0] }, "i");
    assert.deepEqual([x[0], x.length], [voxel / 2, nz]);
    assertClose("last place", x[nz - 1], (nz - 0.5) * voxel, { within: 1e-18 });
    const back = imageProfiles(turned(image), { voxel, pore: [0], axis: "y" }, "i");
    assert.deepEqual(back.spread, { z: spread.x, y: spread.y, x: spread.z });
    const planes = imageProfiles(image, { voxel, pore: [0], axis: "x" }, "i").profiles[0];
    const middle = planes.reduce((a, b) => a + b) / nx;
    const variance = planes.reduce((a, b) => a + (b - middle) ** 2, 0) / (nx - 1);
    assertClose("spread across x", spread.x, Math.sqrt(variance), { within: 1e-14 });
  });

  it("squares that do not fill the plane leave its rest out", () => {
    const { profiles } = imageProfiles(image, { voxel, pore: [0], side: 15 * voxel }, "i"); // 2 x 3 of 40 x 50
    assert.equal(profiles.length, 6);
    const last = image.voxels as Float64Array; // the square of rows 15 .. 29 and columns 30 .. 44
    let count = 0;
    for (let row = 15; row < 30; row++) for (let q = 30; q < 45; q++) if (last[row * nx + q] === 0) count++;
    assertClose("last square of the first plane", profiles[5][0], count / 225, { within: 1e-15 });
  });

  const phases = { ...image, voxels: Float64Array.from(image.voxels, (v, i) => (i % 5 === 0 ? 128 : v)) };
  for (const { what, given, options, says } of [
    {
      what: "two phases without a word",
      given: image,
      options: {},
      says: /segmented into two phases, 0, 255, .*Remedy: --pore 0/,
    },
    { what: "three phases without a word", given: phases, options: {}, says: /segmented into 3 phases, 0, 128, 255/ },
    {
      what: "a phase that is not there",
      given: image,
      options: { pore: [7] },
      says: /no voxel is 7; there are 0, 255/,
    },
    {
      what: "a constant image",
      given: { ...image, voxels: new Float64Array(nz * ny * nx).fill(3) },
      options: {},
      says: /all voxels are 3: the image is empty or constant/,
    },
    {
      what: "a threshold that leaves no pore",
      given: image,
      options: { threshold: -1 },
      says: /all voxels are solid \(grey below -1\)/,
    },
    {
      what: "one plane",
      given: { shape: [1, 40, 50], voxels: new Float64Array(2000) } as Image,
      options: {},
      says: /at least 4 x 4 x 4 voxels is needed, got 1 x 40 x 50/,
    },
    {
      what: "squares larger than the image",
      given: image,
      options: { pore: [0], side: 1 },
      says: /--side must lie between/,
    },
  ]) {
    it(`refuses ${what}`, () => assert.throws(() => imageProfiles(given, { voxel, ...options }, "i"), says));
  }

  it("takes several phases as pore where they are named", () => {
    const { profiles } = imageProfiles(phases, { voxel, pore: [0, 128] }, "i");
    assert.ok(profiles[0].every((e, z) => e > eps(z) - 0.05));
  });
});
