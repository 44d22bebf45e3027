// An acceptable use policy is in force: whoever signed in is led to it from wherever they are, accepts it, and comes back
// to where they wanted to go. With script, without, and by keyboard.
import assert from "node:assert/strict";

// From here on it stands in the way of everybody who signed in at the agency.
export const after = ["30-parcels", "40-people", "50-assurance", "70-lists"];

const PASSWORD = "four wet umbrellas";
const WRITTEN = "/assurance/acceptable-use";

export async function walk(stage) {
  const { token } = stage.endpoints.agency;
  await stage.api("agency", "PUT", "/assurance/settings", { acceptable_use_grace_days: 5 }, token);
  const people = [];
  for (const id of ["accepts-1", "accepts-2", "accepts-3", "accepts-4"]) people.push(await newcomer(stage, id));
  // Somebody fills a form in when the policy comes into force.
  const busy = await visit(stage, people[3], true);
  await busy.go("/teams");
  for (const [label, text] of [["Code", "night"], ["Name", "Night shift"], ["Department", "Vehicles"]]) {
    await busy.page.getByLabel(label, { exact: true }).fill(text);
  }
  const title = await published(stage);
  await byHand(stage, people[0], title, true);
  await byHand(stage, people[1], title, false);
  await byKeyboard(stage, people[2], title);
  await inTheMiddle(stage, busy);
  await waitedFor(stage);
}

// Who has an account here needs no second factor.
async function newcomer(stage, id) {
  const account = { id, name: `Lee ${id}`, email: `${id}@example.org`, roles: ["officer", "governance"], tier: "department", department: "Vehicles" };
  const { invitation } = await stage.api("agency", "POST", "/people", account);
  const { session } = await stage.api("agency", "POST", "/invitation/accept", { link: invitation.link, password: PASSWORD }, null);
  return session;
}

async function visit(stage, session, script) {
  const visitor = await stage.visitor("agency", { script });
  await visitor.holds(session);
  return visitor;
}

// Governance publishes a version that counts from today on.
async function published(stage) {
  const officer = await stage.visitor("agency");
  await officer.holds(stage.endpoints.agency.token);
  await officer.go(WRITTEN);
  const title = "Acceptable use of other bodies’ information";
  await officer.page.getByLabel("Title").fill(title);
  await officer.page.getByLabel("Policy").fill("Look up only what your case needs.\n\nLend nobody your account.");
  const today = new Date();
  await day(officer, "in_force_from", today, 0);
  await day(officer, "review_date", today, 1);
  await officer.press("button", "Publish");
  await officer.look();
  await officer.says("How the gates stand");
  await officer.go(WRITTEN);
  await officer.says("In force", "Who has not accepted it", "Lee accepts-1", "Lee accepts-3");
  await officer.picture("acceptable-use-in-force");
  // A token is nobody in particular: nothing is asked of it.
  await officer.go("/acceptable-use");
  assert.equal(await officer.page.getByRole("button", { name: "I have read it and accept it" }).count(), 0);
  await officer.close();
  return title;
}

async function day(visitor, name, date, years) {
  const parts = { day: Math.min(date.getUTCDate(), years ? 28 : 31), month: date.getUTCMonth() + 1, year: date.getUTCFullYear() + years };
  for (const [part, value] of Object.entries(parts)) await visitor.page.locator(`[name=${name}-${part}]`).fill(String(value));
}

// From any page: what they came for is where they are when they have accepted it.
async function byHand(stage, session, title, script) {
  const person = await visit(stage, session, script);
  for (const path of ["/", "/inbox", "/governance/agreements", "/exchanges?kind=query", "/incidents"]) {
    await person.page.goto(person.base + path);
    assert.equal(new URL(person.page.url()).pathname, "/acceptable-use", path);
  }
  await person.look();
  await person.says(title, "Lend nobody your account.", "In force since", "is refused from");
  await person.picture("led-to-the-policy");
  // What comes first can be done first.
  for (const path of ["/incidents/report", "/account"]) await person.go(path);
  await person.go("/exchanges?kind=query");
  await person.press("button", "I have read it and accept it");
  await person.look();
  assert.match(person.page.url(), /\/exchanges\?kind=query$/, "they are where they wanted to go");
  await person.go("/acceptable-use");
  await person.says("You accepted it on");
  await person.press("link", "Home");
  await person.look();
  await person.says("What waits for you");
  await person.close();
}

async function byKeyboard(stage, session, title) {
  const person = await visit(stage, session, true);
  const { keyboard } = person.page;
  await person.go("/partners");
  await person.says(title);
  await person.tabTo("I have read it and accept it");
  await Promise.all([person.page.waitForURL(/\/partners$/), keyboard.press("Enter")]);
  await person.look();
  await person.says("PH/GOV/agency");
  await person.close();
}

// What was being filled in is not taken, and not lost: accepted in another tab, it is sent once more.
async function inTheMiddle(stage, person) {
  await person.press("button", "Make the team");
  assert.match(await person.page.title(), /^Accept the acceptable use policy first/);
  await person.look();
  await person.says("What you sent was not taken", "load this page again");
  await person.picture("accept-first");
  const link = person.page.getByRole("link", { name: "Read it and accept it" });
  const [tab] = await Promise.all([person.context.waitForEvent("page"), link.click()]);
  await tab.getByRole("button", { name: "I have read it and accept it" }).click();
  await tab.waitForURL(person.base + "/");
  await tab.close();
  await person.page.reload();
  await person.look();
  await person.says("Night shift", "team:night");
  await person.close();
}

// Who has accepted it stands no more among those who have not.
async function waitedFor(stage) {
  const officer = await stage.visitor("agency");
  await officer.holds(stage.endpoints.agency.token);
  await officer.go(WRITTEN);
  await officer.says("Who has not accepted it");
  const text = await officer.text();
  for (const id of ["accepts-1", "accepts-2", "accepts-3", "accepts-4"]) assert.ok(!text.includes(`Lee ${id}`), text);
  await officer.go("/assurance/gates/acceptable-use");
  await officer.says("is in force since");
  await officer.close();
}
