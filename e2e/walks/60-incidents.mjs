// What is owed to the people whose data it is: incidents, decisions, requests and complaints, assets, records of
// processing; reported in under a minute, led to the end, with and without JavaScript.
import assert from "node:assert/strict";

const LONG = "An unencrypted stick with the rent arrears of a whole estate ".repeat(12).trim();
export const NOWHERE = "0193b1d4-0000-7000-8000-000000000000";

export async function walk(stage) {
  for (const script of [true, false]) {
    const officer = await stage.person("borough", "officer-1", { script });
    const governor = await stage.person("borough", "governor-1", { script });
    const incident = await report(stage, officer, script);
    await lead(governor, incident);
    await seenByWhoReported(stage, officer, incident, script);
    await decide(stage, officer, script);
    await answerARequest(stage, governor, script);
    await keepAssets(stage, governor, script);
    await records(stage, governor);
    await governor.close();
    await officer.close();
  }
  await byKeyboard(stage);
}

// From a page where somebody works, by the link that stands on every page, in under a minute.
async function report(stage, officer, script) {
  await officer.go("/ask");
  const begun = Date.now();
  await officer.press("link", "Report an incident");
  await officer.press("button", "Report");
  assert.match(await officer.page.title(), /^Error: /);
  await officer.says("There is a problem", "Select what kind of thing happened", "Enter what happened");
  await officer.page.getByLabel("Something is lost or was stolen").check();
  await officer.page.getByLabel("What happened?").fill(LONG);
  await officer.press("button", "Report");
  assert.ok(Date.now() - begun < 60_000, "a report takes more than a minute");
  await officer.look();
  await officer.says("Incident reported", "Your reference", "72-hour clock");
  await officer.picture("incident-reported");
  await officer.go("/incidents/report");
  await officer.picture("incident-report");
  await officer.press("button", "Report");
  await officer.look();
  await officer.go("/incidents");
  await officer.says("An unencrypted stick");
  await officer.picture("incidents");
  await find(officer, "zyzzyva", ["No incident is found."]);
  await find(officer, "UNENCRYPTED sti", ["An unencrypted stick"]);
  const link = officer.page.getByRole("link", { name: "An unencrypted stick" }).first();
  const path = await link.getAttribute("href");
  await officer.go(path);
  // Who reported it adds to it, and does not lead it.
  await officer.says("Add a note");
  assert.ok(!(await officer.text()).includes("Close it"));
  await step(officer, "Add a note", "Add the note", { "note-text": "The stick was in a blue bag." });
  await officer.says("It is in the timeline", "The stick was in a blue bag.");
  if (script) await officer.picture("incident-noted");
  return path;
}

// Searches the list that is shown.
async function find(visitor, words, says) {
  await visitor.page.getByLabel("Search by").fill(words);
  await visitor.press("button", "Search");
  await visitor.look();
  await visitor.says(...says);
}

// Opens what stands behind words, fills in by name and sends.
async function step(visitor, words, button, fields = {}) {
  const behind = visitor.page.locator("details", { has: visitor.page.getByText(words, { exact: true }) });
  if (!(await behind.evaluate((one) => one.open))) await behind.locator("summary").click();
  for (const [name, value] of Object.entries(fields)) {
    const field = behind.locator(`[name="${name}"]`);
    const kind = await field.first().evaluate((one) => one.type);
    if (kind === "radio" || kind === "checkbox") await behind.locator(`[name="${name}"][value="${value}"]`).check();
    else if (kind === "select-one") await field.selectOption(value);
    else await field.fill(value);
  }
  await Promise.all([visitor.page.waitForEvent("load"), behind.getByRole("button", { name: button, exact: true }).click()]);
}

async function lead(governor, path) {
  await governor.go(path);
  await governor.says("Still to be done", "What was exposed", "Do something about it", "Who must be told");
  // What is amiss in one form opens that one alone, and is said there.
  await step(governor, "Assess it", "Save the assessment");
  await governor.look();
  assert.match(await governor.page.title(), /^Error: /);
  await governor.says("Enter how many people as a whole number");
  assert.equal(await governor.page.locator("details[open]").count(), 1);
  await governor.picture("incident-errors");
  await step(governor, "Assess it", "Save the assessment", {
    "assess-nature": "confidentiality", "assess-risk": "likely", "assess-people": "1,200", "assess-records": "3400",
    "assess-categories": "Tenants; rent arrears", "assess-consequences": "Embarrassment, fraud",
    "assess-measures": "The stick is searched for; passwords changed",
  });
  await governor.look();
  await governor.says("It is in the timeline", "Tenants; rent arrears");
  await step(governor, "Link an exchange, medium, agreement or partner", "Link it", { "link-link": "partner", "link-id": "PH/GOV/agency" });
  await governor.look();
  await governor.says("PH/GOV/agency");
  await step(governor, "Tell a partner", "Send, signed", { "partner-organisation": "PH/GOV/nobody", "partner-text": "x" });
  await governor.look();
  await governor.says("There is a problem");
  await step(governor, "Tell a partner", "Send, signed", {
    "partner-organisation": "PH/GOV/agency", "partner-text": "A stick with what you gave us was lost. We look for it.",
  });
  await governor.look();
  await governor.says("A stick with what you gave us was lost.");
  await step(governor, "Information Commissioner told, or not", "Save", {
    "regulator-told": "yes", "regulator-reasoning": "The risk is likely", "regulator-reference": "IC-1",
  });
  await governor.look();
  await governor.says("Done in time");
  await step(governor, "People told, or not", "Save", { "people-told": "no", "people-reasoning": "The risk is not high" });
  await step(governor, "Add an action", "Add the action", {
    "action-what": "Encrypt every stick", "action-owner": "Head of IT", "action-due-day": "31", "action-due-month": "2", "action-due-year": "2027",
  });
  await governor.look();
  await governor.says("must be a real date");
  await step(governor, "Add an action", "Add the action", { "action-due-day": "28" });
  await governor.says("Encrypt every stick");
  await step(governor, "An action is done", "It is done", { "action-done-number": "0" });
  await step(governor, "Lessons", "Save", { "lessons-text": "Sticks are not for personal data." });
  await governor.look();
  await governor.picture("incident-led");
  await step(governor, "Close it", "Close it", { "close-outcome": "Found behind a shelf" });
  await governor.look();
  await governor.says("Confirm that everything is in the log");
  await step(governor, "Close it", "Close it", { "close-sure": "yes" });
  await governor.look();
  await governor.says("Closed", "Found behind a shelf");
  await step(governor, "Open it again", "Open it again", { "reopen-reason": "Another was lost" });
  await governor.look();
  await governor.says("Another was lost");
  await governor.go("/incidents/log");
  await governor.says("Embarrassment, fraud", "The risk is likely");
  await governor.picture("breach-log");
  await governor.go("/incidents/heard");
  await governor.go("/incidents?state=closed");
  await governor.go("/incidents?state=open");
}

async function seenByWhoReported(stage, officer, path, script) {
  await officer.go(path);
  await officer.says("Found behind a shelf");
  const colleague = await stage.person("borough", "officer-2", { script });
  await colleague.refused([path]);
  await colleague.close();
  // The partner hears of it, signed.
  const partner = await stage.visitor("agency", { script });
  await partner.holds(stage.endpoints.agency.token);
  for (let tried = 0; tried < 60; tried += 1) {
    await partner.page.goto(`${partner.base}/incidents/heard`);
    if ((await partner.text()).includes("A stick with what you gave us was lost.")) break;
    await new Promise((go) => setTimeout(go, 500));
  }
  await partner.look();
  await partner.says("PH/LOC/borough", "A stick with what you gave us was lost.");
  await partner.close();
}

export const DECISION = {
  subject_ref: "SG-1", recipient: "Children's services, county", data: "Address, school attendance", purpose: "Safeguarding",
  lawful_basis: "Children Act 2004, section 11", necessity: "They cannot see the pattern without it",
  reasons_for: "The child is at risk", reasons_against: "The parent trusts us", decision: "share",
  reason: "The risk outweighs the trust", name: "Ada officer-1", position: "Housing officer", about_child: "no",
};

async function decide(stage, officer, script) {
  await officer.go("/decisions");
  await officer.press("link", "Record a decision");
  await officer.look();
  await officer.says("Exit this page");
  const exit = officer.page.getByRole("button", { name: "Exit this page" });
  assert.match(await exit.getAttribute("href"), /^https:/);
  await officer.picture("decision");
  await officer.press("button", "Record the decision");
  await officer.look();
  assert.match(await officer.page.title(), /^Error: /);
  await officer.says("Enter the case reference", "Select what is decided", "Exit this page");
  await fill(officer, { ...DECISION, about_child: "yes" });
  await officer.press("button", "Record the decision");
  await officer.look();
  // About a child three questions are asked as well.
  await officer.says("There is a problem", "Enter why");
  await officer.picture("decision-child");
  const tests = { relevance: "yes", facilitates_function: "yes", detriment: "no" };
  const reasons = Object.fromEntries(Object.keys(tests).map((name) => [`${name}_reason`, `Because of ${name}`]));
  await fill(officer, { ...tests, ...reasons, identifier: "no", absent_reason: "not-allocated" });
  await officer.press("button", "Record the decision");
  await officer.look();
  await officer.says("The decision is recorded", "Because of detriment", "Not allocated");
  await officer.picture("decided");
  const own = new URL(officer.page.url()).pathname;
  await step(officer, "Link the exchange it was shared by", "Link it");
  await officer.look();
  await officer.says("There is a problem");
  await step(officer, "Link the exchange it was shared by", "Link it", { exchange: NOWHERE });
  await officer.look();
  await officer.says("There is a problem");
  const colleague = await stage.person("borough", "officer-2", { script });
  await colleague.refused([own]);
  await colleague.go("/decisions");
  await colleague.close();
}

async function fill(visitor, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = visitor.page.locator(`main [name="${name}"]`);
    const kind = await field.first().evaluate((one) => one.type);
    if (kind === "radio" || kind === "checkbox") await visitor.page.locator(`main [name="${name}"][value="${value}"]`).check();
    else if (kind === "select-one") await field.selectOption(value);
    else await field.fill(value);
  }
}

async function enter(governor, kind, more = {}) {
  const now = new Date();
  await governor.go("/requests/new");
  await fill(governor, {
    kind, what: "Everything that you hold about me", requester: "Ada Example, 1 Example Street", channel: "Letter",
    "received-day": String(now.getUTCDate()), "received-month": String(now.getUTCMonth() + 1), "received-year": String(now.getUTCFullYear()),
    ...more,
  });
  await governor.press("button", "Enter it");
  await governor.look();
  await governor.says("It is in the timeline");
}

async function answerARequest(stage, governor, script) {
  await governor.go("/requests");
  await governor.press("link", "Enter a request");
  await governor.look();
  await governor.picture("request-new");
  await governor.press("button", "Enter it");
  await governor.look();
  await governor.says("Select what is asked for", "Enter how it came", "Enter the day it was received");
  await enter(governor, "subject-access", { identity_needed: "yes" });
  await governor.says("It is known who asks: the clock starts");
  await step(governor, "It is known who asks: the clock starts", "It is known who asks");
  await governor.look();
  await governor.says("days left");
  await step(governor, "Ask what they mean: the clock stops", "The clock stops", { "ask-question": "Which years?" });
  await governor.look();
  await governor.says("Clock stopped");
  await step(governor, "They have said what they mean: the clock goes on", "They have said");
  await step(governor, "Find what was exchanged about the person", "Search");
  await governor.look();
  await governor.says("Enter an identifier");
  await step(governor, "Find what was exchanged about the person", "Search", { identifiers: "AA19AAA\nZZ99ZZZ" });
  await governor.look();
  await governor.says("What was exchanged about this person", "Searched were");
  await governor.picture("person-search");
  await step(governor, "Note where else was searched", "Note the search", { "search-place": "The e-mail archive", "search-note": "By name", "search-found": "three" });
  await governor.look();
  await governor.says("Enter a whole number");
  await step(governor, "Note where else was searched", "Note the search", { "search-found": "3" });
  await governor.says("The e-mail archive");
  await step(governor, "Withhold something", "Withhold it", { "exempt-item": "A letter of 2024", "exempt-code": "S2 P1 Crime", "exempt-reason": "It would warn them" });
  await governor.look();
  await governor.says("Needs a second person");
  const request = new URL(governor.page.url()).pathname;
  // Who decided cannot be the second pair of eyes.
  await step(governor, "Agree that something is withheld", "I agree", { "agree-number": "0" });
  await governor.look();
  await governor.says("There is a problem");
  const second = await stage.person("borough", "governor-2", { script });
  await second.go(request);
  await step(second, "Agree that something is withheld", "I agree", { "agree-number": "0" });
  await second.look();
  await second.says("Agreed by");
  await second.close();
  await governor.go(request);
  await governor.picture("request");
  await step(governor, "Answer it", "It is answered", { "answer-summary": "All but one letter" });
  await governor.look();
  await governor.says("Answered", "Done in time");
  await step(governor, "Forget who asked: it cannot be undone", "Forget who asked");
  await governor.look();
  assert.ok(!(await governor.text()).includes("1 Example Street"));

  await enter(governor, "complaint");
  await step(governor, "Acknowledge the complaint", "It is acknowledged");
  await governor.look();
  await step(governor, "Refuse it", "It is refused", { "refuse-reason": "It was answered in May; the ombudsman may be asked" });
  await governor.look();
  await governor.says("Refused");
  await enter(governor, "freedom-of-information");
  await step(governor, "Take longer, and they were told", "Run longer", { "extend-reason": "Two public interests are weighed" });
  await governor.look();
  await governor.says("Enter the day they were told");
  await governor.go("/requests");
  await governor.says("Subject access", "Complaint", "Freedom of information");
  await governor.picture("requests");
  for (const state of ["open", "answered", "refused"]) await governor.go(`/requests?state=${state}`);
}

async function keepAssets(stage, governor, script) {
  const code = script ? "rents" : "repairs";
  await governor.go("/assets-register");
  await governor.press("link", "Enter an asset");
  await governor.look();
  await governor.press("button", "Save");
  await governor.look();
  await governor.says("Enter a code", "Enter what it is called", "Enter what is in it");
  await fill(governor, { code, title: `The ${code} of every tenant`, description: LONG, owner: "officer-1", people: "Tenants\nLeaseholders", data: "Names\nArrears", special: "yes", retention: "Six years" });
  await governor.press("button", "Save");
  await governor.look();
  await governor.says("It is in the register", "Tenants, Leaseholders", "Due");
  await governor.press("link", "Change it");
  await governor.look();
  const own = await stage.person("borough", "officer-1", { script });
  await own.go(`/assets-register/${code}`);
  await own.press("button", "Make the statement");
  await own.look();
  await own.says("Enter what you state");
  await own.page.getByLabel("Risks, and how they are dealt with").fill("It is backed up, and six people may see it.");
  await own.press("button", "Make the statement");
  await own.look();
  await own.says("In date", "six people may see it");
  await own.picture("asset");
  await own.close();
  await governor.go("/assets-register");
  await governor.picture("assets");
}

async function records(stage, governor) {
  await stage.ask("officer-1", "PCN-60");
  await governor.go("/exchanges");
  await governor.says("Exchanges, the newest first", "PH/GOV/agency");
  await governor.picture("exchanges");
  await find(governor, "no reference", ["Nothing is found."]);
  await find(governor, "", ["PH/GOV/agency"]);
  const first = governor.page.locator("main tbody a").first();
  await Promise.all([governor.page.waitForEvent("load"), first.click()]);
  await governor.look();
  await governor.says("Entry in the ledger", "What is kept of this exchange");
  await governor.picture("exchange");
  stage.keepReceipt(await governor.download("Download the receipt"));
  const empty = {
    "/requests": "No request is found.", "/decisions": "No decision is found.", "/assets-register": "No asset is found.",
    "/governance/agreements": "No agreement is found.", "/training/register": "Nobody.",
    "/assurance/dpias": "There are no agreements.",
  };
  for (const [path, words] of Object.entries(empty)) {
    await governor.go(`${path}?q=${encodeURIComponent("<b>'; \u202e\u0000 %")}`);
    await find(governor, "zyzzyva", [words]);
  }
  await governor.go("/processing-records");
  await governor.says("Records of processing");
  await governor.picture("processing-records");
  const csv = await governor.download("Download as CSV");
  assert.ok(csv.includes(","), csv);
  JSON.parse(await governor.download("Download as JSON"));
}

// With Tab and Enter alone: an incident, from any page.
async function byKeyboard(stage) {
  const officer = await stage.person("borough", "officer-2");
  const { keyboard } = officer.page;
  await officer.go("/inbox");
  await officer.tabTo("Report an incident");
  await keyboard.press("Enter");
  await officer.page.waitForURL(/\/incidents\/report/);
  await officer.tabTo("Something is lost or was stolen");
  await keyboard.press("Space");
  await officer.tabTo("What happened?");
  await keyboard.type("A folder was left on a bus.");
  await officer.tabTo("Report");
  await keyboard.press("Enter");
  await officer.page.waitForSelector("text=Incident reported");
  await officer.tabTo("Add a note");
  await keyboard.press("Enter");
  await officer.tabTo("Note");
  await keyboard.type("Line 7.");
  await officer.tabTo("Add the note");
  await keyboard.press("Enter");
  await officer.page.waitForSelector("text=It is in the timeline");
  await officer.close();
}
