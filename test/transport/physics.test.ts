/**
 * A problem with another physics is a Problem like any other: what is set counts, and what cannot count is refused by
 * name.
 */
import assert from "node:assert/strict";
import { drawConditions } from "../../lib/ensemble/conditions";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { stream } from "../../lib/random/stream";
import { boundaryConfigurations } from "../../lib/transport/conduction";
import { gridOf } from "../../lib/transport/domain";
import { publishedMaterial } from "../../lib/transport/electrolyte";
import type { Condition, Problem } from "../../lib/transport/problem";
import { problem, problemAs, problemOf, problems, referenceTo } from "../../lib/transport/problems";
import { declaredPhysics, originOf, withPhysics } from "../../lib/transport/with-physics";
import { assertClose } from "../assert-close";

const electrode = problem("electrode");
const published = problem("electrode-published");
const conduction = problem("conduction");

function solved(p: Problem, condition: Condition, eps = 0.35): Float64Array {
  const grid = gridOf(p, 20);
  const out = new Float64Array(20 * p.channels.length);
  p.solver(grid).solve(new Float64Array(20).map((_, i) => eps + 0.01 * Math.sin(i)), condition, out); // prettier-ignore
  return out;
}
const usual = (p: Problem): Condition => Object.fromEntries(p.conditions.map((r) => [r.name, r.default]));

describe("a problem with another physics", () => {
  it("is the problem itself where nothing differs, and one object for equal numbers in any order", () => {
    for (const p of problems) assert.equal(withPhysics(p, declaredPhysics(p)), p);
    const a = withPhysics(electrode, { parameters: { kappa0: 2, D0: 1e-10 } });
    assert.equal(withPhysics(electrode, { parameters: { D0: 1e-10, kappa0: 2 }, ranges: {}, porosity: {} }), a);
    assert.equal(withPhysics(a, { parameters: { kappa0: 1, D0: 3e-11 } }), electrode);
    assert.deepEqual(originOf(a).physics, { parameters: { D0: 1e-10, kappa0: 2 } });
  });

  for (const p of problems) {
    for (const { name, limits = [-Infinity, Infinity], ...range } of p.parameters ?? []) {
      it(`${p.name}: ${name} changes the fields, as set and as a condition carries it, and both are the same bits`, () => {
        const other = [range.max, range.min, 0.5 * (range.min + range.max), 2 * range.max].find(
          (v) => v !== range.default && v > limits[0] && v < limits[1],
        )!;
        const z = name === "film" ? { ...usual(p), boundary: boundaryConfigurations.indexOf("Robin-Robin") } : usual(p);
        const fields = solved(withPhysics(p, { parameters: { [name]: other } }), z);
        if (p.name === "electrode" && name === "U0")
          assert.deepEqual(fields, solved(p, z)); // it shifts what phi is relative to
        else assert.notDeepEqual(fields, solved(p, z));
        assert.deepEqual(fields, solved(p, { ...z, [name]: other }));
      });
    }
  }

  it("the length of the domain sets grid, fields and the range of the correlation length, with its default", () => {
    const thin = withPhysics(electrode, { parameters: { thickness: 5e-5 } });
    assertClose("width of a cell", gridOf(thin).axes[0].h, 5e-7, { within: 1e-20 });
    const [l] = thin.conditions;
    assert.deepEqual([l.min, l.max, l.default], [1e-6, 1e-5, 5e-6].map((v) => v)); // prettier-ignore
    // phi' = -i / k and i = F x / L for a uniform reaction: the rise over the electrode is proportional to L.
    const rise = (p: Problem) => solved(p, { l: 1e-6, F_right: 10, k_rn: 1e-9 }, 0.3)[39];
    assertClose("ratio of the rises", rise(thin) / rise(electrode), 0.5, { within: 0.05 });
  });

  it("the steady relation between both channels holds with other constants: c - c_right = (1 - t+) kappa0 / (F D0) (phi - phi(L))", () => {
    const parameters = { kappa0: 0.4, D0: 7e-11, t_plus: 0.3, c_right: 1500, bruggeman: 2.3, inactive: 0.1 };
    const p = withPhysics(electrode, { parameters });
    const fields = solved(p, { l: 1e-5, F_right: 20, k_rn: 1 });
    const factor = ((1 - 0.3) / 96485.33212) * (0.4 / 7e-11);
    const rise = (i: number): number => fields[20 + i] - fields[39];
    for (const i of [0, 7, 15]) {
      assertClose(`cell ${i}`, fields[i] - fields[19], factor * rise(i), { within: 1e-9 * factor * Math.abs(rise(0)) });
    }
    assert.equal(p.channels[0].relativeTo?.value, 1500);
    assert.notEqual(publishedMaterial.c_right, 1500);
  });

  it("the Jacobian is that of the configured equations: a difference quotient", () => {
    for (const base of [electrode, published]) {
      const p = withPhysics(base, {
        parameters: { kappa0: 0.4, a0: 3e6, bruggeman: 2.3, inactive: 0.1, solid_slope: -10, c_right: 2000 },
      });
      const z = usual(p);
      const grid = gridOf(p, 6);
      const eps = Float64Array.of(0.3, 0.35, 0.4, 0.32, 0.28, 0.36);
      const at = (cell: number, by: number): Float64Array => {
        const out = new Float64Array(12);
        p.solver(grid).solve(eps.map((e, i) => (i === cell ? e + by : e)), z, out); // prettier-ignore
        return out;
      };
      const J = p.jacobian!(grid, eps, z);
      const largest = J.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
      for (const cell of [0, 3, 5]) {
        const [plus, minus] = [at(cell, 1e-5), at(cell, -1e-5)];
        for (let k = 0; k < 12; k++) {
          const scale = k < 6 ? largest : J.subarray(36).reduce((a, v) => Math.max(a, Math.abs(v)), 0);
          assertClose(`${p.name} ${k} ${cell}`, J[k * 6 + cell], (plus[k] - minus[k]) / 2e-5, { within: 1e-5 * scale });
        }
      }
    }
  });

  it("conduction: k = kappa0 eps^b, a film conducts H, and its Jacobian is that of the configured equations", () => {
    const grid = gridOf(conduction, 6);
    const eps = Float64Array.of(0.3, 0.35, 0.4, 0.32, 0.28, 0.36);
    const z: Condition = { ...usual(conduction), boundary: boundaryConfigurations.indexOf("Robin-Dirichlet") };
    const phi = (p: Problem, porosity: Float64Array, condition: Condition): Float64Array => {
      const out = new Float64Array(6);
      p.solver(grid).solve(porosity, condition, out);
      return out;
    };
    const near = (what: string, a: Float64Array, b: Float64Array): void =>
      a.forEach((v, i) => assertClose(what, v, b[i], { within: 1e-12 }));
    // Conductivity, film and source in proportion leave the potential as it is; porosity enters as eps^b alone.
    const threefold = withPhysics(conduction, { parameters: { kappa0: 3, film: 3 } });
    near("in proportion", phi(threefold, eps, { ...z, amplitude: 3 * z.amplitude }), phi(conduction, eps, z));
    const square = withPhysics(conduction, { parameters: { bruggeman: 2 } });
    near("eps^2", phi(square, eps, z), phi(conduction, eps.map((e) => e * e), z)); // prettier-ignore
    const p = withPhysics(conduction, { parameters: { kappa0: 0.4, bruggeman: 1.7, film: 2 } });
    const J = p.jacobian!(grid, eps, z);
    for (const cell of [0, 3, 5]) {
      const by = (change: number): Float64Array =>
        phi(
          p,
          eps.map((e, i) => (i === cell ? e + change : e)),
          z,
        );
      const [plus, minus] = [by(1e-5), by(-1e-5)];
      for (let k = 0; k < 6; k++)
        assertClose(`${k} ${cell}`, J[k * 6 + cell], (plus[k] - minus[k]) / 2e-5, {
          within: 1e-5 * Math.max(...J.map(Math.abs)),
        });
    }
  });

  it("a range is what ensembles draw from, and a parameter with a range becomes a condition", () => {
    const p = withPhysics(published, { ranges: { F_right: [5, 6], k_rn: [0.1, 10] }, porosity: { scale: 0.5 } });
    assert.deepEqual(p.conditions.map(({ name }) => name), ["l", "U0", "F_right", "k_rn"]); // prettier-ignore
    assert.ok(!p.parameters?.some(({ name }) => name === "k_rn"));
    const drawn = drawConditions(p, 200, stream(1));
    assert.ok(drawn.every(({ F_right, k_rn }) => F_right >= 5 && F_right <= 6 && k_rn >= 0.1 && k_rn <= 10));
    assert.ok(drawn.some(({ k_rn }) => k_rn < 0.3) && drawn.some(({ k_rn }) => k_rn > 3));
  });

  it("threads compute with the configured physics: the same bits with workers as without", async () => {
    const p = withPhysics(published, { parameters: { thickness: 5e-5, kappa0: 2 }, porosity: { bounds: [0.3, 0.6] } });
    assert.equal(problemOf(referenceTo(p)!), p);
    const run = (workers: number) =>
      generateEnsemble({
        problem: p,
        conditions: [usual(p)],
        count: 64,
        stream: stream(2),
        workers,
        keepPorosity: true,
      });
    const [one, two] = [await run(1), await run(2)];
    assert.deepEqual(two.fields.values, one.fields.values);
    assert.ok(one.porosity!.values.every((e) => e > 0.3 && e < 0.6) && one.porosity!.values.some((e) => e > 0.5));
  });

  it("mean and scale of the log-odds are those of the drawn porosities", async () => {
    const p = withPhysics(published, {
      porosity: { bounds: [0.1, 0.9], mean: 0.7, scale: 0.4, covariance: "matern-1/2" },
    });
    const count = 4000;
    const { porosity } = await generateEnsemble({
      problem: p,
      conditions: [usual(p)],
      count,
      cells: 10,
      stream: stream(3),
      keepPorosity: true,
    });
    const odds = Array.from({ length: count }, (_, n) =>
      Math.log((porosity!.values[10 * n + 4] - 0.1) / (0.9 - porosity!.values[10 * n + 4])),
    );
    const mean = odds.reduce((a, b) => a + b) / count;
    const std = Math.sqrt(odds.reduce((a, b) => a + (b - mean) ** 2, 0) / (count - 1));
    assertClose("mean", mean, 0.7, { within: (4 * 0.4) / Math.sqrt(count) });
    assertClose("spread", std, 0.4, { within: (4 * 0.4) / Math.sqrt(2 * count) });
  });

  it("one correlation length takes the condition's place; a range of it is the condition's", () => {
    const fixed = withPhysics(published, { porosity: { correlationLength: 7e-6 } });
    assert.deepEqual(fixed.conditions.map(({ name }) => name), ["U0", "F_right"]); // prettier-ignore
    assert.equal(fixed.porosity.correlationLength({}), 7e-6);
    const [l] = withPhysics(published, { porosity: { correlationLength: [3e-6, 4e-6] } }).conditions;
    assert.deepEqual([l.min, l.max], [3e-6, 4e-6]);
    assertClose("default", l.default, Math.sqrt(12) * 1e-6, { within: 1e-18 });
  });

  for (const { given, says } of [
    {
      given: { parameters: { kapa0: 1 } },
      says: /problem\.parameters\.kapa0 is no parameter of electrode-published.*thickness \(m; .*kappa0 \(S\/m; /,
    },
    {
      given: { parameters: { kappa0: -1 } },
      says: /problem\.parameters\.kappa0 \(conductivity.*must be positive \(S\/m\), got -1/,
    },
    {
      given: { parameters: { thickness: 0 } },
      says: /problem\.parameters\.thickness .*positive number of metres, got 0/,
    },
    {
      given: { parameters: { U0: 0.1 } },
      says: /problem\.parameters\.U0 is a condition .*Remedy: problem\.ranges\.U0=/,
    },
    { given: { parameters: { inactive: 0.6 } }, says: /pores and inactive solid exceed the volume: eps = 0\.5/ },
    { given: { ranges: { F: [0, 1] } }, says: /problem\.ranges\.F is no condition/ },
    { given: { ranges: { F_right: [1, 1] } }, says: /problem\.ranges\.F_right must grow.*\[1, 1\]/ },
    { given: { ranges: { l: [0, 1e-5] } }, says: /problem\.ranges\.l .*must be positive/ },
    {
      given: { ranges: { k_rn: [1, 2] }, parameters: { k_rn: 1 } },
      says: /problem\.ranges\.k_rn is drawn.*one of them only/,
    },
    {
      given: { porosity: { bounds: [0.5, 0.2] } },
      says: /problem\.porosity\.bounds must be 0 < least < greatest <= 1, got \[0\.5, 0\.2\]/,
    },
    {
      given: { porosity: { correlationLength: -1 } },
      says: /problem\.porosity\.correlationLength must be a positive number/,
    },
    { given: { porosity: { correlationLength: 1e-5 }, ranges: { l: [1e-6, 2e-6] } }, says: /one of them only/ },
  ] as const) {
    it(`refuses ${JSON.stringify(given)} by name`, () => {
      assert.throws(() => problemAs({ name: "electrode-published", ...given }), says);
    });
  }

  it("a range beyond what affine functions hold for is refused, a narrower one taken", () => {
    const rod = problem("conduction");
    assert.throws(() => withPhysics(rod, { ranges: { centre: [0.1, 0.8] } }), /beyond \[0\.2, 0\.8\]/);
    assert.equal(
      withPhysics(rod, { ranges: { centre: [0.4, 0.6] } }).conditions.find(({ name }) => name === "centre")!.max,
      0.6,
    );
  });

  it("a solver that solves many at once does so with another physics too, to the bit", () => {
    const plane = withPhysics(problem("conduction-2d"), { porosity: { bounds: [0.2, 0.8] } });
    const solver = plane.solver(gridOf(plane, 6));
    const [one, many] = [new Float64Array(36), new Float64Array(2 * 36)];
    const eps = Float64Array.from({ length: 2 * 36 }, (_, i) => 0.5 + 0.2 * Math.sin(i));
    assert.ok(solver.solveMany, "solveMany of the problem's own solver");
    solver.solveMany(eps, 2, usual(plane), many);
    for (const k of [0, 1]) {
      solver.solve(eps.subarray(36 * k, 36 * (k + 1)), usual(plane), one);
      assert.deepEqual(many.slice(36 * k, 36 * (k + 1)), one);
    }
  });
});
