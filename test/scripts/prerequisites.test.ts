/** What set-up says when the machine lacks something: one paragraph, the remedy on both systems, exit status 1. */
import * as assert from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { freshClone, programs, removeCopies, setUp, start } from "./project-copy";

const python = (version: string, venv: string): string => `printf '${version}\\n${venv}\\n'`;
const complete = { npm: "echo 11.0.0", python3: python("3 11", "venv"), "g++": "exit 0" };
type Programs = Partial<Record<keyof typeof complete, string>>;

const without = (absent: keyof typeof complete): Programs =>
  Object.fromEntries(Object.entries(complete).filter(([name]) => name !== absent));

const cases: { lacks: string; present: Programs; says: RegExp; debian: RegExp; macos: RegExp }[] = [
  {
    lacks: "a C++ compiler",
    present: without("g++"),
    says: /C\+\+17 compiler is needed/,
    debian: /sudo apt install g\+\+/,
    macos: /xcode-select --install/,
  },
  {
    lacks: "a compiler that works",
    present: { ...complete, "g++": "exit 1" },
    says: /C\+\+17 compiler is needed/,
    debian: /sudo apt install g\+\+/,
    macos: /xcode-select --install/,
  },
  {
    lacks: "Python",
    present: without("python3"),
    says: /no python3 was found/,
    debian: /sudo apt install python3 python3-venv/,
    macos: /brew install python/,
  },
  {
    lacks: "a recent Python",
    present: { ...complete, python3: python("3 9", "venv") },
    says: /only Python 3\.9 was found/,
    debian: /sudo apt install python3/,
    macos: /brew install python/,
  },
  {
    lacks: "Python's venv module",
    present: { ...complete, python3: python("3 11", "no venv") },
    says: /Python 3\.11 is there, but its venv module/,
    debian: /sudo apt install python3-venv/,
    macos: /brew install python/,
  },
  {
    lacks: "npm",
    present: without("npm"),
    says: /npm is needed/,
    debian: /sudo apt install npm/,
    macos: /brew install node/,
  },
];

describe("set-up on a machine that lacks something", () => {
  after(removeCopies);

  for (const { lacks, present, says, debian, macos } of cases)
    it(`without ${lacks}: says so, names the remedy on both systems, and ends with 1`, async () => {
      const folder = freshClone();
      const { code, stderr, stdout } = await setUp(folder, programs(present));
      assert.strictEqual(code, 1, stderr);
      assert.strictEqual(stdout, "");
      assert.strictEqual(stderr.trim().split(/\n\n+/).length, 1, `one paragraph expected, got:\n${stderr}`);
      assert.match(stderr, says);
      assert.match(stderr, new RegExp(`Debian/Ubuntu: .*${debian.source}`));
      assert.match(stderr, new RegExp(`macOS: .*${macos.source}`));
      assert.ok(!fs.existsSync(path.join(folder, "node_modules")), "nothing may be installed before all is there");
    });

  it("names everything that is missing at once", async () => {
    const { code, stderr } = await setUp(freshClone(), programs({}));
    assert.strictEqual(code, 1);
    for (const what of [/npm is needed/, /no python3 was found/, /C\+\+17 compiler/]) assert.match(stderr, what);
  });

  for (const { version, works } of [
    { version: "v18.20.4", works: false },
    { version: "v20.10.0", works: false },
    { version: "v20.11.0", works: true },
    { version: "v22.23.1", works: true },
    { version: "v23.0.0", works: false },
    { version: "v24.1.0", works: false },
  ])
    it(`Node ${version} is ${works ? "accepted" : "refused, with the versions that work"}`, async () => {
      const folder = freshClone();
      const pretend = path.join(folder, "pretend.cjs");
      fs.writeFileSync(pretend, `Object.defineProperty(process, "version", { value: "${version}" });`);
      const { code, stderr } = await start(folder, programs({}), ["--require", pretend, "scripts/setup.mjs"]).ended;
      assert.strictEqual(code, 1, "the other prerequisites are missing in any case");
      assert.strictEqual(
        /Node .* does not work here: Node 20 \(from 20\.11\) or 22 is needed/.test(stderr),
        !works,
        stderr,
      );
      if (!works) assert.match(stderr, /Debian\/Ubuntu: .*nvm install 22.*\n.*macOS: .*brew install node@22/);
    });

  it("a full disk is noticed before anything is installed", async () => {
    const program = `import { checkDisk } from "./scripts/setup/prerequisites.mjs";
      checkDisk(3400, 3400);
      try { checkDisk(3400, 1234); } catch (error) { console.log(error.message); }`;
    const { stdout } = await start(freshClone(), programs({}), ["--input-type=module", "-e", program]).ended;
    assert.match(stdout, /^Not enough disk space: set-up needs about 3\.4 GB in this folder, 1\.2 GB are free\./);
    assert.match(stdout, /Debian\/Ubuntu: .+\n.*macOS: /);
  });

  it("an unreachable npm registry is named as such, with the log's last lines", async () => {
    const npm = 'if [ "$1" = ci ]; then echo "npm error code ENOTFOUND" >&2; exit 1; fi; echo 11.0.0';
    const { code, stderr } = await setUp(freshClone(), programs({ ...complete, npm }));
    assert.strictEqual(code, 1);
    assert.match(stderr, /The npm registry could not be reached by npm/);
    assert.match(stderr, /npm error code ENOTFOUND/);
    assert.match(stderr, /Debian\/Ubuntu: .*proxy/);
  });

  it("another failure of npm is not blamed on the network", async () => {
    const npm = 'if [ "$1" = ci ]; then echo "npm error code EUSAGE" >&2; exit 3; fi; echo 11.0.0';
    const { code, stderr } = await setUp(freshClone(), programs({ ...complete, npm }));
    assert.strictEqual(code, 1);
    assert.match(stderr, /npm failed with exit code 3/);
    assert.doesNotMatch(stderr, /could not be reached/);
  });
});
