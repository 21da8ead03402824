/** Random numbers as a cell uses them: named streams, handed in; the same seed gives the same numbers. */
export { stream, type Stream } from "./stream";
