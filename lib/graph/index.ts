/**
 * Functions of tensors compiled to TensorFlow graphs, and an operation that TensorFlow.js lacks. Knows nothing of the
 * study.
 */
export { compile, type Compiled, type CompileOptions } from "./compile";
export { compileLoop } from "./compile-loop";
export { type Device, onDevice, startWebGpu, wantedDevice } from "./device";
export { filmSilu } from "./film";
export type { LoopDefinition, LoopProgram, Numbers, Tensors } from "./loop";
