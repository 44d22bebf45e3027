// The last: every form that anybody finds is filled with what must not hurt it.
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import assert from "node:assert/strict";
import { sweep, swept } from "../sweep.mjs";

const own = basename(import.meta.filename);
// What it sends may be taken: it comes when everything else was walked.
export const after = readdirSync(import.meta.dirname).filter((name) => name !== own).map((name) => name.replace(/\.mjs$/, ""));

export async function walk(stage) {
  const { agency, borough } = stage.endpoints;
  const auditor = await stage.newcomer("borough", { id: "sweeps-1", roles: ["auditor"] }, "nine dry umbrellas");
  const people = [
    ["nobody", borough, null, 3],
    ["an officer", borough, borough.sessions["officer-1"], 4],
    ["a governance officer", borough, borough.sessions["governor-1"], 30],
    ["an auditor", borough, auditor.session, 4],
    ["the operator", agency, agency.token, 30],
  ];
  for (const [who, gateway, session, least] of people) {
    const context = await stage.browser.newContext();
    const cookie = session ? `packhorse=${session}` : "";
    const found = await sweep(await context.newPage(), gateway.inside, cookie);
    swept(who, found, least);
    assert.equal(found.known.has("/sign-in"), !session, `${who} is signed in`);
    await context.close();
  }
}
