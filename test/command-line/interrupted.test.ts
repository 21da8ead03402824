import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { temporaryFolder } from "../temporary-folder";

const root = path.join(__dirname, "..", "..");

/**
 * The real commands, TensorFlow and all, in processes of their own: what signals leave behind, and that nothing of it
 * shows in the results.
 */
describe("train and sample, interrupted", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const at = (name: string): string => path.join(folder(), name);

  interface Ended {
    readonly status: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly out: string;
    readonly err: string;
  }

  /** Runs a command on the data folder `data`; as soon as `when` holds the process gets the signal. */
  async function sgm(
    data: string,
    argv: string[],
    interrupt?: { signal: NodeJS.Signals; when: () => boolean },
  ): Promise<Ended> {
    const child = spawn(process.execPath, ["-r", "tsx/cjs", "scripts/sgm.ts", ...argv], {
      cwd: root,
      env: { ...process.env, SGM_DATA: at(data) },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (piece: Buffer) => (out += piece.toString()));
    child.stderr.on("data", (piece: Buffer) => (err += piece.toString()));
    const ended = new Promise<Ended>((resolve) =>
      child.once("close", (status, signal) => resolve({ status, signal, out, err })),
    );
    if (interrupt) {
      while (!interrupt.when() && child.exitCode === null) await pause(2);
      child.kill(interrupt.signal);
    }
    return ended;
  }

  const steps = 160;
  const settings = {
    "problem.cells": 20,
    "statistics.nodes": 8,
    "statistics.porosities": 256,
    "training.steps": steps,
    "training.checkpointEvery": 8,
    "training.heldOutEvery": 24,
  };
  const train = ["train", "--preset", "smoke", ...Object.entries(settings).flatMap(([k, v]) => ["--set", `${k}=${v}`])];
  const artifact = (data: string, stage: string): string => {
    const [name] = fs.readdirSync(path.join(at(data), stage)).filter((n) => /^[0-9a-f]{20}$/.test(n));
    return path.join(at(data), stage, name);
  };
  const checkpointOf = (data: string): string | undefined => {
    const models = path.join(at(data), "model");
    if (!fs.existsSync(models)) return undefined;
    const partial = fs.readdirSync(models).find((name) => name.endsWith(".partial"));
    const file = partial && path.join(models, partial, "work", "checkpoint.safetensors");
    return file && fs.existsSync(file) ? file : undefined;
  };
  /** The step of a checkpoint, which its metadata tell. */
  const stepOf = (data: string): number => {
    const file = checkpointOf(data);
    const head =
      file === undefined
        ? ""
        : fs
            .readFileSync(file)
            .subarray(0, 1 << 16)
            .toString("latin1");
    return Number(/"step":"(\d+)"/.exec(head)?.[1] ?? 0);
  };

  it("by SIGTERM, SIGKILL and SIGINT: model, log and samples are those of runs that nobody interrupted, byte for byte", async () => {
    const whole = sgm("whole", train); // beside the other, which is interrupted
    const first = await sgm("torn", train, { signal: "SIGTERM", when: () => checkpointOf("torn") !== undefined });
    assert.deepEqual([first.status, first.out], [130, ""], first.err);
    assert.match(first.err, /^interrupted \(SIGTERM\)/m);
    const saved = stepOf("torn");
    assert.ok(saved >= 8 && saved < steps, `saved at step ${saved}`);

    const killed = await sgm("torn", train, { signal: "SIGKILL", when: () => stepOf("torn") > saved });
    assert.equal(killed.signal, "SIGKILL");
    const kept = stepOf("torn");
    assert.ok(kept > saved && kept < steps, `killed after step ${kept}`);

    const [resumed, uninterrupted] = [await sgm("torn", train), await whole];
    assert.deepEqual([resumed.status, uninterrupted.status], [0, 0], resumed.err + uninterrupted.err);
    assert.equal((JSON.parse(resumed.out) as { step: number }).step, steps);
    for (const file of ["model.safetensors", "log.jsonl"]) {
      const [a, b] = ["torn", "whole"].map((data) => fs.readFileSync(path.join(artifact(data, "model"), file)));
      assert.ok(a.equals(b), `${file} differs`);
    }
    assert.equal(checkpointOf("torn"), undefined, "a finished training leaves no checkpoint");

    const box = Array.from({ length: 6 }, (_, k) => ({ l: 5e-6 + 1e-6 * k, U0: 0, F_right: 4 * k }));
    fs.writeFileSync(at("z.json"), JSON.stringify(box));
    const sample = (out: string): string[] => [
      "sample",
      "--model",
      "latest",
      "--conditions",
      at("z.json"),
      "--count",
      "300",
      "--seed",
      "3",
      "--out",
      at(out),
    ];
    const straight = sgm("whole", sample("whole.npy"));
    const begun = (): boolean => fs.existsSync(at("torn.npy.partial.json"));
    const stopped = await sgm("torn", sample("torn.npy"), { signal: "SIGINT", when: begun });
    assert.equal(stopped.status, 130, stopped.err);
    assert.ok(begun() && !fs.existsSync(at("torn.npy")));
    const goneOn = await sgm("torn", sample("torn.npy"));
    assert.equal(goneOn.status, 0, goneOn.err);
    assert.match(goneOn.err, /going on after \d+ fields/);
    assert.equal((await straight).status, 0);
    assert.ok(fs.readFileSync(at("torn.npy")).equals(fs.readFileSync(at("whole.npy"))), "the samples differ");
    assert.ok(!begun());
  });
});
