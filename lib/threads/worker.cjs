// A thread begins here in plain JavaScript: the hook that compiles TypeScript must be in place before the
// first .ts file.
require("tsx/cjs");
require("./worker.ts");
