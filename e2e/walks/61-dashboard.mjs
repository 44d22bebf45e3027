// The survey of a minute, the dashboard that it feeds, the annual report and the evidence pack, partners, the home page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const QUESTIONS = 5;

export async function walk(stage) {
  for (const script of [false, true]) {
    const governor = await stage.person("borough", "governor-1", { script });
    await nobodyWasAsked(governor, script);
    await survey(stage, governor, script);
    await dashboard(governor, script);
    await report(governor);
    await partners(stage, script);
    await home(stage, script);
    await governor.close();
  }
  await byKeyboard(stage);
  await hostileAndForeign(stage);
}

async function nobodyWasAsked(governor, script) {
  await governor.go("/dashboard");
  if (!script) await governor.says("There is no survey with results for two tiers yet");
  await governor.picture("dashboard-before");
  await governor.go("/pulse/surveys");
  await governor.press("button", "Open it");
  await governor.look();
  assert.match(await governor.page.title(), /^Error: /);
  await governor.says("Enter what it is called");
}

async function survey(stage, governor, script) {
  const title = script ? "Autumn 2026, everybody who works with the data of tenants and of those who wait for a home" : "Summer 2026";
  await governor.page.getByLabel("What is it called?").fill(title);
  await governor.press("button", "Open it");
  await governor.look();
  await governor.says("Runs");
  const officer = await stage.person("borough", "officer-1", { script });
  await officer.go("/");
  await officer.press("link", "A survey of one minute");
  await officer.look();
  await officer.picture("pulse");
  await officer.press("button", "Send my answers");
  await officer.look();
  assert.match(await officer.page.title(), /^Error: /);
  const unanswered = await officer.page.locator(".govuk-error-summary__list li").count();
  assert.equal(unanswered, QUESTIONS);
  for (const fieldset of await officer.page.locator("main fieldset").all()) await fieldset.getByLabel("Yes", { exact: true }).check();
  await officer.press("button", "Send my answers");
  await officer.look();
  await officer.says("Thank you. Your answers are counted", "You have answered this survey.");
  await officer.refused(["/pulse/surveys"], [403]);
  await officer.close();
  if (script) await twenty(stage);

  await governor.go("/pulse/surveys");
  await governor.picture("surveys");
  await governor.press("link", title);
  await governor.look();
  await governor.says("have answered", "It runs.");
  await governor.press("button", "End the survey");
  await governor.look();
  await governor.says(script ? "By tier" : "Fewer than ten have answered: nothing can be shown.");
  await governor.picture(script ? "survey-results" : "survey-too-few");
}

// Ten of the top say yes and ten of the front line no: the gap between them is the headline.
async function twenty(stage) {
  const { survey: running, questions } = await stage.api("borough", "GET", "/pulse");
  for (let number = 0; number < 20; number += 1) {
    const [tier, says] = number < 10 ? ["corporate", "yes"] : ["department", "no"];
    const { session } = await stage.newcomer("borough", { id: `surveyed-${number}`, tier }, "copper teapot mountain");
    const answers = Object.fromEntries(questions.map((question) => [question.id, says]));
    await stage.api("borough", "POST", `/pulse/surveys/${running.id}/answers`, { answers }, session);
  }
}

async function dashboard(governor, script) {
  await governor.go("/dashboard");
  await governor.says("Beside the survey of 2009", "What is exchanged", "By channel");
  await governor.picture("dashboard");
  // Every chart says what it is, and has its figures in a table after it.
  const charts = await governor.page.locator("svg[role=img]").all();
  assert.ok(charts.length >= (script ? 3 : 2));
  for (const chart of charts) {
    const title = await chart.locator("title").textContent();
    assert.match(title, /The table after it has the same figures/);
    assert.ok((await chart.locator("~ div table").count()) > 0, title);
    await nothingIsCut(chart, title);
  }
  if (script) await governor.says("The gap between tiers", "100.0\u00a0%");
  await governor.go("/dashboard?from=2026-01&to=2026-12");
}

// Words of a chart stand within it.
async function nothingIsCut(chart, title) {
  const cut = await chart.evaluate((svg) => {
    const { width } = svg.viewBox.baseVal;
    return [...svg.querySelectorAll("text")].filter((one) => {
      const box = one.getBBox();
      return box.x < 0 || box.x + box.width > width;
    }).map((one) => one.textContent);
  });
  assert.deepEqual(cut, [], `${title}: cut`);
}

async function report(governor) {
  await governor.press("link", "The SIRO's annual report");
  await governor.look();
  await governor.says("Annual report of the SIRO", "Lessons");
  await governor.picture("annual-report");
  JSON.parse(await governor.download("Download the report as JSON"));
  const link = governor.page.getByRole("link", { name: "Download the evidence pack" });
  const [saved] = await Promise.all([governor.page.waitForEvent("download"), link.click()]);
  assert.equal(saved.suggestedFilename(), "evidence-pack.tar");
  const pack = readFileSync(await saved.path());
  // POSIX ustar: the magic of the first entry's header.
  assert.equal(pack.subarray(257, 262).toString(), "ustar");
}

async function partners(stage, script) {
  const officer = await stage.person("borough", "officer-1", { script });
  await officer.go("/partners");
  await officer.says("PH/GOV/agency", "this organisation");
  await officer.picture("partners");
  await officer.page.getByLabel("Search by name or identifier").fill("agency");
  await officer.press("button", "Search");
  await officer.look();
  assert.ok(!(await officer.text()).includes("PH/LOC/borough"));
  await officer.go("/partners?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E&after=%00");
  await officer.says("No partner’s name holds this.");
  await officer.close();
}

// What waits for somebody stands first; every place that is theirs is one click away, and leads somewhere.
async function home(stage, script) {
  for (const id of ["officer-1", "governor-1", "auditor-1"]) {
    const person = await stage.person("borough", id, { script });
    await person.go("/");
    await person.picture(`home-${id}`);
    const places = await person.page.locator("main li a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    assert.ok(places.length > 5);
    if (!script) {
      for (const path of new Set(places)) await person.go(path);
    }
    await person.close();
  }
}

async function byKeyboard(stage) {
  const governor = await stage.person("borough", "governor-1");
  const { keyboard } = governor.page;
  await governor.go("/");
  await governor.tabTo("Dashboard");
  await keyboard.press("Enter");
  await governor.page.waitForURL(/\/dashboard/);
  await governor.tabTo("Surveys");
  await keyboard.press("Enter");
  await governor.page.waitForURL(/\/pulse\/surveys/);
  await governor.tabTo("What is it called?");
  await keyboard.type("Winter 2026");
  await keyboard.press("Enter");
  await governor.page.waitForSelector("text=Runs");
  await governor.close();

  const officer = await stage.person("borough", "officer-2");
  await officer.go("/pulse");
  for (let question = 0; question < QUESTIONS; question += 1) {
    await officer.tabTo("Yes");
    await officer.page.keyboard.press("Space");
  }
  await officer.tabTo("Send my answers");
  await officer.page.keyboard.press("Enter");
  await officer.page.waitForSelector("text=Your answers are counted");
  await officer.close();
}

async function hostileAndForeign(stage) {
  const officer = await stage.person("borough", "clerk-2");
  await officer.go("/pulse");
  await officer.hurt("/pulse", { taken: [422, 413] });
  const { names } = await officer.form("/pulse");
  await officer.twice("/pulse", Object.fromEntries(names.map((name) => [name, "dont-know"])));
  await officer.refused(["/dashboard", "/annual-report", "/files/evidence-pack.tar", "/files/annual-report.json", "/files/processing-records.csv"], [403]);
  const own = await officer.go("/account").then(() => officer.fields());
  const governor = await stage.person("borough", "governor-1");
  await governor.go("/pulse/surveys");
  const running = await governor.page.getByRole("link", { name: "Winter 2026" }).first().getAttribute("href");
  for (const path of ["/pulse/surveys", `${running}/close`]) {
    const { status } = await officer.post(path, { ...own, title: "Mine" });
    assert.equal(status, 403, path);
  }
  await officer.close();
  await governor.go(running);
  await governor.twice(`${running}/close`, {});
  await governor.go("/pulse/surveys");
  await governor.hurt("/pulse/surveys", { with: {} });
  await governor.go("/pulse/surveys");
  await governor.refused(["/pulse/surveys/0193b1d4-0000-7000-8000-000000000000", "/pulse/surveys/..%2F..", "/pulse/surveys/%00"]);
  for (const query of ["?from=nothing", "?from=2026-13&to=2026-01", "?from=%00", "?from=2026-12&to=2020-01", `?from=${"9".repeat(4000)}`]) {
    for (const place of ["/dashboard", "/annual-report", "/processing-records", "/files/annual-report.json", "/files/evidence-pack.tar"]) {
      const { status } = await fetch(governor.base + place + query, { headers: { cookie: `packhorse=${stage.endpoints.borough.sessions["governor-1"]}` } });
      assert.ok(status < 500, `${place}${query}: ${status}`);
    }
  }
  await governor.close();
}
