// Every list that grows: long enough for a second page, searched for one thing, for nothing and with what hurts.
import assert from "node:assert/strict";
import { HOSTILE, isMarkupAgain } from "../hostile.mjs";

// What is sent here must not push that walk's parcels off the first page of the inbox.
export const after = ["30-parcels"];

// Most on a page; one more is on the second.
const PAGE = 50;
const MAILBOX_PAGE = 25;
const now = () => new Date().toISOString();
const word = (number) => `item${number}x`;

const DECISION = {
  recipient: "Children's services, county", data: "Address", purpose: "Safeguarding", lawful_basis: "Children Act 2004, section 11",
  necessity: "They cannot see the pattern without it", reasons_for: "The child is at risk", reasons_against: "The parent trusts us",
  decision: "share", reason: "The risk outweighs the trust", name: "Ada clerk-2", position: "Housing officer",
};

// Where a list is, what searches it, how it says that nothing is found, and what makes it long. `narrow` leaves what is
// made here alone, whatever else others make meanwhile.
function lists(stage) {
  const { sessions } = stage.endpoints.borough;
  const made = (path, body, token) => stage.api("borough", "POST", path, body, token);
  const agreements = { label: "Search by name", narrow: "q=listed" };
  return [
    {
      path: "/incidents", label: "Search by words or reference", narrow: "q=listed", whole: true, none: "No incident is found.",
      make: (number) => made("/incidents", { what: `Listed: a drawer was open, ${word(number)}`, kind: "other", noticed_at: now() }, sessions["clerk-2"]),
    },
    {
      path: "/requests", label: "Search by who asked, words or reference", narrow: "q=listed", none: "No request is found.",
      make: (number) => made("/requests", { kind: "complaint", what: `Listed: too slow, ${word(number)}`, channel: "Letter", received_at: now() }),
    },
    {
      path: "/decisions", label: "Search by case, recipient or purpose", narrow: "q=listed", none: "No decision is found.",
      make: (number) => made("/decisions", { ...DECISION, considered_at: now(), subject_ref: `Listed ${word(number)}` }, sessions["clerk-2"]),
    },
    {
      path: "/assets-register", label: "Search by code, words or owner", narrow: "q=listed", none: "No asset is found.",
      make: (number) => stage.api("borough", "PUT", `/assets/listed-${number}`, { title: `Shelf ${word(number)}`, description: "Files" }),
    },
    {
      path: "/people", label: "Name, id, e-mail address or department", field: "text", narrow: "text=listed", none: "Nobody is found.",
      make: (number) => made("/people", { id: `listed-${number}`, name: `Mo ${word(number)}`, email: `listed-${number}@example.org`, roles: ["officer"], tier: "department", department: "Listed" }),
    },
    {
      path: "/governance/agreements", ...agreements, whole: true, none: "No agreement is found.",
      make: async (number) => {
        const { text } = await stage.api("borough", "GET", "/agreements/keepers");
        await made("/agreements", { ...text, id: `listed-${number}`, title: `Listed ${word(number)}` });
      },
    },
    { path: "/governance/reviews", ...agreements, none: "No agreement is found." },
    { path: "/assurance/dpias", ...agreements, none: "There are no agreements." },
    { path: "/processing-records", ...agreements, none: "No agreement is found." },
    {
      path: "/training/register", label: "Search by id", narrow: "q=listed", none: "Nobody.", sought: (number) => `listed-${number}`,
      make: (number) => stage.api("borough", "PUT", `/training/register/listed-${number}/lists`, { passed_on: now().slice(0, 10) }),
    },
    {
      path: "/exchanges", label: "Search by reference", narrow: "kind=query", none: "Nothing is found.", more: true, whole: true,
      make: () => stage.ask("officer-1", "A list is long"),
    },
  ];
}

export async function walk(stage) {
  const all = lists(stage);
  await stage.api("borough", "PUT", "/training/courses/lists", { code: "lists", title: "Long lists", valid_months: 12 });
  const exchanges = [];
  for (const { make } of all.filter((list) => list.make)) {
    for (let number = 0; number <= PAGE; number += 1) exchanges.push(await make(number));
  }
  const [asked] = exchanges.slice(-1);
  for (let number = 0; number <= PAGE; number += 1) {
    const account = { id: `due-${number}`, name: `Di ${word(number)}`, email: `due-${number}@example.org`, roles: [], tier: "department", department: "Listed" };
    await stage.api("agency", "POST", "/people", account);
  }
  await mailboxes(stage);
  for (const script of [true, false]) {
    const governor = await stage.person("borough", "governor-1", { script });
    for (const list of all) {
      await paged(governor, `${list.path}?${list.narrow}`, PAGE, list);
      await searched(governor, list, list.path === "/exchanges" ? asked.exchange : (list.sought ?? word)(17));
    }
    // Without words to search by.
    await paged(governor, "/incidents/log", PAGE, { more: true });
    await days(governor);
    await partners(governor);
    await receipt(stage, governor);
    await governor.close();
    const sender = await stage.person("agency", "sender-1", { script });
    await paged(sender, "/sent", MAILBOX_PAGE, { more: true });
    await sender.close();
    // Every access there ends soon. Others come in meanwhile.
    const reviewer = await stage.visitor("agency", { script });
    await reviewer.holds(stage.endpoints.agency.token);
    await paged(reviewer, "/access-review", PAGE, { more: true });
    await reviewer.close();
    const officer = await stage.person("borough", "officer-1", { script });
    await paged(officer, "/inbox", MAILBOX_PAGE, { more: true, whole: true });
    // What came last stands first.
    await officer.says(word(MAILBOX_PAGE));
    await officer.close();
  }
  const governor = await stage.person("borough", "governor-1");
  for (const { path, field = "q" } of [...all, { path: "/partners" }, { path: "/incidents/log" }, { path: "/access-review" }]) {
    await hurt(governor, path, field);
  }
  const officer = await stage.person("borough", "officer-1");
  for (const path of ["/inbox", "/sent"]) await hurt(officer, path, "system");
  await byKeyboard(governor);
  await officer.close();
  await governor.close();
}

// By the day on which it was; no day finds nothing. The public register is searched by anybody.
async function days(visitor) {
  const day = now().slice(0, 10);
  await visitor.go(`/exchanges?to=${day}&kind=query`);
  assert.ok((await rows(visitor)).length > 0, "what was exchanged until today is found");
  for (const narrowed of ["from=2020-01-01&to=2020-01-02", "from=yesterday"]) {
    await visitor.go(`/exchanges?${narrowed}`);
    await visitor.says("Nothing is found.");
  }
  await visitor.go("/agreements?q=keepers");
  assert.ok((await rows(visitor)).length > 0, "an agreement is found by its short name");
  await visitor.go("/agreements?q=none-such");
  await visitor.says("No agreement is found.");
}

// What tells the rows of the page's first list apart: its first column, with what it leads to.
const rows = (visitor) => visitor.page.locator("main table").first().locator("tbody tr > :first-child").evaluateAll((cells) => cells.map((cell) => cell.innerHTML));

// A page, the next one, and the first again, which is the same page. `more`: others make the list longer meanwhile.
// Fifty rows are made alike, and axe takes seconds over them: it looks at them where the list is `whole`, and at all
// else; markup and widths of every list are judged in the pass without script.
async function paged(visitor, path, page, { more = false, whole = false }) {
  if (whole || !visitor.script) await visitor.go(path);
  else assert.equal(await visitor.status(path), 200);
  const first = await rows(visitor);
  assert.equal(first.length, page, path);
  assert.equal(new Set(first).size, page, `${path}: one stands there twice`);
  assert.equal(await visitor.page.getByRole("link", { name: "First page" }).count(), 0);
  await visitor.press("link", "Next");
  await visitor.look();
  const second = await rows(visitor);
  assert.ok(more ? second.length > 0 : second.length === 1, `${path}: ${second.length} on the second page`);
  assert.deepEqual(second.filter((row) => first.includes(row)), [], `${path}: on both pages`);
  if (!more) assert.equal(await visitor.page.getByRole("link", { name: "Next" }).count(), 0);
  await visitor.press("link", "First page");
  assert.equal((await rows(visitor)).length, page);
}

// From the page that is shown.
async function searched(visitor, { path, label, none }, words) {
  const seek = async (text) => {
    await visitor.page.getByLabel(label).fill(text);
    await visitor.press("button", "Search");
  };
  await seek(words);
  await visitor.look();
  assert.equal((await rows(visitor)).length, 1, `${path}: "${words}" is one thing's`);
  // What was sought stays where it was written, and is widened again.
  assert.equal(await visitor.page.getByLabel(label).inputValue(), words);
  await seek("zyzzyva");
  await visitor.look();
  await visitor.says(none);
  assert.equal(await visitor.page.getByRole("link", { name: /First page|Next/ }).count(), 0);
  await seek("");
  assert.ok((await rows(visitor)).length > 1, `${path}: without words everything is there`);
}

// Two members are no long list; what is typed is sought in name and identifier.
async function partners(visitor) {
  await visitor.go("/partners");
  assert.equal((await rows(visitor)).length, 2);
  await searched(visitor, { path: "/partners", label: "Search by name or identifier", none: "No partner’s name holds this." }, "PH/GOV/agency");
}

// The newest exchange's receipt, kept for whoever verifies receipts.
async function receipt(stage, visitor) {
  await visitor.go("/exchanges?kind=query&outcome=answered");
  const newest = visitor.page.locator("main tbody a").first();
  await Promise.all([visitor.page.waitForEvent("load"), newest.click()]);
  await visitor.look();
  stage.keepReceipt(await visitor.download("Download the receipt"));
}

// Words and places that nobody means well with: something is found or not, and nothing breaks.
async function hurt(visitor, path, field) {
  for (const text of HOSTILE) {
    for (const names of [[field], ["after"], ["state", "kind", "decision", "outcome", "partner", "agreement", "lapsing", "from"]]) {
      const query = new URLSearchParams(names.map((name) => [name, text]));
      const got = await visitor.context.request.get(`${visitor.base}${path}?${query}`, { maxRedirects: 0 });
      const what = `${path} with ${names[0]}=${JSON.stringify(text.slice(0, 40))}`;
      assert.ok(got.status() === 200 || (got.status() >= 400 && got.status() < 500), `${what}: ${got.status()}`);
      const page = await got.text();
      assert.ok(!isMarkupAgain(page), `${what}: markup came back as markup`);
      if (page) await visitor.judgeMarkup(what, page);
    }
  }
  // What is said of a list that nothing of this is in.
  await visitor.go(`${path}?${new URLSearchParams({ [field]: field === "system" ? "" : HOSTILE[0] })}`);
}

async function byKeyboard(visitor) {
  const { keyboard } = visitor.page;
  await visitor.go("/incidents");
  await visitor.tabTo("Search by words or reference");
  await keyboard.type("listed");
  await Promise.all([visitor.page.waitForURL(/q=listed/), keyboard.press("Enter")]);
  await visitor.tabTo("Next page");
  await Promise.all([visitor.page.waitForURL(/after=/), keyboard.press("Enter")]);
  await visitor.tabTo("First page");
  await Promise.all([visitor.page.waitForURL(/incidents\?q=listed$/), keyboard.press("Enter")]);
  await visitor.says("a drawer was open");
}

// Parcels from the agency to the borough, enough for a second page of both lists.
async function mailboxes(stage) {
  const { inside, sessions } = stage.endpoints.agency;
  const call = async (method, path, headers, body) => {
    const own = { authorization: `Bearer ${sessions["sender-1"]}`, "x-road-client": "PH/GOV/agency/main" };
    const answer = await fetch(`${inside}/parcels${path}`, { method, headers: { ...own, ...headers }, body });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} /parcels${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  const json = { "content-type": "application/json" };
  const bytes = { "tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream", "upload-offset": "0" };
  for (let number = 0; number <= MAILBOX_PAGE; number += 1) {
    const files = [{ name: "note.txt", size: 5 }];
    const parcel = { to: ["PH/LOC/borough/main/REPORT"], subject: `Listed ${word(number)}`, marking: "official", confirmed: true, files };
    const { parcels } = await call("POST", "", json, JSON.stringify(parcel));
    const own = `/${parcels[0].parcel}`;
    await call("PATCH", `${own}/files/0`, bytes, "a dog");
    await call("POST", `${own}/send`, {});
  }
  const borough = stage.endpoints.borough;
  for (let waited = 0; ; waited += 1) {
    const own = { authorization: `Bearer ${borough.sessions["officer-1"]}`, "x-road-client": "PH/LOC/borough/main" };
    const { parcels } = await (await fetch(`${borough.inside}/parcels?box=in&limit=100`, { headers: own })).json();
    if (parcels.length > MAILBOX_PAGE) return;
    assert.ok(waited < 120, "the parcels do not arrive");
    await new Promise((go) => setTimeout(go, 500));
  }
}
