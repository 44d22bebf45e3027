// Walks the pages: node e2e/run.mjs <endpoints.json> [walk…]
// The packages are in the folder that PACKHORSE_JUDGES_PAGES names. A walk is a file of walks/ that exports
// `walk(stage)`; one that fails fails the run.
//
// A few are walked side by side, each by a process and in a browser of its own: one process alone leaves the other
// processors idle. They share the gateways and the people who work there, and no two change the same of it. A walk that
// needs what another leaves exports `after`, a list of the others' names; it begins when they have ended.
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";

const LANES = Number(process.env.PACKHORSE_LANES ?? 3);
// Longer than any walk lets itself take: only one that hangs as a whole is ended by this.
const LONGEST_MS = 600_000;

const here = dirname(fileURLToPath(import.meta.url));
const [file, ...only] = process.argv.slice(2);
const begun = performance.now();
let looked = 0;
let failed = 0;
const walks = await chosen();
const done = Promise.all(Array.from({ length: LANES }, lane));
// In their order, whichever ends first.
for (const walk of walks) {
  const { text, well } = await walk.ended;
  process.stdout.write(text);
  failed += well ? 0 : 1;
}
await done;
console.log(`${looked} pages looked at in ${((performance.now() - begun) / 1000).toFixed(1)} s, in ${LANES} lanes`);
process.exitCode = failed ? 1 : 0;

async function chosen() {
  const all = readdirSync(join(here, "walks")).filter((name) => name.endsWith(".mjs")).sort();
  const names = only.length ? only.map((name) => `${name}.mjs`) : all;
  assert.deepEqual(names.filter((name) => !all.includes(name)), [], "there is no such walk");
  return Promise.all(names.sort().map(async (name) => {
    const { after = [] } = await import(`./walks/${name}`);
    const needs = after.map((one) => `${one}.mjs`).filter((one) => names.includes(one));
    const { promise: ended, resolve: end } = Promise.withResolvers();
    return { name, needs, size: statSync(join(here, "walks", name)).size, ended, end };
  }));
}

// How much of the run hangs on a walk, by the length of its text and of those that wait for it.
function weight(walk) {
  const hanging = walks.filter((one) => one === walk || one.needs.includes(walk.name));
  return hanging.reduce((sum, one) => sum + one.size, 0);
}

// Takes one walk after the other, the weightiest first: what takes longest must not begin last.
async function lane() {
  for (;;) {
    const waiting = walks.filter((walk) => !walk.begun).sort((one, other) => weight(other) - weight(one));
    if (waiting.length === 0) return;
    const next = waiting.find((walk) => walk.needs.every((name) => walks.some((other) => other.name === name && other.over)));
    if (next) {
      await walked(next);
      continue;
    }
    const running = walks.filter((walk) => walk.begun && !walk.over);
    assert.ok(running.length > 0, `each waits for another: ${waiting.map((walk) => walk.name).join(", ")}`);
    await Promise.race(running.map((walk) => walk.ended));
  }
}

async function walked(walk) {
  walk.begun = true;
  const script = [join(here, "walk.mjs"), file, walk.name];
  const child = spawn(process.execPath, script, { stdio: ["ignore", "pipe", "pipe", "ipc"], timeout: LONGEST_MS });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (said) => (text += said));
  child.on("message", (told) => (looked += told.looked));
  const [code, signal] = await new Promise((ended) => child.on("close", (...how) => ended(how)));
  walk.over = true;
  const well = code === 0 && text.includes("walked: ");
  if (!well && !text.includes("FAILED: ")) text += `FAILED: ${walk.name}: its process ended by ${signal ?? code}\n`;
  walk.end({ text, well });
}
