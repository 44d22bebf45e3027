// One walk, with a browser of its own: node e2e/walk.mjs <endpoints.json> <file of walks/>; run.mjs calls it for each.
import { readFileSync } from "node:fs";
import { Stage } from "./stage.mjs";

// A walk that waits for what never comes fails like any other.
const LONGEST_MS = 480_000;
const tooLong = () =>
  new Promise((_, refuse) => setTimeout(() => refuse(new Error("the walk took too long")), LONGEST_MS).unref());

const [file, name] = process.argv.slice(2);
const begun = performance.now();
const lasted = () => ((performance.now() - begun) / 1000).toFixed(1);
const { walk } = await import(`./walks/${name}`);
const stage = await Stage.open(JSON.parse(readFileSync(file, "utf8")));
let failed = false;
try {
  await Promise.race([walk(stage), tooLong()]);
  const spent = Object.entries(stage.spent).map(([what, seconds]) => `${what} ${seconds.toFixed(1)}`).join(", ");
  console.log(`walked: ${name} in ${lasted()} s (${spent}), ${stage.looked} pages, ${stage.again} of them as judged before`);
} catch (error) {
  failed = true;
  console.log(`FAILED: ${name} after ${lasted()} s: ${error.stack ?? error}`);
  await stage.whereTheyAre();
}
await stage.close();
const end = () => process.exit(failed ? 1 : 0);
if (process.send) process.send({ looked: stage.looked }, end);
else end();
