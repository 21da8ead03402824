/**
 * A Chromium or Chrome on this machine: $CHROMIUM, then the PATH, then macOS's applications; null where there is none.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const applications = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

export function findChromium(environment = process.env) {
  const folders = (environment.PATH ?? "").split(delimiter).filter(Boolean);
  const candidates = [
    environment.CHROMIUM,
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...applications,
  ];
  const usable = (file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return candidates.filter(Boolean).find(usable) ?? null;
}
