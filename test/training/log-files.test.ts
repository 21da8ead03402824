import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { crc32c, decodeRecords } from "../../lib/storage/tfrecord";
import { eventsFile, logFile, logLines, openLogFiles, scalarsOf } from "../../lib/training/log-files";
import { stepOfEvent } from "../../lib/training/tensorboard";
import type { LogEntry } from "../../lib/training/train";
import { pythonWith, runPython } from "../python";
import { temporaryFolder } from "../temporary-folder";

const entry = (step: number): LogEntry => ({
  step,
  loss: 1 / step,
  explained: [0.125, -0.25],
  heldOut: { loss: 2 / step, explained: [0.5, 0.75] },
});

describe("the training log as files", () => {
  const folder = temporaryFolder();
  const lines = (): string => fs.readFileSync(path.join(folder(), logFile), "utf8");
  const events = (): Buffer => fs.readFileSync(path.join(folder(), eventsFile));
  const steps = (): number[] => decodeRecords(events()).map(({ data }) => stepOfEvent(data));

  it("CRC-32C agrees with the published check values", () => {
    assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
    assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa); // RFC 3720, B.4
    assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
  });

  it("an independent decoder finds every scalar of the log in the events, checksums included", async function () {
    const python = pythonWith("google_crc32c");
    if (python === undefined) this.skip();
    const files = await openLogFiles(folder(), [], () => 1234.5);
    const log = [entry(400), entry(70_000)];
    for (const e of log) files.append(e);
    const program = `
import json, struct, sys
import google_crc32c
def masked(b):
    c = google_crc32c.value(b)
    return (((c >> 15) | (c << 17)) + 0xA282EAD8) & 0xFFFFFFFF
def varint(b, i):
    v = s = 0
    while True:
        v |= (b[i] & 127) << s; s += 7; i += 1
        if b[i - 1] < 128: return v, i
def fields(b):
    i, out = 0, []
    while i < len(b):
        key, i = varint(b, i)
        n, w = key >> 3, key & 7
        if w == 0: v, i = varint(b, i)
        elif w == 1: v = struct.unpack("<d", b[i:i+8])[0]; i += 8
        elif w == 5: v = struct.unpack("<f", b[i:i+4])[0]; i += 4
        else:
            l, i = varint(b, i); v = b[i:i+l]; i += l
        out.append((n, v))
    return out
b, i, seen = open(sys.argv[1], "rb").read(), 0, []
while i < len(b):
    (l,), (c,) = struct.unpack("<Q", b[i:i+8]), struct.unpack("<I", b[i+8:i+12])
    assert c == masked(b[i:i+8])
    d = b[i+12:i+12+l]
    assert struct.unpack("<I", b[i+12+l:i+16+l])[0] == masked(d)
    i += 16 + l
    e = dict(fields(d))
    values = {}
    for n, v in fields(e.get(5, b"")):
        f = dict(fields(v)); values[f[1].decode()] = f[2]
    seen.append([e[1], e.get(2, 0), e.get(3, b"").decode(), values])
print(json.dumps(seen))`;
    const seen = runPython(python, program, path.join(folder(), eventsFile)) as unknown[];
    const rounded = (e: LogEntry) =>
      Object.fromEntries(Object.entries(scalarsOf(e)).map(([k, v]) => [k, Math.fround(v)]));
    assert.deepEqual(seen, [[1234.5, 0, "brain.Event:2", {}], ...log.map((e) => [1234.5, e.step, "", rounded(e)])]);
    assert.ok("loss/training" in scalarsOf(log[0]) && "loss/held out" in scalarsOf(log[0]));
  });

  it("a training that goes on from a checkpoint cuts off what came after it: no entry is lost, none is there twice", async () => {
    const whole = [entry(10), entry(20), entry(30)];
    const first = await openLogFiles(folder(), []);
    for (const e of whole) first.append(e);
    const again = await openLogFiles(folder(), whole.slice(0, 1)); // the checkpoint knew of the first entry only
    assert.equal(lines(), logLines(whole.slice(0, 1)));
    assert.deepEqual(steps(), [0, 10]);
    again.append(whole[1]);
    again.append(whole[2]);
    assert.equal(lines(), logLines(whole));
    assert.deepEqual(steps(), [0, 10, 20, 30]);
    assert.deepEqual(await again.events(), events());
    assert.deepEqual(lines().trim().split("\n").map((line) => JSON.parse(line) as LogEntry), whole); // prettier-ignore
  });

  it("whatever a kill left of the files, opening them again brings them to the log of the checkpoint", async () => {
    const log = [entry(10), entry(20)];
    const files = await openLogFiles(folder(), []);
    for (const e of log) files.append(e);
    const [goodLines, goodEvents] = [lines(), events()];
    for (let cut = 0; cut <= goodEvents.length; cut += 61) {
      fs.writeFileSync(path.join(folder(), eventsFile), goodEvents.subarray(0, cut));
      fs.writeFileSync(path.join(folder(), logFile), goodLines.slice(0, cut));
      await openLogFiles(folder(), log);
      assert.equal(lines(), goodLines);
      assert.deepEqual(steps(), [0, 10, 20], `cut at byte ${cut}`);
    }
    fs.rmSync(path.join(folder(), eventsFile));
    await openLogFiles(folder(), log);
    assert.deepEqual(steps(), [0, 10, 20], "made anew from the log where they are gone");
  });
});
