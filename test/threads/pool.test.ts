import assert from "node:assert/strict";
import { UserError } from "../../lib/errors/user-error";
import { closePool, poolHas, runInPool } from "../../lib/threads/pool";
import type { SquareInput } from "./square-task";

const program = "../test/threads/square-task";
const shared = (n: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * n));
const squaresOf = (n: number): number[] => Array.from({ length: n }, (_, k) => k * k);

describe("the pool of threads", () => {
  after(closePool);

  for (const workers of [1, 3]) {
    it(`does every task once and tells of each, on ${workers} threads`, async () => {
      const input: SquareInput = { squares: shared(200) };
      const told: number[] = [];
      await runInPool({ program, input, tasks: 200, onDone: (task) => told.push(task) }, workers);
      assert.deepEqual([...input.squares], squaresOf(200));
      assert.deepEqual(
        told.sort((a, b) => a - b),
        Array.from({ length: 200 }, (_, k) => k),
      );
      assert.ok(poolHas(workers));
    });
  }

  it("gives jobs that come at once their turns", async () => {
    const inputs = [0, 1, 2].map((): SquareInput => ({ squares: shared(50) }));
    await Promise.all(inputs.map((input) => runInPool({ program, input, tasks: 50 }, 2)));
    for (const { squares } of inputs) assert.deepEqual([...squares], squaresOf(50));
  });

  it("passes on a task's error, a user's as such, and works again after", async () => {
    const input: SquareInput = { squares: shared(20), refuse: 7 };
    await assert.rejects(
      runInPool({ program, input, tasks: 20 }, 2),
      (error) => error instanceof UserError && error.message === "task 7 is refused",
    );
    const again: SquareInput = { squares: shared(20) };
    await runInPool({ program, input: again, tasks: 20 }, 2);
    assert.deepEqual([...again.squares], squaresOf(20));
  });

  it("says which program it does not find", async () => {
    await assert.rejects(runInPool({ program: "threads/no-such-task", input: {}, tasks: 1 }, 1), /no-such-task/);
  });

  it("with no task prepares nothing", async () => {
    await runInPool({ program: "threads/no-such-task", input: {}, tasks: 0 }, 1);
  });
});
