// Takes the guide's pictures on a running demo: node e2e/pictures.mjs <demo's folder> <folder for the pictures>
//
// It signs in as each of those whom the demo invites, as they would: by password and code. The packages are in the
// folder that PACKHORSE_JUDGES_PAGES names. WHOLE=1 takes every page that somebody is invited to look at, whole.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import { code } from "./app.mjs";
import { launch } from "./browser.mjs";

const [demo, folder] = process.argv.slice(2);
const signIns = JSON.parse(readFileSync(join(demo, "sign-ins.json"), "utf8"));

// Wide enough for a table; what is below is what the page is about, not its foot.
const WINDOW = { width: 1000, height: 860 };
const MOST_BYTES = 150_000;

const browser = await launch();

class Sitting {
  static async at(base) {
    const context = await browser.newContext({ viewport: WINDOW });
    const sitting = new Sitting();
    return Object.assign(sitting, { base, context, page: await context.newPage() });
  }

  async go(path) {
    const answer = await this.page.goto(this.base + path);
    assert.equal(answer.status(), 200, `${path}: ${answer.status()}`);
  }

  async press(name, role = "button") {
    const target = this.page.getByRole(role, { name }).first();
    await Promise.all([this.page.waitForEvent("load"), target.click()]);
  }

  async takes(name, { height = WINDOW.height, from } = {}) {
    const top = from ? (await this.page.getByText(from).first().boundingBox()).y - 30 : 0;
    const whole = await this.page.evaluate(() => document.documentElement.scrollHeight);
    const clip = { x: 0, y: Math.max(0, top), width: WINDOW.width, height: Math.min(height, whole - Math.max(0, top)) };
    const path = join(folder, `${name}.png`);
    await this.page.screenshot({ path, fullPage: true, clip });
    const { size } = statSync(path);
    console.log(`${name}.png: ${size} bytes`);
    assert.ok(size < MOST_BYTES, `${name}.png has ${size} bytes: take less of the page`);
  }
}

async function signIn(name) {
  const { app } = signIns.people.find((person) => person.name === name);
  // A code counts once: where this minute's was used, the next one is.
  for (const ahead of [0, 1]) {
    const sitting = await Sitting.at(signIns.pages);
    await sitting.go("/sign-in");
    await sitting.page.getByLabel("Your id or e-mail address").fill(name);
    await sitting.page.getByLabel("Password", { exact: true }).fill(signIns.password);
    await sitting.press("Sign in");
    await sitting.page.getByLabel("Code").first().fill(code(app, ahead));
    await sitting.press("Go on");
    if (!sitting.page.url().includes("sign-in")) return sitting;
    await sitting.context.close();
  }
  assert.fail(`${name} is not let in`);
}

async function atTheDesk() {
  const sitting = await Sitting.at(signIns.desk.pages);
  await sitting.go("/sign-in");
  await sitting.page.getByLabel("Token").fill(signIns.desk.token);
  await sitting.press("Sign in");
  return sitting;
}

async function everyPage() {
  const looks = async (sitting, who, look) => {
    for (const { at } of look) {
      await sitting.go(at);
      const name = `${who}${at.replaceAll(/[^a-z]+/g, "-")}`;
      await sitting.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
    }
  };
  for (const person of signIns.people) await looks(await signIn(person.name), person.name, person.look);
  await looks(await atTheDesk(), "desk", signIns.desk.look);
}

async function guide() {
  const officer = await signIn("l.birch");
  await officer.takes("officer-home");
  await officer.go("/ask");
  await officer.press(/National Vehicles Agency/, "link");
  await officer.page.getByLabel("Vrm").fill("AA19AAA");
  await officer.page.getByLabel("Case reference").fill("PCN-2026-0131");
  await officer.press("Ask");
  await officer.takes("officer-answer", { height: 1130 });
  const governance = await signIn("g.marsh");
  await governance.takes("govern-home");
  await governance.go("/governance/agreements/bus-lanes-2026");
  await governance.takes("govern-agreement", { height: 1020 });
  await governance.go("/incidents");
  await governance.press(/A penalty notice/, "link");
  await governance.takes("siro-incident", { height: 940 });
  const siro = await signIn("siro");
  await siro.go("/dashboard");
  await siro.takes("siro-dashboard", { height: 1250 });
  const desk = await atTheDesk();
  await desk.takes("operator-home");
  await desk.go("/requests");
  await desk.press("Hollowgate Housing Association", "link");
  await desk.takes("operator-request", { height: 1180 });
  await desk.go("/network");
  await desk.takes("operator-network");
}

await (process.env.WHOLE ? everyPage() : guide());
await browser.close();
