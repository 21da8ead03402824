import assert from "node:assert/strict";
import { Arguments, type Command } from "../../lib/command-line/command";
import { commands, runCommandLine } from "../../lib/command-line/main";
import { progressOn } from "../../lib/command-line/progress";
import { StorageError, UserError } from "../../lib/errors/user-error";
import { Interrupted } from "../../lib/cache/interrupt";
import { temporaryFolder } from "../temporary-folder";
import { sgm } from "./run";

describe("the command line", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();

  it("help lists every command and each option; a missing or unknown command is the user's error", async () => {
    const general = await sgm("--help");
    for (const command of commands) {
      assert.ok(general.out.includes(`  ${command.name}`) && general.out.includes(command.summary));
      const { status, out } = await sgm(command.name, "--help");
      assert.equal(status, 0);
      for (const option of Object.keys(command.options))
        assert.ok(out.includes(`--${option}`), `${command.name} --${option}`);
    }
    assert.deepEqual(await sgm(), { status: 2, out: "", err: general.out });
    assert.match((await sgm("slove")).err, /there is no command "slove"; commands are solve, generate/);
  });

  it("exit status and message say whose error it is: the user's 2, an interruption 130, all else 1", async () => {
    for (const { error, status, shown } of [
      { error: new UserError("wrong key"), status: 2, shown: /^wrong key\n$/ },
      { error: new Interrupted("SIGINT"), status: 130, shown: /^interrupted \(SIGINT\)/ },
      { error: new StorageError("a", "ENOSPC", "disk full"), status: 1, shown: /^disk full\n$/ },
      { error: new Error("a fault of ours"), status: 1, shown: /a fault of ours\n {4}at / },
    ]) {
      const failing: Command = { name: "fail", summary: "", options: {}, run: async () => Promise.reject(error) };
      let err = "";
      const terminal = {
        out: () => assert.fail("nothing on stdout"),
        err: (t: string) => (err += t),
        interactive: false,
        columns: 80,
      };
      assert.equal(await runCommandLine(["fail"], terminal, [failing]), status);
      assert.match(err, shown);
    }
  });

  it("cache tells of an empty folder and refuses what it does not know", async () => {
    assert.deepEqual(await sgm("cache", "--data", folder()), { status: 0, out: "nothing\n", err: "" });
    assert.deepEqual(JSON.parse((await sgm("cache", "prune", "--json", "--data", folder())).out), []);
    for (const [args, message] of [
      [["prnue"], /expected list, explain or prune, got "prnue"/],
      [["explain"], /name an entry/],
      [["explain", "model/12"], /model\/12 must name one entry, 0 match/],
      [["prune", "--days", "soon"], /--days must be a whole number/],
      [["list", "more"], /too many arguments: more/],
    ] as const) {
      const { status, err } = await sgm("cache", ...args, "--data", folder());
      assert.equal(status, 2);
      assert.match(err, message);
    }
  });

  it("progress is one overwritten line on a terminal, a line every ten seconds elsewhere, with rate and time left", () => {
    const written = (interactive: boolean): string => {
      let [text, time] = ["", 0];
      const terminal = { out: () => undefined, err: (t: string) => void (text += t), interactive, columns: 100 };
      const progress = progressOn(terminal, "training", "steps", () => time);
      // resumed at 500, 100 a second
      for (let step = 500; step <= 2500; step += 100, time += 1000) progress.update(step, 5000);
      progress.end();
      return text;
    };
    assert.deepEqual(
      written(false),
      "training: 30 % · 1,500 of 5,000 steps · 100 steps/s · 35 s left\n" +
        "training: 50 % · 2,500 of 5,000 steps · 100 steps/s · 25 s left\n",
    );
    assert.ok(!written(true).includes("\n") && written(true).includes("\r"));
  });

  it("an option that is required, a default and a repeated one reach the command as declared", () => {
    const command: Command = {
      name: "c",
      summary: "",
      options: {
        a: { type: "string", help: "the a", required: true },
        n: { type: "string", help: "n", default: "3" },
        set: { type: "string", help: "s", multiple: true },
        on: { type: "boolean", help: "on" },
      },
      run: async () => 0,
    };
    const terminal = { out: () => undefined, err: () => undefined, interactive: false, columns: 80 };
    const args = Arguments.parse(command, ["--a", "x", "--set", "k=1", "--set=l=2", "--on"], terminal);
    assert.deepEqual(
      [args.text("a"), args.whole("n", 1), args.list("set"), args.flag("on")],
      ["x", 3, ["k=1", "l=2"], true],
    );
    assert.throws(
      () => Arguments.parse(command, ["--n", "1"], terminal),
      /--a TEXT? ?is missing \(the a\)|--a {2}is missing/,
    );
    assert.throws(() => Arguments.parse(command, ["--a", "x", "y"], terminal), UserError);
  });
});
