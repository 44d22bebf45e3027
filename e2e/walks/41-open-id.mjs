// Signing in at the organisation's identity provider, one that we did not write, and out of both; and whatever is
// changed, stolen or made up on the way.
import assert from "node:assert/strict";
import { HOSTILE, isMarkupAgain } from "../hostile.mjs";

const WAY_IN = "Sign in with your organisation’s account";
const GO_ON = "go on to your organisation’s page";
const RETURN = "/sign-in/open-id/return";
const RUN_OUT = "run out, or was used already";
const NOBODY = "Nobody was signed in at your organisation: try again";

export async function walk(stage) {
  if (!stage.endpoints.provider) {
    console.log("skipped: there is no identity provider");
    return;
  }
  for (const script of [true, false]) {
    await comeAndGo(stage, script);
    await withoutARole(stage, script);
  }
  await byKeyboard(stage);
  await tampered(stage);
  await hostile(stage);
}

// A visitor whom our pages may lead to the provider.
const visitor = (stage, script = true) => stage.visitor("borough", { script, elsewhere: stage.endpoints.provider });

// Who signs in there next.
const nextIs = (stage, who) => fetch(`${stage.endpoints.provider}/as/${who}`, { method: "POST" });

// Presses a button that leads to the provider, and stays on the page between, which leads on by itself: the provider
// does not answer meanwhile.
async function heldBack(stage, person, button) {
  const asked = [];
  const hold = (route) => {
    asked.push(route.request().url());
    return route.fulfill({ status: 204 });
  };
  await person.context.route(`${stage.endpoints.provider}/**`, hold);
  await person.press("button", button);
  for (let waited = 0; asked.length === 0; waited += 1) {
    assert.ok(waited < 100, "the page leads nowhere by itself");
    await new Promise((go) => setTimeout(go, 50));
  }
  await person.context.unroute(`${stage.endpoints.provider}/**`, hold);
  const link = await person.page.getByRole("link", { name: GO_ON }).getAttribute("href");
  assert.equal(asked[0], link, "the page leads to its link");
  return link;
}

// Somebody new comes in with the role of their group, goes out here and there; who comes next in the same browser is
// somebody else.
async function comeAndGo(stage, script) {
  const [id, name] = script ? ["grace", "Grace Example"] : ["graham", "Graham Example"];
  await nextIs(stage, id);
  const person = await visitor(stage, script);
  await person.go("/sign-in");
  await person.says(WAY_IN, "Or with a password of this service", "I have lost my password or my app");
  await person.picture("sign-in-ways");
  await heldBack(stage, person, WAY_IN);
  await person.look();
  await person.says("Sign in at your organisation");
  await person.picture("leaving");
  await person.follow("link", GO_ON, "/");
  await person.look();
  await person.says(`Hello, ${name}`, "Ask a register", "Send");
  assert.ok(!(await person.text()).includes("Access review"), "an officer is offered what is governance's");
  await person.refused(["/people", "/access-review", "/exchanges"], [403]);
  await person.go("/account");
  await person.says(id, `${id}@borough.example`, "officer", "Housing");
  // They have no password here that could be changed or lost.
  assert.ok(!(await person.text()).includes("Change your password"));
  await person.picture("account-open-id");

  await heldBack(stage, person, "Sign out");
  await person.look();
  await person.says("You are being signed out at your organisation");
  await person.page.getByRole("link", { name: GO_ON }).click();
  await person.follow("button", "Yes, sign me out", "/signed-out");
  await person.look();
  await person.says("You have signed out");
  await person.go("/account");
  assert.match(person.page.url(), /\/sign-in/);

  await nextIs(stage, "gita");
  await person.go("/sign-in");
  await person.follow("button", WAY_IN, "/");
  await person.look();
  await person.says("Hello, Gita Example", "Staff", "Access review");
  assert.ok(!(await person.text()).includes("Ask a register"), "governance is offered what is officers'");
  await person.go(`/people/${id}`);
  await person.says(name, "Active", "Housing");
  await person.close();
}

// The provider knows them, and none of their groups has a role here.
async function withoutARole(stage, script) {
  await nextIs(stage, "stranger");
  const person = await visitor(stage, script);
  await person.go("/sign-in");
  await person.follow("button", WAY_IN, RETURN);
  await person.look();
  assert.match(await person.page.title(), /^Error: /);
  await person.says("There is a problem", "None of your groups has a role here: ask for a group that has one");
  await person.picture("without-a-role");
  await person.go("/account");
  assert.match(person.page.url(), /\/sign-in/);
  await person.close();
}

async function byKeyboard(stage) {
  await nextIs(stage, "grace");
  const person = await visitor(stage);
  await person.go("/sign-in");
  await person.tabTo(WAY_IN);
  await Promise.all([person.page.waitForURL(`${person.base}/`), person.page.keyboard.press("Enter")]);
  await person.says("Hello, Grace Example");
  await person.tabTo("Sign out");
  await Promise.all([person.page.waitForURL(`${stage.endpoints.provider}/**`), person.page.keyboard.press("Enter")]);
  await person.tabTo("Yes, sign me out");
  await Promise.all([person.page.waitForURL(/\/signed-out$/), person.page.keyboard.press("Enter")]);
  await person.says("You have signed out");
  await person.close();
}

// What the provider sends back with somebody, who has not come back yet.
async function sentBack(stage, person, who) {
  await nextIs(stage, who);
  await person.go("/sign-in");
  let next = await heldBack(stage, person, WAY_IN);
  for (let hop = 0; hop < 12; hop += 1) {
    const answer = await person.context.request.get(next, { maxRedirects: 0 });
    const url = new URL(answer.headers().location, next);
    if (url.origin === person.base && url.pathname === RETURN) return url.searchParams;
    next = url.href;
  }
  return assert.fail("the provider sends the browser round and round");
}

const back = (brought, changes = {}) => `${RETURN}?${new URLSearchParams({ ...Object.fromEntries(brought), ...changes })}`;

async function tampered(stage) {
  const [person, thief] = [await visitor(stage), await visitor(stage)];
  const refused = async (who, path, words) => {
    await who.go(path, { status: 422 });
    assert.match(await who.page.title(), /^Error: /);
    await who.says("There is a problem", words);
    await who.go("/account");
    assert.match(who.page.url(), /\/sign-in/, `${path} signs somebody in`);
  };
  // Made up, or without what ties it to the browser that began.
  let brought = await sentBack(stage, person, "grace");
  await refused(person, back(brought, { state: "made-up" }), RUN_OUT);
  await refused(thief, back(brought), NOBODY);
  await refused(person, RETURN, NOBODY);
  await refused(person, `${RETURN}?error=access_denied&state=${brought.get("state")}`, NOBODY);
  // What another browser began is used up when it is tried.
  await sentBack(stage, thief, "gita");
  await refused(thief, back(brought), RUN_OUT);
  await refused(person, back(brought), RUN_OUT);
  // A code that is none; the word of another provider.
  brought = await sentBack(stage, person, "grace");
  await refused(person, back(brought, { code: "made-up" }), RUN_OUT);
  brought = await sentBack(stage, person, "grace");
  await refused(person, back(brought, { iss: "https://elsewhere.example" }), "not your organisation's identity provider");
  // Untouched it counts, once; trying it again does not throw anybody out.
  brought = await sentBack(stage, person, "grace");
  await person.go(back(brought));
  await person.says("Hello, Grace Example");
  await person.go(back(brought), { status: 422 });
  await person.go("/account");
  await person.says("grace@borough.example");
  await person.close();
  await thief.close();
}

async function hostile(stage) {
  const person = await visitor(stage);
  for (const text of HOSTILE) {
    await sentBack(stage, person, "grace");
    const got = await person.context.request.get(person.base + back([], { state: text, code: text, iss: text }), { maxRedirects: 0 });
    const what = `the way back with ${JSON.stringify(text.slice(0, 40))}`;
    // An address of sixty thousand letters is refused before it is a page's.
    assert.ok([422, ...(text.length > 1000 ? [400, 414, 431] : [])].includes(got.status()), `${what}: ${got.status()}`);
    const page = await got.text();
    assert.ok(!isMarkupAgain(page), `${what}: markup came back as markup`);
    if (got.status() === 422) await person.judgeMarkup(what, page);
  }
  // Pressed twice: both lead there. Sent by nobody's form: neither.
  await person.go("/sign-in");
  const { hidden } = await person.form("/sign-in/open-id");
  const pressed = await Promise.all([1, 2].map(() => person.post("/sign-in/open-id", hidden)));
  for (const { status, text } of pressed) {
    assert.equal(status, 200);
    assert.ok(text.includes(stage.endpoints.provider), text);
    await person.judgeMarkup("on the way to the provider", text);
  }
  assert.equal((await person.post("/sign-in/open-id", {})).status, 403);
  assert.equal((await person.post("/sign-in/open-id", { ...hidden, form_token: "made-up" })).status, 403);
  await person.close();
}
