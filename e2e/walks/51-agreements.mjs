// An agreement drafted as a list of tasks, checked, compared; with and without JavaScript.
import assert from "node:assert/strict";
import { HOSTILE } from "../hostile.mjs";

export async function walk(stage) {
  for (const script of [true, false]) {
    const name = script ? "walked-with-script" : "walked-without";
    const officer = await stage.visitor("borough", { script });
    await officer.holds(stage.endpoints.borough.token);
    await officer.go("/governance/agreements");
    await officer.says("Held here", "In force");
    await officer.picture("agreements");
    await officer.go("/governance/agreements/keepers");
    await officer.says("Signatures", "Digest that every party signs");
    await officer.go("/governance/reviews");

    await officer.go("/governance/agreements");
    await officer.press("button", "Begin");
    await officer.look();
    await officer.says("There is a problem", "Enter a short name");
    await officer.page.getByLabel("Short name").fill(name);
    await officer.page.getByLabel("Title").fill("An agreement that is walked");
    await officer.press("button", "Begin");
    await officer.look();
    await officer.says("Not started", "Cannot start yet", "Check your answers and propose");
    await officer.picture("tasks");
    for (const section of ["identity", "parties", "purpose", "data", "law", "rights", "flow", "governance", "life", "grants"]) {
      await officer.go(`/governance/drafts/${name}/${section}`);
    }
    for (const text of HOSTILE) {
      await officer.go(`/governance/drafts/${name}/purpose`);
      const fields = { ...(await officer.fields()), "purpose-purpose": text };
      const { status } = await officer.post(`/governance/drafts/${name}/purpose`, fields);
      assert.ok(status === 303 || status === 422, `${status} for ${text.slice(0, 40)}`);
      await officer.go(`/governance/drafts/${name}/purpose`);
    }
    await officer.go(`/governance/drafts/${name}`);
    await officer.says("Incomplete");
    await officer.go(`/governance/drafts/${name}/check`);
    await officer.says("Something is still missing");
    await officer.go(`/governance/drafts/${name}`);
    await officer.press("button", "Throw the draft away");
    await officer.look();
    await officer.close();
  }
}
