// The gates at a glance, the documents that open them, training, and what anybody may read; with and without JavaScript.
import assert from "node:assert/strict";

export async function walk(stage) {
  for (const script of [true, false]) {
    const officer = await stage.visitor("borough", { script });
    await officer.holds(stage.endpoints.borough.token);
    await officer.go("/assurance");
    await officer.says("Information charter", "Risk policy", "Senior information risk owner", "Incident route", "Open");
    await officer.picture("assurance");
    for (const path of ["charter", "risk-policy", "siro", "incident-route", "dpias", "dpias/keepers", "gates/charter", "gates/siro"]) {
      await officer.go(`/assurance/${path}`);
    }

    // A charter that rests on a repealed law is not published, and the field says so.
    await officer.go("/assurance/charter");
    await officer.page.getByLabel("Laws that it rests on").fill("Data Protection Act 1998");
    await officer.press("button", "Publish");
    await officer.look();
    assert.match(await officer.page.title(), /^Error: /);
    await officer.says("There is a problem", "1998");
    await officer.page.getByLabel("Laws that it rests on").fill("Data Protection Act 2018\nUK GDPR");
    await officer.press("button", "Publish");
    await officer.look();
    await officer.says("How the gates stand");

    // Only the SIRO sets a gate aside; a page offers no way round.
    await officer.go("/assurance/gates/siro");
    await officer.says("cannot be set aside");

    await officer.go("/training/courses");
    await officer.page.getByLabel("Title").fill("Data protection");
    await officer.page.getByLabel("Code").fill("data-protection");
    await officer.page.getByLabel("Counts for how many months").fill("12");
    await officer.press("button", "Save");
    await officer.look();
    await officer.says("data-protection");
    await officer.go("/training/register");
    await officer.page.getByLabel("Table").fill("course,person,passed_on\ndata-protection,officer-9,2020-02-30\n");
    await officer.press("button", "Take in");
    await officer.look();
    await officer.says("0 entered", "1 refused", "Line 2");
    await officer.picture("training");
    await officer.close();

    const anybody = await stage.visitor("borough", { script });
    for (const path of ["/charter", "/agreements", "/agreements/keepers", "/accessibility"]) {
      await anybody.go(path);
    }
    await anybody.go("/charter");
    await anybody.says("We tell you why we need your information", "With whom we share");
    await anybody.picture("charter");
    await anybody.close();
  }
}
