import assert from "node:assert";
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";

const settings = join(__dirname, "../../lib/graph/native-settings.ts");

/** TF_NUM_INTRAOP_THREADS as the native library finds it in a process of its own. */
function threadsOfAnOperation(given: Record<string, string>): string {
  const { TF_NUM_INTRAOP_THREADS: _, ...environment } = process.env;
  const program = `require(${JSON.stringify(settings)}); process.stdout.write(process.env.TF_NUM_INTRAOP_THREADS)`;
  return execFileSync(process.execPath, ["--require", "tsx/cjs", "-e", program], {
    env: { ...environment, ...given },
    encoding: "utf8",
  });
}

describe("the native library's settings", () => {
  it("divide an operation among half of the processors, one at least, unless the environment says otherwise", () => {
    const half = Math.floor(availableParallelism() / 2);
    assert.strictEqual(threadsOfAnOperation({}), String(half > 0 ? half : 1));
    assert.strictEqual(threadsOfAnOperation({ TF_NUM_INTRAOP_THREADS: "3" }), "3");
  });
});
