// Walks the pages: node e2e/run.mjs <endpoints.json> [walk…]
// The packages are in the folder that PACKHORSE_JUDGES_PAGES names. A walk is a file of walks/ that exports
// `walk(stage)`; each is told whatever became of those before, and one that fails fails the run.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Stage } from "./stage.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [file, ...only] = process.argv.slice(2);
const endpoints = JSON.parse(readFileSync(file, "utf8"));
const walks = readdirSync(join(here, "walks")).filter((name) => name.endsWith(".mjs")).sort();

// A walk that waits for what never comes fails like any other.
const LONGEST_MS = 480_000;
const tooLong = () =>
  new Promise((_, refuse) => setTimeout(() => refuse(new Error("the walk took too long")), LONGEST_MS).unref());

const stage = await Stage.open(endpoints);
let failed = 0;
for (const name of walks) {
  if (only.length && !only.includes(name.replace(".mjs", ""))) continue;
  const { walk } = await import(pathToFileURL(join(here, "walks", name)).href);
  try {
    await Promise.race([walk(stage), tooLong()]);
    console.log(`walked: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED: ${name}: ${error.stack ?? error}`);
    await stage.whereTheyAre();
  }
}
await stage.close();
console.log(`${stage.looked} pages looked at`);
process.exit(failed ? 1 : 0);
