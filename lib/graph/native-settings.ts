/**
 * Settings that TensorFlow's native library reads once, when it loads: this module must be imported before TensorFlow.
 * Each can be overridden from outside through the environment.
 */
import { availableParallelism } from "node:os";
import { holdNotes } from "./loading-notes";

// The library reports processor features when it loads, which says nothing about the study. Errors still show.
process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";

// By itself TensorFlow uses oneDNN only on processors with AVX-512. On others its convolutions are faster too.
process.env.TF_ENABLE_ONEDNN_OPTS ??= "1";

// An operation on all processors at once mostly waits: those of a training step last tens of microseconds, and idle
// threads spin. Each gets half of the processors, and the graph runs independent operations beside each other (the
// library's second pool has all of them).
process.env.TF_NUM_INTRAOP_THREADS ??= String(Math.max(1, Math.floor(availableParallelism() / 2)));

holdNotes(); // tensorflow.ts ends it

// A GPU build leaves the GPU alone where the processor is wanted.
if (process.env.SGM_DEVICE === "cpu") process.env.CUDA_VISIBLE_DEVICES = "-1";
// The last statement is no bare expression: the notebooks' kernel takes one for a cell's value, in a module too, and
// fails.
