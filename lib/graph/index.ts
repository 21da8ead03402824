/** Functions of tensors compiled to TensorFlow graphs, and two operations that TensorFlow.js lacks. Knows nothing of the study. */
export { compile, type Compiled, type CompileOptions } from "./compile";
export { compileLoop, type LoopDefinition, type LoopProgram, type Numbers, type Tensors } from "./compile-loop";
export { convolution, type Padding } from "./convolution";
export { filmSilu } from "./film";
