// An agreement from its first word to the day it is stopped: written section by section, checked, proposed, read whole,
// signed on both sides, in force; its next version, compared; suspended and resumed. With and without script, and by
// keyboard alone.
import assert from "node:assert/strict";

const LIST = "/governance/agreements";
const contact = (post) => `${post}\ndesk@example.org`;
const party = (index, organisation, more) => Object.fromEntries(Object.entries({
  organisation, role: "controller",
  dpo: contact("Data protection officer"), siro: contact("Director of resources"), operational: contact("Data sharing desk"),
  ...more,
}).map(([name, value]) => [`parties-${index}-${name}`, value]));

function day(name, months) {
  const on = new Date();
  on.setUTCDate(1);
  on.setUTCMonth(on.getUTCMonth() + months);
  return { [`${name}-day`]: "1", [`${name}-month`]: `${on.getUTCMonth() + 1}`, [`${name}-year`]: `${on.getUTCFullYear()}` };
}

const said = (section, names) => Object.fromEntries(names.map((name) => [`${section}-${name}`, `We say it of ${name}`]));

// What each section is filled with, in the order of the list of tasks.
const SECTIONS = [
  ["Name and kind of agreement", { instrument: "dsa", tier: "specific" }],
  ["Purpose and benefits", {
    ...said("purpose", ["purpose", "aims", "how_data_helps"]),
    "purpose-benefits-0-kind": "service_delivery", "purpose-benefits-0-how": "An answer while the case is open",
  }],
  ["What is shared about whom", { "data-types": ["personal"], "data-subjects": "keepers of vehicles", "data-marking": "official-sensitive" }],
  ["Legal power, lawful basis and necessity", {
    "law-legal_power": "yes", "law-legal_gateways": "RVRL27", "law-art6": ["recognised_legitimate_interest", "public_task"],
    "law-legitimate_interest_conditions": ["crime"], "law-dpia-considered": "yes",
    ...said("law", ["legal_power_text", "necessity", "proportionality", "dpia-outcome", "dpia-dpo_view"]),
    ...said("law-hra_test", ["in_accordance_with_law", "legitimate_aim", "necessary", "proportionate"]),
  }],
  ["People's rights and publication", {
    ...said("rights", ["individual_rights_arrangements", "privacy_information_url", "objections"]),
    "rights-foi_publication-publish": "no",
  }],
  ["How it travels, and who may ask", {
    "flow-delivery": "gateway", "flow-format": "query", "flow-leaves_uk": "no", "flow-method": "One question for one vehicle",
    "flow-purposes_permitted": "parking-penalty", "flow-roles_permitted": "parking-officer",
  }],
  ["How the data is looked after", said("governance", [
    "accuracy_arrangements", "security_measures", "breach_handling", "complaints_handling", "training", "vetting",
    "retention_period", "deletion", "disposal_evidence",
  ])],
  ["Dates, review and ending", {
    ...day("life-start_date", 0), ...day("life-end_date", 12), ...day("life-review_date", 6),
    ...said("life", ["termination_terms", "suspension_terms"]),
  }],
  ["What may be asked of which service", {
    "grants-0-service": "PH/GOV/agency/main/narrow", "grants-0-operations": "GET /b/*", "grants-0-to": "PH/LOC/borough/main",
    "grants-0-fields": "name\npostcode", "grants-0-purposes": "parking-penalty", "grants-0-roles": "parking-officer",
  }],
];

async function fill(officer, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const control = officer.page.locator(`main form [name="${name}"]`);
    const kind = await control.first().evaluate((one) => (one.tagName === "SELECT" ? "select" : one.type));
    if (kind === "select") await control.selectOption(value);
    else if (kind === "radio" || kind === "checkbox") {
      for (const one of [value].flat()) await officer.page.locator(`main form [name="${name}"][value="${one}"]`).check();
    } else await control.fill(value);
  }
}

const save = async (officer, button = "Save and go back to the list") => {
  await officer.press("button", button);
  await officer.look();
};

async function begin(officer, name, title) {
  await officer.go(LIST);
  await officer.page.getByLabel("Short name").fill(name);
  await officer.page.getByLabel("Title", { exact: true }).fill(title);
  await save(officer, "Begin");
}

async function write(officer, name, title) {
  await begin(officer, name, title);
  await officer.says("0 of 10 sections are complete", "Cannot start yet");
  await officer.press("link", "Who shares, and whom to call");
  await officer.look();
  assert.ok(!(await officer.text()).includes("Still missing"), "a section that nobody began is said to lack something");
  await fill(officer, party(0, "PH/GOV/agency", { function: "provides" }));
  await save(officer, "Save and add another");
  await officer.says("Still missing", "Parties: has fewer than two; name each party", "Party 1: Owner of the information asset");
  await fill(officer, { ...party(1, "PH/LOC/borough", { function: "receives" }), "parties-0-owner": contact("Keeper of the register") });
  await fill(officer, { "control-processors": "A firm of printers; C-17" });
  await save(officer);
  for (const [section, fields] of SECTIONS) {
    await officer.press("link", section);
    await fill(officer, fields);
    await save(officer);
  }
  await officer.says("10 of 10 sections are complete", "Ready");
  if (officer.script) await everythingIsAskedFor(officer, name);
}

// Whatever an agreement may say can be typed: no member is for the command line alone.
async function everythingIsAskedFor(officer, name) {
  const leaves = (path, value) => {
    if (Array.isArray(value) && value.some((one) => typeof one === "object")) return value.flatMap((one, index) => leaves(`${path}-${index}`, one));
    if (value === null || typeof value !== "object" || Array.isArray(value)) return [path];
    return Object.entries(value).flatMap(([member, below]) => leaves(path ? `${path}-${member}` : member, below));
  };
  const other = /-contacts-|control-processors-|-operations-/;
  for (const section of ["identity", "parties", "purpose", "data", "law", "rights", "flow", "governance", "life", "grants"]) {
    const { parts } = await officer.stage.api("borough", "GET", `/agreement-drafts/${name}/${section}`);
    await officer.go(`/governance/drafts/${name}/${section}`);
    const asked = await officer.page.locator("main form [name]").evaluateAll((all) => all.map((one) => one.name.replace(/-(day|month|year)$/, "")));
    for (const leaf of leaves("", parts)) assert.ok(other.test(leaf) || asked.includes(leaf), `${section} does not ask for ${leaf}`);
  }
  await officer.go(`/governance/drafts/${name}`);
}

async function propose(officer) {
  await officer.press("link", "Check your answers and propose");
  await officer.look();
  await officer.says("Check your answers", "Why is the sharing necessary?", "We say it of necessity", "Crime is found, looked into or prevented");
  await save(officer, "Propose to every party");
  await officer.says("To be signed", "Waiting");
}

// Signs as a person would who reads first; without a pointer where `keyboard` says so.
async function sign(officer, name, { keyboard = false } = {}) {
  await officer.go(`${LIST}/${name}`);
  if (keyboard) {
    await officer.tabTo("Sign it for this organisation");
    await Promise.all([officer.page.waitForEvent("load"), officer.page.keyboard.press("Enter")]);
  } else await officer.press("link", "Sign it for this organisation");
  await officer.look();
  await officer.says("Every party signs the same text", "Grant 1: Fields that may leave", "Party 2: Data protection officer", "A firm of printers; C-17");
  await save(officer, "Sign");
  await officer.says("There is a problem", "Enter your full name", "Enter what gives you the authority");
  const words = { "Your full name": "Robin Example", "Your position": "Director", "What gives you the authority": "Scheme of delegation 4.2" };
  for (const [label, word] of Object.entries(words)) {
    if (keyboard) {
      await officer.tabTo(label);
      await officer.page.keyboard.type(word);
    } else await officer.page.getByLabel(label).fill(word);
  }
  if (keyboard) {
    await Promise.all([officer.page.waitForEvent("load"), officer.page.keyboard.press("Enter")]);
    await officer.look();
  } else await save(officer, "Sign");
  await officer.says("Robin Example, Director", "Scheme of delegation 4.2");
}

// What one gateway told the other is there.
async function until(officer, path, words) {
  for (let waited = 0; waited < 100; waited += 1) {
    if ((await officer.status(path)) === 200 && (await officer.text()).includes(words)) return officer.look();
    await new Promise((go) => setTimeout(go, 100));
  }
  return assert.fail(`${path} never says ${words}`);
}

async function stop(officer, partner, name) {
  await officer.go(`${LIST}/${name}`);
  await save(officer, "Suspend");
  await officer.says("There is a problem", "Enter the reason");
  await officer.hurt(`${LIST}/${name}/suspend`, { taken: [422, 413], with: { reason: "" } });
  await officer.page.getByLabel("Why").fill("Two answers were wrong");
  await save(officer, "Suspend");
  await officer.says("Suspended");
  await officer.picture(`agreement-suspended-${officer.script}`);
  await until(partner, `${LIST}/${name}`, "Suspended");
  await save(officer, "Resume what this organisation suspended");
  await officer.says("In force");
  await until(partner, `${LIST}/${name}`, "In force");
}

export async function walk(stage) {
  for (const script of [true, false]) {
    const name = script ? "signed-with-script" : "signed-without";
    const officer = await stage.person("borough", "governor-1", { script });
    const partner = await stage.visitor("agency", { script });
    await partner.holds(stage.endpoints.agency.token);
    await write(officer, name, "An agreement that is signed");
    await propose(officer);
    await officer.press("link", "Read the whole text");
    await officer.look();
    await officer.says("Parties", "How it is looked after", "We say it of deletion", "PH/GOV/agency/main/narrow");
    await officer.picture(`agreement-text-${script}`);
    await sign(officer, name, { keyboard: script });
    await until(partner, `${LIST}/${name}`, "Robin Example, Director");
    await officer.go(`${LIST}/${name}`);
    assert.ok((await officer.text()).includes("Waiting"), "in force before everybody has signed");
    await sign(partner, name);
    await until(officer, `${LIST}/${name}`, "In force");
    await stop(officer, partner, name);

    await begin(officer, name, "An agreement that is signed");
    await officer.press("link", "Purpose and benefits");
    await fill(officer, { "purpose-aims": "Fewer letters to the wrong keeper" });
    await save(officer);
    await propose(officer);
    await officer.press("link", "Compare with an earlier version");
    await officer.look();
    await officer.says("Version 1 and version 2", "purpose.aims", "We say it of aims", "Fewer letters to the wrong keeper");
    await officer.refused(["", "/text", "/sign", "/compare?from=1"].map((what) => `${LIST}/nobody-has-it${what}`));
    await officer.close();
    await partner.close();
  }
}
