/**
 * What makes a kernel start in seconds: tslab type-checks and translates every file that a cell imports, in every
 * kernel anew, and checks all of them again whenever a cell with an import is run again (as the cell of the parameters
 * is). That took 15 s for this project's lib. Here the compiler that tslab uses remembers, for a set of files, that it
 * found no error in them and what they became.
 *
 * A record is found by a hash of the name and text of every file in the program except the cell itself: the project's,
 * the type declarations of all packages, the compiler's own. So a change anywhere is another record, and all is checked
 * as ever. Only sets of files without an error are recorded. The cell is always checked, against the same types.
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const format = 2; // another format is another record
const kept = 12; // records, of about 1 MB

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Records on disk: one file each, a digest of its second line first. What is damaged is as good as absent. */
function recordsIn(store) {
  const file = (key) => path.join(store, `${key}.json`);
  return {
    read(key) {
      try {
        const [digest, text] = fs.readFileSync(file(key), "utf8").split("\n");
        if (digest !== sha256(text)) return undefined;
        fs.utimesSync(file(key), new Date(), new Date()); // in use: the oldest go first
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    },
    write(key, record) {
      try {
        fs.mkdirSync(store, { recursive: true });
        const text = JSON.stringify(record);
        const temporary = path.join(store, `.${key}.${process.pid}.tmp`);
        fs.writeFileSync(temporary, `${sha256(text)}\n${text}`);
        fs.renameSync(temporary, file(key));
        const age = (name) => fs.statSync(path.join(store, name)).mtimeMs;
        const all = fs.readdirSync(store).filter((name) => name.endsWith(".json"));
        const newestFirst = all.map((name) => ({ name, at: age(name) })).sort((a, b) => b.at - a.at);
        for (const { name } of newestFirst.slice(kept)) fs.rmSync(path.join(store, name), { force: true });
      } catch {
        // A full or read-only disk: the next kernel checks again, no more.
      }
    },
  };
}

/** The compiler `ts` with a memory under `store`, for tslab working in `root`. `ts` itself stays as it is. */
function rememberChecks(ts, { root, store, onRecord = () => {} }) {
  const { sourceMaps = new Map() } = ts; // of translations, where the compiler keeps them
  const disk = recordsIn(store);
  const cell = new Set(["__tslab__.ts", "__prev__.d.ts"].map((name) => `${root.split(path.sep).join("/")}/${name}`));
  const records = new Map(); // key -> { clean, translated: { source: [output's name, CommonJS, source maps] } }
  const keys = new WeakMap(); // program -> key
  const changed = new Set(); // keys to be written
  const commonJs = new Set(); // translations that were handed out, and need no second step
  let emitting; // what the file at work is recorded as

  function keyOf(program) {
    const known = keys.get(program);
    if (known) return known;
    const files = program.getSourceFiles().filter(({ fileName }) => !cell.has(fileName));
    const parts = files.map((file) => `${file.fileName} ${file.version ?? sha256(file.text)}`).sort();
    const options = JSON.stringify(program.getCompilerOptions());
    const key = sha256([format, ts.version, process.version, options, ...parts].join("\n")).slice(0, 32);
    keys.set(program, key);
    return key;
  }
  function recordOf(program) {
    const key = keyOf(program);
    let record = records.get(key);
    if (!record) {
      record = disk.read(key) ?? { clean: false, translated: {} };
      records.set(key, record);
    }
    return { key, record };
  }
  function hasChanged(key) {
    if (changed.size === 0) setImmediate(write); // once the conversion of the cell, which is synchronous, is over
    changed.add(key);
  }
  function write() {
    for (const key of changed) if (records.get(key).clean) disk.write(key, records.get(key));
    changed.clear();
  }

  /** tslab's one question about errors: the cell first, then all project files that it depends on. */
  function getPreEmitDiagnosticsOfFiles(program, files, ...rest) {
    const { key, record } = recordOf(program);
    onRecord(record.clean);
    if (record.clean) return ts.getPreEmitDiagnosticsOfFiles(program, files.slice(0, 1), ...rest);
    const found = ts.getPreEmitDiagnosticsOfFiles(program, files, ...rest);
    if (files.length > 1 && found.every(({ file }) => !file || cell.has(file.fileName))) {
      record.clean = true;
      hasChanged(key);
    }
    return found;
  }

  /** Emits a project file from the record where it is known, else as ever, and takes down what becomes of it. */
  function withMemory(builder) {
    const { emit } = builder;
    builder.emit = (source, write, ...rest) => {
      if (!source || !write || cell.has(source.fileName)) return emit(source, write, ...rest);
      const { key, record } = recordOf(builder.getProgram());
      const known = record.translated[source.fileName];
      if (known) {
        const [name, text, maps] = known;
        commonJs.add(text);
        if (maps) sourceMaps.set(text, maps);
        write(name, text);
        return { emitSkipped: false, diagnostics: [] };
      }
      const taking = (name, text, ...more) => {
        emitting = name.endsWith(".js") ? { key, record, source: source.fileName, name } : undefined;
        write(name, text, ...more);
        emitting = undefined;
      };
      return emit(source, taking, ...rest);
    };
    return builder;
  }

  return {
    ...ts,
    getPreEmitDiagnosticsOfFiles,
    createWatchCompilerHost: (files, options, system, create, ...rest) =>
      ts.createWatchCompilerHost(
        files,
        options,
        system,
        (...program) => withMemory((create ?? ts.createEmitAndSemanticDiagnosticsBuilderProgram)(...program)),
        ...rest,
      ),
    /** The second step of a translation, from ECMAScript modules to CommonJS, one file at a time. */
    transpileModule(text, options) {
      if (commonJs.has(text)) return { outputText: text, diagnostics: [] };
      const result = ts.transpileModule(text, options);
      if (emitting) {
        const { record, source, name } = emitting;
        record.translated[source] = [name, result.outputText, sourceMaps.get(result.outputText)];
        hasChanged(emitting.key);
      }
      return result;
    },
  };
}

module.exports = { rememberChecks };
