/** Settings of the fields between sensors: where they are, how sure they read, how much is simulated. */
import { type Infer, z } from "../schema";
import { type Part, positive, settings, whole } from "../settings";

/**
 * A reading of a channel at a place, as a share of the domain from its first face, with the standard deviation of its
 * noise in the channel's unit.
 */
const sensor = z.strictObject({ channel: z.string(), at: z.number().min(0).max(1), std: positive });
export type SensorSettings = Infer<typeof sensor>;

const phi = (at: number, std: number): SensorSettings => ({ channel: "phi", at, std });
const c = (at: number, std: number): SensorSettings => ({ channel: "c", at, std });
const three = (std: number): SensorSettings[] => [0.3, 0.6, 0.95].map((at) => phi(at, std));

export const measurementsSettings = settings(
  "measurements",
  z.strictObject({
    /** The chapter's own sensors. */
    sensors: z.array(sensor).min(1),
    /** Layouts that methods are compared on, beside these. */
    layouts: z.array(z.strictObject({ name: z.string(), sensors: z.array(sensor).min(1) })),
    /** Fields of each bank: two of the solver, one of the network, one of the Gaussian. */
    bank: whole(100, 1e6),
    /** Simulated measurements for the errors of banks; for those of methods that draw for each measurement anew. */
    dataSets: whole(2, 1e4),
    searched: whole(1, 1e4),
    /** Draws of such a method. */
    draws: whole(10, 1e5),
    /** Simulated measurements for the ranks of the truth. */
    ranked: whole(20, 1e5),
    /** Conditions that are taken for unknown, and how many candidates are drawn for them. */
    infer: z.array(z.string()).min(1),
    candidates: whole(4, 1e4),
  }),
  {
    quick: {
      sensors: three(1e-4),
      layouts: [
        { name: "one potential, 0.3 mV", sensors: [phi(0.6, 3e-4)] },
        { name: "three potentials, 0.3 mV", sensors: three(3e-4) },
        { name: "c and potential, 0.05 mV", sensors: [c(0.2, 0.15), c(0.6, 0.15), ...three(5e-5)] },
      ],
      bank: 25_000,
      dataSets: 30,
      searched: 2,
      draws: 400,
      ranked: 1000,
      infer: ["l", "U0"],
      candidates: 48,
    },
    smoke: { bank: 1000, dataSets: 4, searched: 1, draws: 60, ranked: 40, candidates: 8 },
    full: { bank: 200_000, dataSets: 100, searched: 10, draws: 2000, ranked: 2000, candidates: 256 },
  },
);
export type MeasurementsSettings = Part<typeof measurementsSettings>["measurements"];
