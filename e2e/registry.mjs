// The network operator's pages, walked as an operator walks them: with and without JavaScript, axe and html-validate
// looking at each. What it needs is told in one line of JSON on standard input:
//
//   {"base", "token", "fingerprint", "due": [day, month, year], "script": whether JavaScript runs, "shots": folder or null,
//    "forms": whether every form is tried instead}
//
// Packages are found through NODE_PATH's folder, named by PACKHORSE_JUDGES_PAGES. Ends with 0 when all is well.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launch, packages } from "./browser.mjs";
import { sweep, swept } from "./sweep.mjs";

const { HtmlValidate } = packages("html-validate");
const axe = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");

const told = JSON.parse(readFileSync(0, "utf8"));
const validate = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: {
    // Written once and sent: where lines end, and how attributes are quoted inside, is nobody's matter.
    "no-trailing-whitespace": "off",
    "long-title": "off",
    "void-style": "off",
    // govuk-frontend's own markup says these for older readers of screens.
    "no-redundant-role": "off",
    "prefer-native-element": "off",
    "no-inline-style": "error",
    "tel-non-breaking": "off",
    // A map is a picture with links in it, which has no element of its own.
    "no-dup-id": "error",
  },
});

const browser = await launch();
const context = await browser.newContext({ javaScriptEnabled: told.script, viewport: { width: 1100, height: 900 } });
const page = await context.newPage();
const faults = [];
page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
page.on("console", (line) => line.type() === "error" && !/status of 4/.test(line.text()) && faults.push(line.text()));
let looked = 0;

/** Judges the page that is open, at two widths. */
async function look(name) {
  looked += 1;
  const html = await (await page.request.get(page.url())).text().catch(() => "");
  const source = page.url().endsWith("/check") ? await page.content() : html;
  for (const result of (await validate.validateString(source)).results)
    for (const message of result.messages) faults.push(`${name}: ${message.ruleId}: ${message.message} (line ${message.line})`);
  for (const width of [320, 1100]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate("document.documentElement.scrollWidth").catch(() => 0);
    if (wide > width) faults.push(`${name}: ${wide} px wide at ${width}`);
    if (told.shots) await page.screenshot({ path: join(told.shots, `${name}-${width}.png`), fullPage: true });
  }
  if (told.script) {
    await page.evaluate(`${axe}; 0`);
    const { violations } = await page.evaluate("axe.run({ resultTypes: ['violations'] })");
    for (const one of violations)
      faults.push(`${name}: axe ${one.id}: ${one.help} (${one.nodes.map((node) => node.target.join(" ")).join(", ")})`);
  }
}

const go = (path) => page.goto(told.base + path);
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const heading = async (text) => assert.equal((await page.getByRole("heading", { level: 1 }).innerText()).trim(), text);
const says = async (text) => assert.ok((await page.locator("main").innerText()).includes(text), `${page.url()}: no "${text}"`);

async function signIn() {
  await go("/members?q=x");
  assert.ok(page.url().includes("/sign-in"), "nobody gets in unasked");
  await look("sign-in");
  await page.getByLabel("Operator’s token").fill("phr_wrong");
  await press("Sign in");
  assert.match(await page.title(), /^Error: /);
  await says("Enter a token that is valid");
  await page.getByLabel("Operator’s token").fill(told.token);
  await press("Sign in");
  assert.ok(page.url().endsWith("/members?q=x"), "back to where it was");
  await go("/");
  await look("home");
  await says("1 request to join");
}

async function assess() {
  await page.getByRole("link", { name: "1 request to join" }).click();
  await look("requests");
  await page.getByRole("link", { name: "Marsh Council" }).click();
  await look("request");
  await says(told.fingerprint);
  await says("You have assessed 0 of 12 controls.");
  await page.getByRole("link", { name: /^A post on the board/ }).click();
  await look("control");
  await press("Save and continue");
  await says("Select what you found");
  for (let control = 0; control < 12; control += 1) {
    const what = await page.getByRole("heading", { level: 1 }).innerText();
    if (what.startsWith("Critical security updates")) {
      await page.getByLabel("It is met in part").check();
      await press("Save and continue");
      await says("Enter what has to be done");
      await page.getByLabel("What has to be done").fill("Replace <b>both</b> servers 🐴");
      for (const [index, part] of ["Day", "Month", "Year"].entries()) await page.getByLabel(part).fill(`${told.due[index]}`);
    } else {
      await page.getByLabel("It is met", { exact: true }).check();
    }
    await press("Save and continue");
  }
  await says("You have assessed 12 of 12 controls.");
}

async function decide() {
  await page.getByRole("button", { name: "Decide on this request" }).click();
  await look("decide");
  await press("Continue");
  await says("Select what you decide");
  await page.getByLabel("Certificate").check();
  await page.getByLabel(/^Fingerprint/).fill(told.fingerprint);
  await press("Continue");
  await heading("Check your decision");
  await press("Confirm");
  await says("A certificate has no conditions");
  await page.getByLabel("Conditional approval").check();
  await page.getByLabel(/^Fingerprint/).fill(`sha256:${"0".repeat(64)}`);
  await press("Continue");
  await press("Confirm");
  await says("somebody else may have sent it");
  await page.getByLabel(/^Fingerprint/).fill(told.fingerprint);
  await press("Continue");
  await says("Replace <b>both</b> servers 🐴");
  await look("check");
  await press("Change");
  await heading("Decide");
  assert.ok(await page.getByLabel("Conditional approval").isChecked(), "what was typed is still there");
  await press("Continue");
  await press("Confirm");
  await says("The organisation is a member.");
  await look("members");
}

async function watch() {
  await page.getByRole("link", { name: "Marsh Council" }).click();
  await look("member");
  await page.getByRole("link", { name: "Network", exact: true }).click();
  await says("Never heard of");
  await look("network");
  await page.getByRole("link", { name: "Renewals" }).click();
  await says("Condition due");
  await look("renewals");
  await page.getByRole("link", { name: "Profiles" }).click();
  await look("profiles");
  await page.getByRole("link", { name: "GCSX Code of Connection" }).click();
  await says("Topics only");
  await look("profile");
}

async function stand() {
  await go("/members/LOC/marsh");
  await page.getByRole("link", { name: "State that patching is met" }).click();
  await look("condition");
  await press("It is met");
  await says("The condition is met.");
  await page.getByRole("link", { name: "Withdraw the assurance" }).click();
  await press("Withdraw the assurance");
  await says("Enter the reason");
  await look("withdraw");
  await page.getByLabel("Why?").fill("the health check failed");
  await press("Withdraw the assurance");
  await says("Withdrawn");
  await page.getByRole("link", { name: "Let the member take part again" }).click();
  await page.getByLabel("Why?").fill("they asked");
  await press("Let the member take part again");
  await says("no current certificate or conditional approval");
}

async function hurt() {
  const cookie = (await context.cookies()).map((one) => `${one.name}=${one.value}`).join("; ");
  swept("the operator", await sweep(page, told.base, cookie), 12);
}

async function leave() {
  for (const path of ["/requests/00000000000000000000000000000000", "/members/LOC/nobody", "/members/..%2F/x", "/profiles/x"]) {
    assert.equal((await go(path)).status(), 404, path);
  }
  await look("missing");
  // A form of nobody's making.
  const forged = await page.request.post(`${told.base}/members/LOC/marsh/resume`, { form: { reason: "x" } });
  assert.equal(forged.status(), 403);
  await press("Sign out").catch(async () => {
    await go("/");
    await press("Sign out");
  });
  await go("/members");
  assert.ok(page.url().includes("/sign-in"), "signed out");
}

for (const step of told.forms ? [signIn, hurt] : [signIn, assess, decide, watch, stand, leave]) {
  try {
    await step();
  } catch (error) {
    faults.push(`${step.name} at ${page.url()}: ${error.message}\n${await page.locator("main").innerText().catch(() => "")}`);
    if (told.shots) await page.screenshot({ path: join(told.shots, `fault-${step.name}.png`), fullPage: true });
    break;
  }
}
await browser.close();
if (faults.length > 0) {
  console.error([...new Set(faults)].join("\n"));
  process.exit(1);
}
console.log(JSON.stringify({ looked }));
