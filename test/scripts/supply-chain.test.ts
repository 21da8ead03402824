import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const root = path.join(__dirname, "..", "..");

/** Licences that let the project be used and passed on as Apache-2.0, alone or joined by AND and OR. */
const known = new Set([
  "MIT", "MIT License", "MIT-0", "Apache-2.0", "Apache 2.0", "Apache License, Version 2.0", "Apache Software License", "ISC", "ISC License (ISCL)",
  "BSD License", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "Python-2.0", "PSF-2.0",
  "Python Software Foundation License", "Unlicense", "CC0-1.0", "CC-BY-4.0", "Zlib", "OFL-1.1", "AFL-2.1", "WTFPL", "HPND",
  "The Unlicense (Unlicense)",
]); // prettier-ignore

describe("the supply chain", () => {
  const tables = execFileSync(process.execPath, [path.join(root, "scripts", "licences.mjs")], { encoding: "utf8" });
  const licences = tables
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (licence|---)/.test(line))
    .map((line) => line.split(" | ")[0].slice(2));

  it("every package has a licence, and no unknown one appears", () => {
    assert.ok(licences.length > 5);
    for (const licence of licences) {
      for (const part of licence
        .replace(/[()]/g, (c) => (/\([A-Z]+ ?[\d.]*\)|\(Unlicense\)/.test(licence) ? c : ""))
        .split(/ AND | OR /)) {
        assert.ok(known.has(part), `"${part}" (of "${licence}") is not among the known licences`);
      }
    }
  });

  it("every package has a checksum, none is fetched from elsewhere than a registry, and direct ones have exact versions", () => {
    interface Entry {
      readonly resolved?: string;
      readonly integrity?: string;
      readonly link?: boolean;
    }
    const read = (file: string): unknown => JSON.parse(fs.readFileSync(path.join(root, file), "utf8"));
    const { packages } = read("package-lock.json") as { packages: Record<string, Entry> };
    for (const [name, { resolved, integrity }] of Object.entries(packages)) {
      if (name === "") continue;
      assert.match(integrity ?? "", /^sha512-|^sha1-/, `${name} has no checksum`);
      if (resolved !== undefined) assert.match(resolved, /^https:\/\/[^/]*registry/, `${name} comes from ${resolved}`);
    }
    const { dependencies, devDependencies } = read("package.json") as Record<string, Record<string, string>>;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is not pinned: ${version}`);
    }
    const python = fs.readFileSync(path.join(root, "scripts", "requirements.txt"), "utf8");
    for (const line of python.split("\n").filter((l) => l.trim() !== "" && !l.trim().startsWith("#"))) {
      assert.match(line.trim(), /^[A-Za-z0-9._[\]-]+==\S+/, `not pinned: ${line}`);
    }
    assert.match(fs.readFileSync(path.join(root, ".npmrc"), "utf8"), /ignore-scripts=true/);
  });

  it("the page's tables are of the packages that are installed", () => {
    const page = fs.readFileSync(path.join(root, "notebooks", "pages", "supply-chain.md"), "utf8");
    const part = page.slice(page.indexOf("<!-- npm packages -->"), page.indexOf("<!-- end of npm packages -->"));
    const table = tables.slice(0, tables.indexOf("\n\n"));
    assert.ok(part.includes(table), "renew it: node scripts/licences.mjs --write");
  });
});
