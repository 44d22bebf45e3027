// Debian's Chromium, driven by playwright-core, whose folder PACKHORSE_JUDGES_PAGES names.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export const packages = createRequire(join(process.env.PACKHORSE_JUDGES_PAGES, "package.json"));

// The headless shell is the same engine without windows, menus and extensions, which nobody sees here and which take
// most of the time; where it is not installed the whole browser does.
const INSTALLED = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];

export function launch() {
  return packages("playwright-core").chromium.launch({
    executablePath: process.env.PACKHORSE_CHROMIUM ?? INSTALLED.find((path) => existsSync(path)),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}
