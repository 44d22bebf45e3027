// How people come in and go: invitation, password, app, recovery, one's own account; staff, teams, the access review.
import assert from "node:assert/strict";
import { code } from "../app.mjs";

const PASSWORD = "copper teapot mountain";
const CHANGED = "seven quiet lanterns here";
const LONG = `Wilhelmina Featherstonehaugh-Cholmondeley-Majoribanks${"-Example".repeat(8)}`;

export async function walk(stage) {
  for (const script of [true, false]) {
    await comeAndGo(stage, script);
    await findAndOrder(stage, script);
  }
  await byKeyboard(stage);
  await tooOften(stage);
  await passwordAlone(stage);
  await hostileAndForeign(stage);
}

// Somebody is entered, comes in, signs in and out, loses everything, recovers, leaves.
async function comeAndGo(stage, script) {
  const id = script ? "walker-1" : "walker-2";
  const governor = await stage.person("borough", "governor-1", { script });
  await governor.go("/people");
  await governor.picture("staff");
  await governor.press("link", "Enter somebody");
  await governor.look();
  await governor.press("button", "Enter and invite");
  await governor.look();
  assert.match(await governor.page.title(), /^Error: /);
  await governor.says("There is a problem", "Enter an id", "Enter a name", "Enter an e-mail address", "Enter a department");
  await governor.picture("newcomer-errors");
  await describe(governor, { id, name: LONG });
  await governor.press("button", "Enter and invite");
  await governor.look();
  await governor.says("They are entered", "It counts once and is not shown again", "Invited");
  await governor.picture("newcomer");
  const link = await linkShown(governor);

  const { visitor: newcomer, app, used } = await accept(stage, link, id, script);
  await account(newcomer, id);
  await newcomer.press("button", "Sign out");
  await newcomer.look();
  await newcomer.says("You have signed out");
  await signIn(newcomer, id, app, used);

  // Everything is lost: governance makes a link, the codes of the old app count no more.
  await governor.go(`/people/${id}`);
  await governor.says("Active");
  await governor.press("button", "Make a recovery link");
  await governor.look();
  await governor.says("There is a new link");
  const recovery = await linkShown(governor);
  const again = await stage.visitor("borough", { script });
  await again.go(recovery);
  const anew = await secret(again);
  assert.notEqual(anew, app);
  await again.page.getByLabel("New password", { exact: true }).fill(CHANGED);
  await again.page.getByLabel("The same password again").fill(CHANGED);
  await again.page.getByLabel("Code that the app shows").fill(code(anew));
  await again.press("button", "Set password and sign in");
  await again.look();
  await again.says("Keep your recovery codes");
  // A link counts once, and who was signed in with the old password is out.
  await again.go(recovery, { status: 410 });
  await newcomer.go("/account");
  assert.match(newcomer.page.url(), /\/sign-in/);
  await newcomer.close();

  await suspendAndLeave(governor, again, id);
  await again.close();
  await governor.close();
}

async function describe(governor, { id, name }) {
  await governor.page.getByLabel("Id", { exact: true }).fill(id);
  await governor.page.getByLabel("Name", { exact: true }).fill(name);
  await governor.page.getByLabel("E-mail address").fill(`${id}@example.org`);
  await governor.page.getByLabel("Officer: asks and sends").check();
  await governor.page.getByLabel("Department: front line").check();
  await governor.page.getByLabel("Department", { exact: true }).fill("Housing and homelessness prevention");
}

// The path of the link that the page hands over.
async function linkShown(governor) {
  const shown = (await governor.page.locator(".govuk-inset-text .ph-code").innerText()).trim();
  return new URL(shown, governor.base).pathname;
}

async function secret(visitor) {
  return (await visitor.page.locator("p:has-text('Secret:') .ph-code").innerText()).trim();
}

// By an invitation, with whatever can go wrong before it goes right.
async function accept(stage, link, id, script) {
  const visitor = await stage.visitor("borough", { script });
  await visitor.go(link);
  await visitor.says(id, "Set your password", "Scan the picture");
  await visitor.picture("invitation");
  const app = await secret(visitor);
  const send = async (password, again, digits, ...says) => {
    await visitor.page.getByLabel("New password", { exact: true }).fill(password);
    await visitor.page.getByLabel("The same password again").fill(again);
    await visitor.page.getByLabel("Code that the app shows").fill(digits);
    await visitor.press("button", "Set password and sign in");
    await visitor.look();
    await visitor.says(...says);
  };
  await send("", "", "", "There is a problem", "Enter a new password");
  assert.match(await visitor.page.title(), /^Error: /);
  await send(PASSWORD, "something else altogether", "", "Enter the same password twice");
  await send("short", "short", code(app), "There is a problem", "12 characters");
  await send(PASSWORD, PASSWORD, "12ab", "There is a problem");
  // The secret stays the same until it is used.
  assert.equal(await secret(visitor), app);
  const used = code(app);
  await send(PASSWORD, PASSWORD, used, "Keep your recovery codes");
  await visitor.picture("recovery-codes");
  assert.equal(await visitor.page.locator("main li .ph-code").count(), 8);
  await visitor.press("link", "Go on", "button");
  await visitor.look();
  await visitor.says("What waits for you", "Hello, Wilhelmina");
  await visitor.picture("home-long-name");
  return { visitor, app, used };
}

async function account(visitor, id) {
  await visitor.press("link", "Your account");
  await visitor.look();
  await visitor.says(id, "Recovery codes left", "8");
  await visitor.picture("account");
  await visitor.press("link", "Make new recovery codes");
  await visitor.look();
  await visitor.press("button", "Make new codes");
  await visitor.look();
  await visitor.says("Enter your password");
  await visitor.page.getByLabel("Password", { exact: true }).fill("not the password");
  await visitor.press("button", "Make new codes");
  await visitor.look();
  await visitor.says("There is a problem");
  await visitor.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await visitor.press("button", "Make new codes");
  await visitor.look();
  await visitor.says("Keep your recovery codes");

  await visitor.go("/account/password");
  await visitor.press("button", "Change password");
  await visitor.look();
  await visitor.says("Enter your present password", "Enter a new password");
  const change = async (old, fresh) => {
    await visitor.page.getByLabel("Present password").fill(old);
    await visitor.page.getByLabel("New password", { exact: true }).fill(fresh);
    await visitor.page.getByLabel("The new password again").fill(fresh);
    await visitor.press("button", "Change password");
    await visitor.look();
  };
  await change("not the password", CHANGED);
  await visitor.says("There is a problem");
  await change(PASSWORD, `${id}${id}`);
  await visitor.says("There is a problem");
  await change(PASSWORD, CHANGED);
  await visitor.says("Your account");
}

// With password and app; what is wrong is not told apart.
async function signIn(visitor, id, app, used) {
  const said = [];
  const first = async (name, password) => {
    await visitor.page.getByLabel("Your id or e-mail address").fill(name);
    await visitor.page.getByLabel("Password", { exact: true }).fill(password);
    await visitor.press("button", "Sign in");
    await visitor.look();
  };
  await visitor.go("/sign-in?to=%2Faccount");
  await visitor.press("button", "Sign in");
  await visitor.look();
  await visitor.says("There is a problem", "Enter your id or e-mail address", "Enter your password");
  await visitor.picture("sign-in-errors");
  for (const [name, password] of [[id, PASSWORD], [`nobody-${id}`, PASSWORD]]) {
    await first(name, password);
    said.push(await visitor.page.locator(".govuk-error-summary").innerText());
  }
  assert.equal(said[0], said[1], "a wrong password tells who has an account");
  await first(`${id}@example.org`, CHANGED);
  await visitor.says("Enter the code from your app");
  await visitor.picture("code");
  await visitor.press("button", "Go on");
  await visitor.look();
  await visitor.says("Enter the code");
  // The code with which they came counts no more.
  for (const wrong of ["000000", used]) {
    await visitor.page.getByLabel("Code", { exact: true }).fill(wrong);
    await visitor.press("button", "Go on");
    await visitor.look();
    await visitor.says("There is a problem");
  }
  await visitor.page.getByLabel("Code", { exact: true }).fill(code(app, 1));
  await visitor.press("button", "Go on");
  await visitor.look();
  assert.match(visitor.page.url(), /\/account$/, "they are led to where they were");
}

async function suspendAndLeave(governor, person, id) {
  await governor.go(`/people/${id}`);
  await governor.press("button", "Suspend");
  await governor.look();
  await governor.says("Suspended");
  await person.go("/");
  assert.match(person.page.url(), /\/sign-in/);
  await governor.press("button", "Let the account count again");
  await governor.look();
  await governor.says("Active");
  await governor.press("link", "Change what is said of them");
  await governor.look();
  await governor.page.getByLabel("Name", { exact: true }).fill("");
  await governor.press("button", "Change");
  await governor.look();
  await governor.says("Enter a name");
  await governor.page.getByLabel("Name", { exact: true }).fill("Bea Example");
  await governor.press("button", "Change");
  await governor.look();
  await governor.says("Bea Example");
  await governor.press("button", "They have left: shut them out now");
  await governor.look();
  await governor.says("Left", "First day without them");
  await governor.picture("leaver");
  await person.go("/sign-in");
  await person.page.getByLabel("Your id or e-mail address").fill(id);
  await person.page.getByLabel("Password", { exact: true }).fill(CHANGED);
  await person.press("button", "Sign in");
  await person.look();
  await person.says("There is a problem");
}

// The list is searched; teams; who needs their access.
async function findAndOrder(stage, script) {
  const governor = await stage.person("borough", "governor-1", { script });
  await governor.go("/people?text=officer-2");
  await governor.says("Ada officer-2");
  assert.ok(!(await governor.text()).includes("Ada officer-1"));
  await governor.go("/people?text=nobody%20at%20all");
  await governor.says("Nobody is found.");

  const team = script ? "lettings" : "repairs";
  await governor.go("/teams");
  await governor.press("button", "Make the team");
  await governor.look();
  await governor.says("Enter a code", "Enter a name", "Enter a department");
  await governor.page.getByLabel("Code", { exact: true }).fill(team);
  await governor.page.getByLabel("Name", { exact: true }).fill(`The ${team}`);
  await governor.page.getByLabel("Department", { exact: true }).fill("Housing");
  await governor.press("button", "Make the team");
  await governor.look();
  await governor.says(`team:${team}`);
  await governor.picture("teams");
  await governor.press("button", `Remove The ${team}`);
  await governor.look();
  assert.ok(!(await governor.text()).includes(`team:${team}`));

  await governor.go("/access-review");
  await governor.picture("access-review");
  await governor.go("/access-review/officer-1");
  await governor.says("What Ada officer-1 may do", "Parking", "parking-officer");
  await governor.picture("access");
  await governor.press("button", "They need this");
  await governor.look();
  assert.match(governor.page.url(), /\/access-review$/);
  await governor.close();

  // Who looks only is offered nothing to do.
  const auditor = await stage.person("borough", "auditor-1", { script });
  for (const path of ["/people", "/people/officer-1", "/access-review", "/access-review/officer-1"]) {
    await auditor.go(path);
    assert.equal(await auditor.page.locator("main form[method=post]").count(), 0, `${path} offers an auditor to do something`);
  }
  assert.ok(!(await auditor.text()).includes("Enter somebody"));
  await auditor.close();
}

// Signing in, entering somebody and confirming an access with Tab and Enter alone.
async function byKeyboard(stage) {
  const governor = await stage.person("borough", "governor-1");
  const { keyboard } = governor.page;
  await governor.go("/people");
  await governor.tabTo("Enter somebody");
  await keyboard.press("Enter");
  await governor.page.waitForURL(/\/people\/new/);
  for (const [label, text] of [["Id", "walker-3"], ["Name", "Cy Example"], ["E-mail address", "walker-3@example.org"]]) {
    await governor.tabTo(label);
    await keyboard.type(text);
  }
  await governor.tabTo("Officer: asks and sends");
  await keyboard.press("Space");
  await governor.tabTo("Department");
  await keyboard.type("Housing");
  await keyboard.press("Enter");
  await governor.page.waitForSelector("text=They are entered");
  await governor.close();
}

// Whoever guesses is told to wait, whether or not there is such an account.
async function tooOften(stage) {
  for (const name of ["clerk-2", "nobody-here"]) {
    const visitor = await stage.visitor("borough");
    await visitor.go("/sign-in");
    for (let tried = 0; tried < 6; tried += 1) {
      await visitor.page.getByLabel("Your id or e-mail address").fill(name);
      await visitor.page.getByLabel("Password", { exact: true }).fill(`a guess, the ${tried}th`);
      await visitor.press("button", "Sign in");
    }
    await visitor.look();
    await visitor.says("There is a problem", "minutes");
    await visitor.picture("throttled");
    await visitor.close();
  }
}

// Where a body asks for no second factor a password is enough, and no app is spoken of.
async function passwordAlone(stage) {
  const account = { id: "walker-5", name: "Dee Example", email: "walker-5@example.org", roles: ["officer"], tier: "department", department: "Vehicles" };
  const { invitation } = await stage.api("agency", "POST", "/people", account);
  const visitor = await stage.visitor("agency");
  await visitor.go(`/invitation/${invitation.link}`);
  assert.ok(!(await visitor.text()).includes("Scan the picture"));
  await visitor.page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await visitor.page.getByLabel("The same password again").fill(PASSWORD);
  await visitor.press("button", "Set password and sign in");
  await visitor.look();
  await visitor.says("Your password is set");
  await visitor.press("link", "Go on", "button");
  await visitor.press("button", "Sign out");
  await visitor.go("/sign-in");
  await visitor.tabTo("Your id or e-mail address");
  await visitor.page.keyboard.type("walker-5");
  await visitor.tabTo("Password");
  await visitor.page.keyboard.type(PASSWORD);
  await visitor.page.keyboard.press("Enter");
  await visitor.page.waitForSelector("text=What waits for you");
  await visitor.go("/account");
  assert.ok(!(await visitor.text()).includes("recovery codes"));
  await visitor.press("button", "Sign out everywhere");
  await visitor.look();
  await visitor.go("/account");
  assert.match(visitor.page.url(), /\/sign-in/);
  // Nor is there a provider, or a mail server: nothing else is offered, and whoever asks all the same is told.
  await visitor.says("ask your information governance officer for a link");
  assert.ok(!(await visitor.text()).includes("Sign in with your organisation"));
  await visitor.go("/recover");
  await visitor.page.getByLabel("Your id or e-mail address").fill("walker-5");
  await visitor.press("button", "Send a link");
  await visitor.look();
  await visitor.says("There is a problem", "This gateway sends no e-mail: ask the information governance officer for a link");
  await visitor.hurt("/recover", { taken: [422, 413] });
  await visitor.close();
}

async function hostileAndForeign(stage) {
  const governor = await stage.person("borough", "governor-1");
  await governor.go("/people/new");
  await governor.hurt("", { at: "/people/new", taken: [422, 413] });
  // What is right but for the id and the department is refused for them, or kept as text.
  const right = { tier: "department", email: "hostile@example.org", roles: "officer", teams: "" };
  await governor.hurt("", { at: "/people/new", with: right, taken: [422] });
  await governor.hurt("", { at: "/people/new", with: { ...right, id: "walker-4" }, taken: [200, 422] });
  await governor.go("/people");
  await governor.go("/people/walker-3/change");
  await governor.hurt("", { at: "/people/walker-3/change", with: { ...right, email: "walker-3@example.org" } });
  await governor.go("/people/walker-3");
  await governor.go("/teams");
  await governor.hurt("/teams");
  await governor.hurt("/teams", { with: { code: "hostile" } });
  await governor.go("/teams");
  await governor.twice("/teams", { code: "twice", title: "Twice", department: "Housing" });

  await governor.refused(["/people/nobody", "/people/nobody/change", "/access-review/nobody", "/people/..%2F..%2Fetc", "/people/%00"]);
  await governor.go("/people/walker-3");
  const { hidden } = await governor.form("");
  for (const act of ["", "promote", "<script>alert(1)</script>"]) {
    assert.equal((await governor.post("/people/walker-3", { ...hidden, act })).status, 404);
  }
  assert.equal((await governor.post("/people/nobody", { ...hidden, act: "leave" })).status, 404);
  await governor.close();

  // Who is no governor sees nobody else, and does nothing to them.
  const officer = await stage.person("borough", "officer-1");
  await officer.refused(["/people", "/people/governor-1", "/people/nobody", "/access-review", "/access-review/governor-1"], [403]);
  await officer.picture("not-allowed");
  await officer.go("/account");
  const own = await officer.fields();
  for (const act of ["leave", "suspend", "recover", "invite"]) {
    assert.equal((await officer.post("/people/governor-1", { ...own, act })).status, 403, act);
  }
  assert.equal((await officer.post("/access-review/officer-1", { ...own, act: "confirm" })).status, 403);
  await officer.go("/account/password");
  await officer.hurt("/account/password", { taken: [422, 413] });
  await officer.close();

  const anybody = await stage.visitor("borough");
  await anybody.go("/sign-in");
  await anybody.hurt("/sign-in", { taken: [422, 413] });
  await anybody.go("/sign-in/token");
  await anybody.hurt("/sign-in/token", { taken: [422, 413] });
  await anybody.refused(["/invitation/phi_nothing", "/recovery/phi_nothing", "/invitation/%00", "/invitation/%F0%9F%90%B4"], [404, 410, 400]);
  const form = await anybody.go("/sign-in").then(() => anybody.fields());
  for (const step of ["", "phl_unknown", "\u0000", "x".repeat(20_000)]) {
    const { status } = await anybody.post("/sign-in/code", { ...form, step, code: "123456" });
    assert.ok([422, 413].includes(status), `a code for the step ${JSON.stringify(step.slice(0, 20))}: ${status}`);
  }
  await anybody.close();
}
