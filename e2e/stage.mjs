// A browser and its judges: what every page must be, whoever walks it.
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import { code } from "./app.mjs";
import { launch } from "./browser.mjs";
import { HOSTILE, isMarkupAgain } from "./hostile.mjs";
import { Judged, faultsOfAccess, faultsOfKeyboard, faultsOfMarkup, standing } from "./judges.mjs";

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 320, height: 640 };

export class Stage {
  // Pages looked at, those of them that had been judged just so, and where the seconds go.
  looked = 0;
  again = 0;
  spent = { axe: 0, markup: 0, widths: 0, pages: 0, gateway: 0 };
  judged = new Judged();

  static async open(endpoints) {
    const stage = new Stage();
    stage.endpoints = endpoints;
    stage.browser = await launch();
    return stage;
  }

  async close() {
    await this.browser.close();
  }

  // A person with an account, signed in. How somebody signs in has its own walk.
  async person(gateway, id, options) {
    const visitor = await this.visitor(gateway, options);
    await visitor.holds(this.endpoints[gateway].sessions[id]);
    return visitor;
  }

  // A call of a gateway's management API, as its operator where nobody else's token is given.
  async api(gateway, method, path, body, token = this.endpoints[gateway].token) {
    const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const sent = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(`${this.endpoints[gateway].inside}/api${path}`, { method, headers, body: sent });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  // Somebody new, entered, come in by their link and signed in; their session and their app.
  async newcomer(gateway, account, password) {
    const usual = { name: `Dee ${account.id}`, email: `${account.id}@example.org`, roles: ["officer"], tier: "department", department: "Housing" };
    const { invitation } = await this.api(gateway, "POST", "/people", { ...usual, ...account });
    const { link } = invitation;
    const { secret: app } = await this.api(gateway, "POST", "/invitation", { link }, null);
    const { session } = await this.api(gateway, "POST", "/invitation/accept", { link, password, code: code(app) }, null);
    return { session, app };
  }

  // Asks the agency's register about a vehicle as somebody of the borough; which exchange it was.
  ask(id, about) {
    const keys = { vrm: "AA19AAA" };
    const question = { system: "main", service: "PH/GOV/agency/main/vehicles", lookup: "by-vrm", keys, purpose: "parking-penalty", case: about };
    return this.api("borough", "POST", "/asking", question, this.endpoints.borough.sessions[id]);
  }

  // Keeps a receipt that a page gave: when all is walked each is verified by our own command, as anybody would.
  keepReceipt(text) {
    assert.ok(JSON.parse(text));
    writeFileSync(join(this.endpoints.receipts, `${randomUUID()}.json`), text);
  }

  // Says where every visitor was left, and ends their visits.
  async whereTheyAre() {
    for (const context of this.browser.contexts()) {
      for (const page of context.pages()) {
        const text = await page.locator("main").innerText({ timeout: 1000 }).catch(() => "");
        if (page.refused) console.log(`  last refused: ${page.refused}`);
        console.log(`  at ${page.url()}:\n${text.slice(0, 1500).replaceAll(/^/gm, "  | ")}`);
      }
      await context.close();
    }
  }

  // Does it, and counts for what the time went.
  async timed(what, work) {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.spent[what] += (performance.now() - begun) / 1000;
    }
  }

  // A visitor with a browser of their own. `script: false` turns JavaScript off; `elsewhere` is an origin to which our
  // pages may lead this one.
  async visitor(gateway, { script = true, elsewhere } = {}) {
    const context = await this.browser.newContext({ javaScriptEnabled: script, viewport: WIDE, acceptDownloads: true });
    const page = await context.newPage();
    const visitor = new Visitor(this, context, page, this.endpoints[gateway].inside, script);
    page.on("console", (message) => {
      if (message.type() === "error" && !/Failed to load resource: the server responded/.test(message.text())) {
        visitor.faults.push(`console: ${message.text()}`);
      }
    });
    page.on("pageerror", (error) => visitor.faults.push(`script: ${error}`));
    page.on("response", (answer) => {
      if (answer.status() >= 400) page.refused = `${answer.status()} ${answer.request().method()} ${answer.url()}`;
    });
    const known = [visitor.base, elsewhere].filter(Boolean).map((origin) => `${origin}/`);
    page.on("request", (request) => {
      if (!known.some((origin) => request.url().startsWith(origin)) && !/^(data|blob):/.test(request.url())) {
        visitor.faults.push(`a request elsewhere: ${request.url()}`);
      }
    });
    // From the question to the first byte: what the gateway takes, of what a page takes.
    page.on("requestfinished", (request) => {
      const { requestStart, responseStart } = request.timing();
      if (request.isNavigationRequest() && responseStart > 0) this.spent.gateway += (responseStart - requestStart) / 1000;
    });
    return visitor;
  }
}

export class Visitor {
  faults = [];

  constructor(stage, context, page, base, script) {
    Object.assign(this, { stage, context, page, base, script });
  }

  // Has this token as its session's.
  async holds(token) {
    await this.context.addCookies([{ name: "packhorse", value: token, url: this.base, httpOnly: true, sameSite: "Lax" }]);
  }

  async close() {
    assert.deepEqual(this.faults, []);
    await this.context.close();
  }

  // Goes somewhere and looks at the page that is there.
  async go(path, { status = 200 } = {}) {
    const response = await this.stage.timed("pages", () => this.page.goto(this.base + path));
    assert.equal(response.status(), status, `${path}: ${response.status()}`);
    const headers = response.headers();
    assert.match(headers["content-security-policy"], /default-src 'none'/);
    assert.equal(headers["cache-control"], "no-store");
    await this.judgeMarkup(path, await response.text());
    await this.look();
  }

  // Looks at the page that is shown: nothing that keeps anybody out, at any width.
  async look() {
    this.stage.looked += 1;
    const where = this.page.url().replace(this.base, "");
    if (this.stage.judged.isNew(this.script, await this.page.evaluate(standing))) await this.judge(where);
    else this.stage.again += 1;
    assert.deepEqual(this.faults, [], where);
  }

  async judge(where) {
    await this.judgeAccess(where);
    await this.judgeKeyboard(where);
    await this.everyPicture(1280);
    await this.widen(NARROW, `${where} at 320 px`);
    await this.judgeAccess(`${where} at 320 px`);
    await this.everyPicture(320);
    // 200 % of a window of 1280: what is left is 640 of its pixels (WCAG 1.4.4).
    await this.widen({ width: 640, height: 450 }, `${where} at 200 %`);
    await this.stage.timed("widths", () => this.page.setViewportSize(WIDE));
  }

  async judgeMarkup(where, text) {
    if (!this.stage.judged.isNew("markup", text)) return;
    const said = await this.stage.timed("markup", () => faultsOfMarkup(text));
    assert.deepEqual(said, [], `${where}: the HTML is not valid`);
  }

  async judgeAccess(where) {
    // It waits for timers, which do not run without script; the same pages are looked at with it.
    if (!this.script) return;
    const found = await this.stage.timed("axe", () => faultsOfAccess(this.page));
    assert.deepEqual(found, [], `${where}: axe`);
  }

  // Everything that can be used is reached by keyboard, and shows that it is.
  async judgeKeyboard(where) {
    assert.deepEqual(await this.page.evaluate(faultsOfKeyboard), [], `${where}: by keyboard`);
  }

  // Nothing is pushed out of a window of this size: only what scrolls by itself may be wider.
  async widen(size, where) {
    const [wide, window, whose] = await this.stage.timed("widths", async () => {
      await this.page.setViewportSize(size);
      return this.page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        const over = [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > clientWidth);
        return [scrollWidth, clientWidth, over.map((one) => one.outerHTML.slice(0, 120)).slice(-3)];
      });
    });
    assert.ok(wide <= window, `${where}: the page is ${wide} wide in a window of ${window}: ${whose.join(" ")}`);
  }

  // Moves by Tab alone until the focus is on an element with this text or label.
  async tabTo(text) {
    for (let pressed = 0; pressed < 120; pressed += 1) {
      await this.page.keyboard.press("Tab");
      const label = await this.page.evaluate(() => {
        const focused = document.activeElement;
        const own = focused?.labels?.[0]?.textContent ?? focused?.textContent ?? "";
        return own.trim();
      });
      if (label === text) return;
    }
    assert.fail(`no Tab leads to "${text}"`);
  }

  // Presses a link or button and waits for the page that it leads to.
  async press(role, name, shownAs = role) {
    const target = this.page.getByRole(shownAs, { name, exact: role === "button" }).first();
    await this.stage.timed("pages", () => Promise.all([this.page.waitForEvent("load"), target.click()]));
  }

  // The same where the page that it leads to leads on: waits for the last, by its path.
  async follow(role, name, path) {
    const target = this.page.getByRole(role, { name, exact: role === "button" }).first();
    const there = (url) => url.origin === this.base && url.pathname === path;
    await this.stage.timed("pages", () => Promise.all([this.page.waitForURL(there), target.click()]));
  }

  // What a link gives to save.
  async download(name) {
    const link = this.page.getByRole("link", { name }).first();
    const [saved] = await Promise.all([this.page.waitForEvent("download"), link.click()]);
    assert.ok(!/[/\\"<>\u202e]/.test(saved.suggestedFilename()), saved.suggestedFilename());
    return readFileSync(await saved.path(), "utf8");
  }

  // The hidden fields of the page's own form, the first in its main part.
  fields() {
    return this.page.locator("main form[method=post] input[type=hidden]").evaluateAll((inputs) => {
      const first = inputs[0]?.form;
      return Object.fromEntries(inputs.filter((one) => one.form === first).map((one) => [one.name, one.value]));
    });
  }

  // Sends a form as this visitor, past the browser.
  async post(path, fields) {
    const cookies = await this.context.cookies();
    const cookie = cookies.map((one) => `${one.name}=${one.value}`).join("; ");
    const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
    const answer = await fetch(this.base + path, { method: "POST", redirect: "manual", headers: { cookie }, body });
    return { status: answer.status, location: answer.headers.get("location"), text: await answer.text() };
  }

  async status(path) {
    return (await this.page.goto(this.base + path)).status();
  }

  // A form of the page, by where it leads: its hidden fields, and the names of those that somebody fills in.
  form(action) {
    return this.page.evaluate((action) => {
      const form = [...document.querySelectorAll("main form")].find((one) => (one.getAttribute("action") ?? "") === action);
      if (!form) return null;
      const named = [...form.elements].filter((one) => one.name);
      const hidden = named.filter((one) => one.type === "hidden").map((one) => [one.name, one.value]);
      const names = named.filter((one) => one.type !== "hidden" && one.type !== "submit").map((one) => one.name);
      return { hidden: Object.fromEntries(hidden), names: [...new Set(names)] };
    }, action);
  }

  // Puts what people and machines put into forms into every field of one: it is taken or refused, and nothing breaks.
  async hurt(action, { at = action, with: fields = {}, taken = [303, 422, 413] } = {}) {
    const form = await this.form(action);
    assert.ok(form, `${this.page.url()} has no form that leads to "${action}"`);
    for (const hostile of HOSTILE) {
      const filled = Object.fromEntries(form.names.map((name) => [name, hostile]));
      const got = await this.post(at, { ...form.hidden, ...filled, ...fields });
      const what = `${at} with ${JSON.stringify(hostile.slice(0, 40))}`;
      assert.ok(taken.includes(got.status), `${what}: ${got.status}\n${got.text.slice(-1500)}`);
      assert.ok(!isMarkupAgain(got.text), `${what}: markup came back as markup`);
      if (got.text) await this.judgeMarkup(what, got.text);
    }
  }

  // Sends a form of the page twice at once: both lead to the same.
  async twice(action, fields, at = action) {
    const { hidden } = await this.form(action);
    const [first, second] = await Promise.all([1, 2].map(() => this.post(at, { ...hidden, ...fields })));
    assert.equal(first.status, 303, first.text.slice(-1500));
    assert.equal(second.location, first.location, `${at}: what is sent twice is done twice`);
    return first.location;
  }

  // Goes to what is not theirs, or is not there.
  async refused(paths, statuses = [400, 404]) {
    for (const path of paths) {
      const status = await this.status(path);
      assert.ok(statuses.includes(status), `${path}: ${status}`);
      await this.look();
    }
  }

  text() {
    return this.page.locator("body").innerText();
  }

  async says(...words) {
    const text = await this.text();
    for (const word of words) assert.ok(text.includes(word), `the page does not say "${word}":\n${text}`);
  }

  // For whoever wants to see every page that is judged, at both widths: PACKHORSE_EVERY_PICTURE names a folder.
  async everyPicture(width) {
    const folder = process.env.PACKHORSE_EVERY_PICTURE;
    if (!folder || !this.script) return;
    const where = new URL(this.page.url()).pathname.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 60);
    const name = `${process.argv.at(-1).slice(0, 2)}-${String(this.stage.looked).padStart(3, "0")}${where}-${width}.png`;
    await this.page.screenshot({ path: join(folder, name), fullPage: true });
  }

  async picture(name) {
    const folder = process.env.PACKHORSE_PICTURES;
    if (folder) await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }
}
