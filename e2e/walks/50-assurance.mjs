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

    await acceptableUse(stage, script);
    await vetting(stage, script);
  }
}

// A policy is published for a day to come and accepted before it counts. Once it counts, every page of the gateway leads
// to it: that is a walk of its own (80-led-to-the-policy), because here it would stand in everybody's way.
async function acceptableUse(stage, script) {
  const where = "/assurance/acceptable-use";
  const officer = await stage.visitor("agency", { script });
  await officer.holds(stage.endpoints.agency.token);
  await officer.go("/assurance/gates/acceptable-use");
  await officer.says("cannot be set aside", "mends it in a minute");
  await officer.go("/acceptable-use");
  await officer.go(where);
  await officer.press("button", "Publish");
  await officer.look();
  assert.match(await officer.page.title(), /^Error: /);
  await officer.says("Enter the first day", "Enter the review date");
  await officer.hurt(where);
  const first = new Date(Date.now() + 30 * 86_400_000);
  const fields = { title: `Acceptable use ${"of what we are given ".repeat(8)}`, text: "Look up only what your case needs.\n\nLend nobody your account." };
  for (const [name, years] of [["in_force_from", 0], ["review_date", 1]]) {
    fields[`${name}-day`] = `${Math.min(first.getUTCDate(), 28)}`;
    fields[`${name}-month`] = `${first.getUTCMonth() + 1}`;
    fields[`${name}-year`] = `${first.getUTCFullYear() + years}`;
  }
  await officer.go(where);
  assert.equal(await officer.twice(where, fields), "/assurance");
  await officer.go(where);
  await officer.says("Coming", "version");
  // The next version begins from this one.
  assert.equal(await officer.page.getByLabel("Policy").inputValue(), fields.text);
  await officer.picture("acceptable-use-written");
  await officer.close();

  const person = await stage.person("agency", "sender-1", { script });
  await person.go("/");
  await person.says("A new acceptable use policy counts from");
  await person.picture("home-acceptable-use");
  await person.press("link", "A new acceptable use policy counts from");
  await person.look();
  await person.says("Counts from", "Lend nobody your account.");
  await person.picture("acceptable-use");
  await person.hurt("/acceptable-use", { with: { version: "<script>alert(1)</script>" }, taken: [422] });
  await person.tabTo("I have read it and accept it");
  await Promise.all([person.page.waitForEvent("load"), person.page.keyboard.press("Enter")]);
  await person.look();
  const home = await person.text();
  assert.ok(!home.includes("A new acceptable use policy"), home);
  await person.go("/acceptable-use");
  await person.says("You accepted it on");
  await person.close();
}

// Who is vetted, from a form and from a table, and what requires it. The role is one that nobody asks in here.
async function vetting(stage, script) {
  const officer = await stage.visitor("agency", { script });
  await officer.holds(stage.endpoints.agency.token);
  await officer.go("/assurance/gates/vetting");
  await officer.says("cannot be set aside");
  await officer.go("/vetting");
  await officer.press("button", "Enter");
  await officer.look();
  assert.match(await officer.page.title(), /^Error: /);
  await officer.says("Enter the person’s id", "Enter the level", "Enter the day it was granted", "Enter the last day");
  await officer.hurt("/vetting/people");
  await officer.hurt("/vetting/requirements", { at: "/vetting/requirements" });
  const person = `vetted-${script ? 1 : 2}`;
  await officer.go("/vetting");
  const year = new Date().getUTCFullYear();
  await officer.page.getByLabel("Table").fill(`person,level,granted_on,ends_on\n${person},SC,${year - 3}-02-01,${year + 2}-02-01\n${person}-x,top,${year}-01-01,${year}-02-01\n`);
  await officer.press("button", "Take in");
  await officer.look();
  await officer.says("1 entered", "1 refused", "Line 3", person, "In date");
  for (const [level, says] of [["sc", "SC"], ["", "Nothing requires it."]]) {
    await officer.page.getByLabel("Sort").selectOption("role");
    await officer.page.getByLabel("Name", { exact: true }).fill("fraud-officer");
    await officer.page.getByLabel("Level that it requires").selectOption(level);
    await officer.press("button", "Save");
    await officer.look();
    await officer.says(says);
    if (level) await officer.picture("vetting");
  }
  await officer.go("/vetting?q=nobody-of-this-name");
  await officer.says("Nobody.");
  await officer.go("/vetting?lapsing=true");
  await officer.close();
}
