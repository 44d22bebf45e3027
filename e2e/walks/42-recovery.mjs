// Who has lost password or app asks for a letter, and comes in again by the link in it, with a new app.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { code } from "../app.mjs";

const PASSWORD = "copper teapot mountain";
const ANEW = "violet engine harbour";
const LOST = "I have lost my password or my app";
const NAME = "Your id or e-mail address";
const SENT = "Look into your letter box";

export async function walk(stage) {
  for (const script of [true, false]) await recover(stage, script);
  await byKeyboard(stage);
  await twice(stage);
  await hostile(stage);
}

const enter = (stage, id) => stage.newcomer("borough", { id, name: `Lee ${id}` }, PASSWORD);

// The letters that lead somebody to a new password, the newest last.
function letters(stage, id) {
  const folder = stage.endpoints.letters;
  const all = readdirSync(folder).filter((name) => name.endsWith(".eml")).sort().map((name) => readFileSync(join(folder, name), "utf8"));
  // RFC 2045 §6.7: a line that is too long is broken after an equals sign.
  const whole = all.filter((text) => text.startsWith(`X-To: ${id}@example.org\n`)).map((text) => text.replaceAll("=\n", ""));
  return whole.filter((text) => text.includes("/recovery/"));
}

// The path of the link in somebody's letter, once it is there.
async function linkSent(stage, id) {
  for (let waited = 0; waited < 200; waited += 1) {
    const [letter] = letters(stage, id).slice(-1);
    if (letter) return letter.match(/\/recovery\/[\w-]+/)[0];
    await new Promise((go) => setTimeout(go, 100));
  }
  return assert.fail(`no letter comes for ${id}`);
}

async function ask(visitor, name) {
  await visitor.go("/recover");
  await visitor.page.getByLabel(NAME).fill(name);
  await visitor.press("button", "Send a link");
  await visitor.look();
}

const secret = async (visitor) => (await visitor.page.locator("p:has-text('Secret:') .ph-code").innerText()).trim();

async function recover(stage, script) {
  const id = script ? "recovered-1" : "recovered-2";
  const { session, app } = await enter(stage, id);
  const before = await stage.visitor("borough", { script });
  await before.holds(session);

  const visitor = await stage.visitor("borough", { script });
  await visitor.go("/sign-in");
  await visitor.press("link", LOST);
  await visitor.look();
  await visitor.says("Set a new password");
  await visitor.picture("recover");
  await visitor.press("button", "Send a link");
  await visitor.look();
  assert.match(await visitor.page.title(), /^Error: /);
  await visitor.says("There is a problem", "Enter your id or e-mail address");
  // Nobody learns who has an account.
  const said = [];
  for (const name of [`nobody-${id}`, `${id}@example.org`]) {
    await ask(visitor, name);
    said.push(await visitor.page.locator("main").innerText());
  }
  assert.equal(said[0], said[1], "asking for a letter tells who has an account");
  await visitor.says(SENT, "If there is such an account", "It counts once, within an hour");
  await visitor.picture("recover-sent");

  const link = await linkSent(stage, id);
  await before.go("/account");
  assert.match(before.page.url(), /\/account$/, "until the link is used nothing has changed");
  await visitor.go(link);
  await visitor.says("Set your password", `Lee ${id}`, "Scan the picture");
  await visitor.picture("recovery");
  const anew = await secret(visitor);
  assert.notEqual(anew, app);
  const set = async (password, again, digits, ...words) => {
    await visitor.page.getByLabel("New password", { exact: true }).fill(password);
    await visitor.page.getByLabel("The same password again").fill(again);
    await visitor.page.getByLabel("Code that the app shows").fill(digits);
    await visitor.press("button", "Set password and sign in");
    await visitor.look();
    await visitor.says(...words);
  };
  await set("", "", "", "There is a problem", "Enter a new password");
  assert.match(await visitor.page.title(), /^Error: /);
  await set(ANEW, PASSWORD, "", "Enter the same password twice");
  await set("short", "short", code(anew), "12 characters");
  // The app that was lost counts no more.
  await set(ANEW, ANEW, code(app), "There is a problem");
  await set(ANEW, ANEW, code(anew), "Keep your recovery codes");
  const codes = await visitor.page.locator("main li .ph-code").allInnerTexts();
  assert.equal(codes.length, 8);

  // A link counts once, and whoever was in by the old password is out.
  await visitor.go(link, { status: 410 });
  await visitor.says("run out, or was used already");
  await visitor.picture("link-used");
  await before.go("/account");
  assert.match(before.page.url(), /\/sign-in/);
  await before.close();

  await visitor.go("/account");
  await visitor.says(id, "8");
  await visitor.press("button", "Sign out");
  await visitor.look();
  const signIn = async (password) => {
    await visitor.go("/sign-in");
    await visitor.page.getByLabel(NAME).fill(id);
    await visitor.page.getByLabel("Password", { exact: true }).fill(password);
    await visitor.press("button", "Sign in");
    await visitor.look();
  };
  await signIn(PASSWORD);
  await visitor.says("There is a problem");
  await signIn(ANEW);
  await visitor.page.getByLabel("Code", { exact: true }).fill(codes[0]);
  await visitor.press("button", "Go on");
  await visitor.look();
  await visitor.says("What waits for you", "Hello, Lee");
  await visitor.close();
}

async function byKeyboard(stage) {
  const id = "recovered-3";
  await enter(stage, id);
  const visitor = await stage.visitor("borough");
  const { keyboard } = visitor.page;
  await visitor.go("/sign-in");
  await visitor.tabTo(LOST);
  await keyboard.press("Enter");
  await visitor.page.waitForURL(/\/recover$/);
  await visitor.tabTo(NAME);
  await keyboard.type(id);
  await keyboard.press("Enter");
  await visitor.page.waitForSelector(`text=${SENT}`);
  await visitor.go(await linkSent(stage, id));
  const typed = { "New password": ANEW, "The same password again": ANEW, "Code that the app shows": code(await secret(visitor)) };
  for (const [label, text] of Object.entries(typed)) {
    await visitor.tabTo(label);
    await keyboard.type(text);
  }
  await keyboard.press("Enter");
  await visitor.page.waitForSelector("text=Keep your recovery codes");
  await visitor.tabTo("Go on");
  await keyboard.press("Enter");
  await visitor.page.waitForSelector("text=What waits for you");
  await visitor.close();
}

// Pressed twice: one letter, one new password.
async function twice(stage) {
  const id = "recovered-4";
  await enter(stage, id);
  const visitor = await stage.visitor("borough");
  await visitor.go("/recover");
  const asking = await visitor.fields();
  const asked = await Promise.all([1, 2].map(() => visitor.post("/recover", { ...asking, name: id })));
  assert.deepEqual(asked.map((answer) => answer.location), ["/recover/sent", "/recover/sent"]);
  const link = await linkSent(stage, id);
  await visitor.go(link);
  const form = { ...(await visitor.fields()), password: ANEW, again: ANEW, code: code(await secret(visitor)) };
  const set = await Promise.all([1, 2].map(() => visitor.post(link, form)));
  const [done, again] = set;
  assert.equal(done.status, 200, done.text);
  assert.equal(again.text, done.text, "whoever presses twice never sees the recovery codes");
  await visitor.judgeMarkup("a link used twice at once", done.text);
  const [recovery] = done.text.match(/(?<=<li><span class="ph-code">)[^<]+/);
  const entered = await stage.api("borough", "POST", "/sign-in", { name: id, password: ANEW, code: recovery }, null);
  assert.equal(entered.person, id);
  assert.equal(letters(stage, id).length, 1, "what is asked twice is sent once");
  await visitor.close();
}

async function hostile(stage) {
  const id = "recovered-5";
  await enter(stage, id);
  const visitor = await stage.visitor("borough");
  await ask(visitor, id);
  const link = await linkSent(stage, id);
  await visitor.go(link);
  await visitor.hurt("", { at: link, taken: [422, 413] });
  // Whatever was tried, the link is still theirs.
  await visitor.go(link);
  await visitor.go("/recover");
  await visitor.hurt("/recover");
  assert.equal((await visitor.post("/recover", { name: id })).status, 403);
  // A letter box is not flooded, and who floods it is told to wait.
  await ask(visitor, id);
  await ask(visitor, id);
  await ask(visitor, id);
  await visitor.says("There is a problem", "minutes");
  await visitor.close();
}
