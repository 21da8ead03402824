/** One small, deterministic example of every figure: shapes like those of the study, from closed formulas. */
import { biasAgainstBeta } from "../../lib/experiments/mean-bias/bias-against-beta";
import { biasBudget } from "../../lib/experiments/bias-budget/bias-budget";
import { biasProfile, type BiasSource } from "../../lib/experiments/mean-bias/bias-profile";
import { confounder } from "../../lib/experiments/confounder/confounder";
import { decisiveComparison } from "../../lib/experiments/mean-bias/decisive-comparison";
import { ensembleBands } from "../../lib/figures/ensemble-bands";
import { exactFamilyFigure } from "../../lib/experiments/identifiability/exact-family";
import { farPairs } from "../../lib/experiments/identifiability/far-pairs";
import { filmAblation } from "../../lib/experiments/film-ablation/film-ablation";
import { manifoldResidual } from "../../lib/experiments/manifold/manifold-residual";
import { gridOn } from "../../lib/fields/grid";
import { maps } from "../../lib/figures/maps";
import { overlay } from "../../lib/figures/overlay";
import { porosityAndFields } from "../../lib/experiments/porosity-and-transport/porosity-and-fields";
import { posteriorSpread } from "../../lib/experiments/identifiability/posterior-spread";
import { precisionFields } from "../../lib/experiments/porosity-and-transport/precision-fields";
import { precisionSpread } from "../../lib/experiments/porosity-and-transport/precision-spread";
import { roughnessSpectrumFigure } from "../../lib/experiments/floor-spectra/roughness-spectrum";
import { resolvedModes } from "../../lib/experiments/identifiability/resolved-modes";
import { singularSpectrum } from "../../lib/experiments/identifiability/singular-spectrum";
import type { Figure } from "../../lib/figures/spec";
import { shapeOf } from "../../lib/transport/domain";
import { problem } from "../../lib/transport/problems";
import { spectrumRatioFigure } from "../../lib/figures/spectrum-ratio";
import { trainingCurve } from "../../lib/experiments/training/training-curve";
import { workPrecision } from "../../lib/experiments/work-precision/work-precision";

const electrode = shapeOf(problem("electrode-published"));
const channels = ["c", "phi"] as const;
const samplers = ["reverse SDE", "probability-flow ODE"] as const;
const conditions = ["ℓ = L/50, U_0 = −0.2 V", "ℓ = L/10, U_0 = 0 V", "ℓ = L/5, U_0 = 0.2 V"];
const s = Array.from({ length: 26 }, (_, i) => i / 25); // x / L
const x = (at: number): number => 1e-4 * at;
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const wobble = (k: number): number => Math.sin(12.9898 * k); // in place of chance
const field = {
  c: (at: number, k: number) => 1000 - (10 + k) * (1 - at * at),
  phi: (at: number, k: number) => 2e-3 * (1 + k) * at * at,
};
const spread = { c: (at: number) => 1.5 * (1 - at), phi: (at: number) => 9e-4 * at };

const biasSources: [BiasSource, number][] = [
  ["closed form", 1.15],
  ["exact Gaussian score", 1.13],
  ["exact empirical score", 0.88],
  ["trained network", 0.9],
  ["published", 1.0],
];

const spectrumRatios = conditions.slice(0, 2).flatMap((condition) =>
  (["PDE against PDE", "model", "published"] as const).flatMap((source, j) =>
    upTo(18).map((mode) => {
      const ratio = (j === 2 ? Math.exp(0.09 * mode) : 1) * (1 + 0.03 * wobble(mode + j));
      return { condition, source, mode, ratio, low: 0.93 * ratio, high: 1.07 * ratio };
    }),
  ),
);

/** Each example is built when it is asked for. */
export const examples: Readonly<Record<string, () => Figure>> = {
  "maps in two columns": () => {
    const grid = gridOn([
      { name: "x", length: 2, cells: 16 },
      { name: "y", length: 1, cells: 8 },
    ]);
    const cells = upTo(grid.cells).map((n) => [((n - 1) >> 3) / 16, ((n - 1) % 8) / 8] as const);
    const phi = (k: number) => cells.map(([a, b]) => a + 0.1 * k * a * b);
    const field = (k: number) => ({ title: `draw ${k}`, values: phi(k), contours: phi(k) });
    const porosity = (k: number) => ({
      title: `ε of ${k}`,
      values: cells.map(([a, b]) => 0.5 + 0.2 * wobble(a + k * b)),
    });
    return maps(grid, [
      { quantity: "ε", colours: "material", maps: [1, 2].map(porosity) },
      { quantity: "φ (V)", maps: [1, 2].map(field) },
    ]);
  },
  "porosity and fields": () =>
    porosityAndFields(
      [1, 2, 3, 4].flatMap((draw) =>
        s.flatMap((at) => [
          { draw, quantity: "eps" as const, x: x(at), value: 0.35 + 0.1 * Math.sin(3 * draw + 7 * at) },
          { draw, quantity: "c" as const, x: x(at), value: field.c(at, draw / 2) },
          { draw, quantity: "phi" as const, x: x(at), value: field.phi(at, draw / 4) },
        ]),
      ),
      { shape: electrode },
    ),
  "ensemble bands": () =>
    ensembleBands(
      channels.flatMap((channel) =>
        conditions.flatMap((condition, k) =>
          s.map((at) => {
            const [mean, std] = [field[channel](at, k), spread[channel](at)];
            const [low, high] = [mean - 1.64 * std, mean + 1.64 * std];
            return {
              condition,
              channel,
              x: x(at),
              mean,
              low,
              high,
              innerLow: mean - 0.67 * std,
              innerHigh: mean + 0.67 * std,
            };
          }),
        ),
      ),
      { shape: electrode, band: "5–95 %", inner: "25–75 %" },
    ),
  "precision fields": () =>
    precisionFields(
      [
        ...[0, 1].flatMap((draw) =>
          s.flatMap((at) => [
            {
              panel: "field" as const,
              source: "double precision" as const,
              draw,
              x: x(at),
              value: field.phi(at, draw),
            },
            {
              panel: "field" as const,
              source: "single precision" as const,
              draw,
              x: x(at),
              value: field.phi(at, draw + 0.1),
            },
          ]),
        ),
        ...s.flatMap((at) => [
          { panel: "error" as const, source: "single precision" as const, x: x(at), value: 6e-4 * at },
          { panel: "error" as const, source: "single, without subtraction" as const, x: x(at), value: 1e-9 * at },
        ]),
      ],
      { shape: electrode },
    ),
  "precision spread": () =>
    precisionSpread(
      s.flatMap((at) => [
        { source: "double precision" as const, x: x(at), std: 9.4e-4 * at, low: 9e-4 * at, high: 9.8e-4 * at },
        { source: "single precision" as const, x: x(at), std: 13e-4 * at, low: 12.5e-4 * at, high: 13.6e-4 * at },
        { source: "published" as const, x: x(at), std: 13.1e-4 * at + 2e-5 * wobble(at) },
      ]),
      { shape: electrode },
    ),
  "training curve": () =>
    trainingCurve(
      upTo(80).flatMap((k) => [
        { step: 250 * k, split: "training" as const, loss: 0.2 + Math.exp(-k / 9) + 0.02 * wobble(k) },
        ...(k % 8 === 0 ? [{ step: 250 * k, split: "held out" as const, loss: 0.22 + Math.exp(-k / 9) }] : []),
      ]),
      [0.002, 0.01, 0.03, 0.1, 0.3, 1].map((noise) => ({
        noise,
        improvement: 0.2 * Math.exp(-(Math.log10(noise) ** 2)) - 0.02,
      })),
      { noiseTitle: "σ / std", lossTitle: "denoising loss" },
    ),
  overlay: () =>
    overlay(
      channels.flatMap((channel) =>
        conditions.flatMap((condition, k) =>
          (["solver", "model"] as const).flatMap((source) =>
            s.map((at) => {
              const off = source === "model" ? 0.15 * spread[channel](at) * Math.sin(9 * at) : 0;
              return {
                condition,
                channel,
                source,
                x: x(at),
                mean: field[channel](at, k) + off,
                std: spread[channel](at),
              };
            }),
          ),
        ),
      ),
      { shape: electrode },
    ),
  "spectrum ratio": () => spectrumRatioFigure(spectrumRatios),
  "spectrum ratio over two columns": () => spectrumRatioFigure(spectrumRatios, { width: "two" }),
  "bias profile": () =>
    biasProfile(
      [3, 20].flatMap((betaMax) =>
        channels.flatMap((channel) =>
          biasSources.flatMap(([source, size], j) =>
            s.map((at) => {
              const scale = betaMax === 3 ? (channel === "c" ? 1 : -1) : 0.04;
              const bias = size * scale * (0.8 + 0.3 * at) + (betaMax === 20 ? 0.03 * wobble(7 * at + j) : 0);
              const measured = source !== "closed form" && source !== "published";
              return {
                betaMax,
                channel,
                source,
                x: x(at),
                bias,
                ...(measured ? { low: bias - 0.05, high: bias + 0.05 } : {}),
              };
            }),
          ),
        ),
      ),
      { shape: electrode },
    ),
  "bias against beta_max": () =>
    biasAgainstBeta(
      channels.flatMap((channel) =>
        samplers.flatMap((sampler, j) => {
          const ratio = (betaMax: number) => 1.8 * Math.exp(-betaMax / (j === 0 ? 4 : 8));
          return [
            ...upTo(20).map((betaMax) => ({
              channel,
              sampler,
              kind: "predicted" as const,
              betaMax,
              ratio: ratio(betaMax),
            })),
            ...[1, 2, 3, 5, 10, 20].map((betaMax) => {
              const measured = ratio(betaMax) * (1 + 0.1 * wobble(betaMax));
              return {
                channel,
                sampler,
                kind: "measured" as const,
                betaMax,
                ratio: measured,
                low: measured - 0.02,
                high: measured + 0.02,
              };
            }),
          ];
        }),
      ),
      electrode,
    ),
  "decisive comparison": () =>
    decisiveComparison(
      channels.flatMap((channel) =>
        [
          { label: "N(0, I)", start: "N(0, I)", centring: "whole data set", betaMax: 3, ratio: 0.9, predicted: 1.15 },
          {
            label: "matched start",
            start: "matched moments",
            centring: "whole data set",
            betaMax: 3,
            ratio: 0.01,
            predicted: 0,
          },
          {
            label: "centred data",
            start: "N(0, I)",
            centring: "per condition",
            betaMax: 3,
            ratio: 0.012,
            predicted: 0,
          },
          {
            label: "β_max = 20",
            start: "N(0, I)",
            centring: "whole data set",
            betaMax: 20,
            ratio: 0.015,
            predicted: 0.0003,
          },
        ].flatMap(({ ratio, predicted, ...setting }) => [
          { ...setting, channel, kind: "measured" as const, ratio, low: ratio - 0.02, high: ratio + 0.02 },
          { ...setting, channel, kind: "predicted" as const, ratio: predicted },
        ]),
      ),
      electrode,
    ),
  confounder: () =>
    confounder(
      channels.flatMap((channel) =>
        samplers.flatMap((sampler, j) =>
          (["spread", "bias", "ratio"] as const).flatMap((quantity) =>
            ["0", "mean", "1", "2", "4", "8"].flatMap((told, k) => {
              const value =
                quantity === "ratio"
                  ? 1.2 - (j === 0 ? 0.15 * k : 0)
                  : Math.exp(-k * (quantity === "bias" ? 0.9 : 0.5));
              const where = { told, channel, sampler, quantity };
              return [
                { ...where, kind: "predicted" as const, value },
                {
                  ...where,
                  kind: "measured" as const,
                  value: 0.97 * value,
                  low: 0.97 * value - 0.04,
                  high: 0.97 * value + 0.04,
                },
              ];
            }),
          ),
        ),
      ),
      electrode,
    ),
  "bias budget": () =>
    biasBudget(
      channels.flatMap((channel) =>
        [
          "prior mismatch",
          "score error",
          "time discretisation",
          "truncation at t_min",
          "last denoising step",
          "finite ensemble",
          "Monte-Carlo",
          "left over",
        ].map((cause, k) => {
          const value = (k % 2 === 1 ? -1 : 1) * 1.1 * Math.exp(-1.4 * k);
          return { cause, channel, value, low: value - 0.03, high: value + 0.03 };
        }),
      ),
      electrode,
    ),
  "roughness spectrum": () =>
    roughnessSpectrumFigure(
      channels.flatMap((channel) =>
        (["solver", "without last step", "with last step", "predicted", "published, if white"] as const).flatMap(
          (source, j) =>
            upTo(98).map((wavenumber) => {
              const smooth = (channel === "c" ? 3e-3 : 2e-6) * Math.exp(-wavenumber / 9);
              const floor = (channel === "c" ? 2e-3 : 1e-6) * (wavenumber / 98) ** 2;
              const amplitude = Math.hypot(smooth, j === 4 ? 1.3 * floor : j % 2 === 1 ? floor : floor / 100) + 1e-9;
              const bars = source.startsWith("p") ? {} : { low: 0.95 * amplitude, high: 1.05 * amplitude };
              return { source, channel, wavenumber, amplitude, ...bars };
            }),
        ),
      ),
      electrode,
    ),
  "singular spectrum": () =>
    singularSpectrum(
      ["ℓ = L/50", "ℓ = L/10", "ℓ = L/5"].flatMap((correlation, j) =>
        ["φ alone", "c alone", "both"].flatMap((observed) =>
          upTo(20).map((mode) => ({ correlation, observed, mode, value: Math.exp(-mode * (0.25 + 0.3 * j)) })),
        ),
      ),
      ["φ alone", "c alone", "both"].flatMap((observed) => [
        { observed, value: 0.1, label: "0.1 mV" },
        { observed, value: 0.001, label: "0.001 mV" },
      ]),
      { title: "singular value (mV)" },
    ),
  "resolved modes": () =>
    resolvedModes(
      ["ℓ = L/50", "ℓ = L/10", "ℓ = L/5"].flatMap((correlation, j) =>
        [-6, -5.5, -5, -4.5, -4, -3.5, -3].map((k) => ({
          correlation,
          observed: "φ alone",
          noise: 10 ** k,
          modes: Math.round((-k - 2.5) * (8 - 2 * j)),
        })),
      ),
    ),
  "posterior spread": () =>
    posteriorSpread(
      ["ℓ = L/50", "ℓ = L/10", "ℓ = L/5"].flatMap((correlation, j) =>
        (["φ alone", "c alone", "both"] as const).flatMap((observed, k) =>
          s.map((at) => {
            const ratio = (1 - 0.2 * j - 0.1 * k) * (0.35 + 0.6 * Math.exp(-5 * at));
            return { correlation, observed, x: x(at), ratio, low: 0.92 * ratio, high: 1.08 * ratio };
          }),
        ),
      ),
      { axis: electrode.grid.axes[0] },
    ),
  "far pairs": () =>
    farPairs(
      ["ℓ = L/50", "ℓ = L/10"].flatMap((pair, j) =>
        s.map((at) => ({
          pair,
          x: x(at),
          epsA: 0.35 + 0.12 * Math.sin(9 * at + j),
          epsB: 0.35 - 0.12 * Math.sin(9 * at + j),
          difference: { phi: 8e-5 * at * Math.sin(8 * at), c: 0.2 * (1 - at) * Math.sin(6 * at) },
        })),
      ),
      { shape: electrode, noise: { phi: 1e-4, c: 0.1 }, porosity: [0.2, 0.5] },
    ),
  "exact family": () =>
    exactFamilyFigure(
      s.map((at) => ({
        x: at,
        eps: 0.33 + 0.05 * Math.sin(5 * at),
        member: 0.4 + 0.05 * Math.sin(5 * at),
        twoPotentials: 1e-6 * at,
        potentialAndCurrent: -0.2 * at,
      })),
    ),
  "work and precision": () =>
    workPrecision(
      ["exact Gaussian score", "trained network"].flatMap((score, k) =>
        ["Euler–Maruyama", "Heun, reverse SDE", "Heun, flow", "EDM Heun with churn", "DPM-Solver++(2M)"].flatMap(
          (sampler, j) =>
            [5, 10, 20, 50, 100, 500, 2000].map((evaluations) => {
              const error =
                Math.max(2 / evaluations ** (1 + 0.3 * j), k === 1 ? 0.012 : 1e-6) *
                (1 + 0.1 * wobble(j + evaluations));
              return { score, sampler, evaluations, error, low: 0.8 * error, high: 1.2 * error };
            }),
        ),
      ),
      {
        errorTitle: { "exact Gaussian score": "distance / std", "trained network": "√(energy distance)" },
        floors: { "trained network": { value: 0.01, label: "sampling noise" } },
        domains: { "exact Gaussian score": [1e-5, 1] },
      },
    ),
  "FiLM ablation, several measures": () =>
    filmAblation(
      ["no conditioning", "condition as channels", "FiLM", "a FiLM model a regime"].flatMap((variant, k) =>
        ["held-out loss", "std ratio"].flatMap((measure, j) => {
          const value = [0.5, 0.12, 0.1, 0.15][k] * (1 + j / 3);
          return [
            ...[-1, 0, 1].map((seed) => ({ variant, measure, kind: "seed" as const, value: value * (1 + 0.1 * seed) })),
            { variant, measure, kind: "mean" as const, value, low: 0.9 * value, high: 1.1 * value },
          ];
        }),
      ),
      { log: ["held-out loss"] },
    ),
  "manifold residual": () =>
    manifoldResidual(
      channels.flatMap((channel) =>
        (["PDE", "model", "Gaussian baseline"] as const).flatMap((source, j) =>
          upTo(40).map((k) => ({ channel, source, residual: 1e-3 * 4 ** j * Math.exp(k / 16), fraction: k / 40 })),
        ),
      ),
      electrode,
    ),
};
