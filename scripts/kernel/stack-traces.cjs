/**
 * Stack traces that cite what a person wrote: `lib/figures/draw.ts:49:12` and `cell 5:3:7`, where tslab's cite lines of
 * JavaScript that is in no file. tslab translates twice, TypeScript to ECMAScript modules and these to CommonJS; both
 * steps are asked for their source maps, and an error's frames are followed back through the two. Frames of Node are
 * left out, and all from where the kernel called the cell.
 */
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");

const comment = /\/\/# sourceMappingURL=[^\n]*$/;
const linesBefore = 1; // tslab puts `export {};` before a cell

/** @param ts the compiler's module; returned with `sourceMaps`: translation -> the maps of its two steps, as JSON. */
function withSourceMaps(ts) {
  const sourceMaps = new Map();
  const first = new Map(); // ECMAScript module -> its map

  function withMap(builder) {
    const { emit } = builder;
    builder.emit = (source, write, ...rest) => {
      if (!source || !write) return emit(source, write, ...rest);
      let map; // is written before what it belongs to
      const writing = (name, text, ...more) => {
        if (name.endsWith(".js.map")) return void (map = text);
        const plain = text.replace(comment, "");
        if (name.endsWith(".js")) first.set(plain, map);
        write(name, plain, ...more);
      };
      return emit(source, writing, ...rest);
    };
    return builder;
  }

  return {
    ...ts,
    sourceMaps,
    createWatchCompilerHost: (files, options, system, create, ...rest) =>
      ts.createWatchCompilerHost(
        files,
        { ...options, sourceMap: true },
        system,
        (...program) => withMap((create ?? ts.createEmitAndSemanticDiagnosticsBuilderProgram)(...program)),
        ...rest,
      ),
    transpileModule(text, { compilerOptions, ...others }) {
      const result = ts.transpileModule(text, { ...others, compilerOptions: { ...compilerOptions, sourceMap: true } });
      const outputText = result.outputText.replace(comment, "");
      if (first.has(text)) sourceMaps.set(outputText, [first.get(text), result.sourceMapText]);
      first.delete(text);
      return { ...result, outputText };
    },
  };
}

/**
 * From now on stack traces of this process cite sources. `nameOfCell()` says what the code that is about to run is
 * called.
 */
function citeSources({ sourceMaps, root, kernel, nameOfCell }) {
  const running = new Map(); // script's name -> { source, maps, before }

  const { _compile } = Module.prototype;
  Module.prototype._compile = function (content, filename, ...rest) {
    const maps = sourceMaps.get(content);
    if (maps) running.set(filename, { source: path.relative(root, filename).replace(/\.js$/, ".ts"), maps, before: 0 });
    return _compile.call(this, content, filename, ...rest);
  };
  const { runInThisContext } = vm;
  vm.runInThisContext = (code, options) => {
    const cell = /^\((?:async )?function\(exports, require\) \{ ([^]*)\n\}\)\(__tslab__\.exports, /.exec(code)?.[1];
    const maps = cell === undefined ? undefined : sourceMaps.get(cell);
    if (!maps) return runInThisContext(code, options);
    const filename = nameOfCell();
    running.set(filename, { source: filename, maps, before: linesBefore });
    return runInThisContext(code, { ...options, filename, displayErrors: false });
  };

  Error.prepareStackTrace = (error, frames) => {
    const ofOthers = frames.filter((frame) => !frame.getFileName()?.startsWith("node:"));
    const called = ofOthers.findIndex((frame) => frame.getFileName() === __filename);
    // The frame before is the cell as a function that is called, below its own first line.
    const told = called < 0 ? ofOthers : ofOthers.slice(0, Math.max(0, called - 1));
    const own = told.filter((frame) => !frame.getFileName()?.startsWith(kernel));
    return Error.prototype.toString.call(error) + own.map((frame) => `\n    at ${cited(frame, running)}`).join("");
  };
}

function cited(frame, running) {
  const place = `${frame.getFileName()}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;
  const script = running.get(frame.getFileName());
  if (!script) return String(frame);
  script.read ??= script.maps.map((text) => new Module.SourceMap(JSON.parse(text))); // only once something failed
  const [toModule, toCommonJs] = script.read;
  const between = toCommonJs.findEntry(frame.getLineNumber() - 1, frame.getColumnNumber() - 1);
  const { originalLine: line, originalColumn: column } =
    between.originalLine === undefined ? {} : toModule.findEntry(between.originalLine, between.originalColumn);
  const shown = line === undefined ? script.source : `${script.source}:${line + 1 - script.before}:${column + 1}`;
  const told = String(frame).replace(/^(async )?(Object|Proxy)\./, "$1"); // what a cell or a file exports is called through these
  return told.replace(place, () => shown);
}

module.exports = { withSourceMaps, citeSources };
