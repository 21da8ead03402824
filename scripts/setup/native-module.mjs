/**
 * Modules of Node that are compiled against the TensorFlow library of this folder: what the compiler is told, and where
 * the module finds the library. That is relative to the module, so the project's folder may be moved.
 */
import { join, relative } from "node:path";
import { inProject, root } from "./project.mjs";
import { tensorflowBuild, tensorflowFolder } from "./tensorflow.mjs";

export const nodeHeaders = inProject("node_modules", "node-api-headers");

/**
 * The compiler's arguments for a module that will lie in `folder`, written to `output`; all are given absolute and told
 * relative to the project, so that they are the same wherever the caller stands.
 */
export function compilerArguments({ flags, includes = [], sources, folder, output }) {
  const local = (...parts) => relative(root, join(...parts));
  const darwin = process.platform === "darwin";
  return [
    ...["-std=c++17", "-fPIC", "-shared", "-DNAPI_VERSION=8", ...flags],
    ...(darwin ? ["-undefined", "dynamic_lookup"] : []),
    ...[join(nodeHeaders, "include"), ...includes].map((include) => `-I${local(include)}`),
    ...["-isystem", local(tensorflowFolder, "include")], // its headers' warnings are not ours
    ...sources.map((source) => local(source)),
    ...tensorflowBuild().libraries.map((library) => local(tensorflowFolder, library)),
    `-Wl,-rpath,${darwin ? "@loader_path" : "$ORIGIN"}/${relative(folder, tensorflowFolder)}`,
    ...["-o", local(output)],
  ];
}
