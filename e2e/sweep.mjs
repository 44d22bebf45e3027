// Every form that somebody finds by following links, filled with what people and machines put into forms: it is taken or
// refused, nothing breaks, and no markup comes back as markup. What is sent may be taken: nothing may be walked behind it.
import assert from "node:assert/strict";
import { HOSTILE, isMarkupAgain } from "./hostile.mjs";
import { faultsOfMarkup } from "./judges.mjs";

// Pages of one kind are looked at once: what differs in an id is one kind.
const kind = (path) => path.replace(/\?.*/, "?").split("/").map((part) => (/[0-9A-Z.:]/.test(part) ? "*" : part)).join("/");
// What is no page, and what would end the visit.
const NO_PAGE = /\.(csv|zip|json|xml|svg|css|js)\b|^\/api\/|download|\/receipt|\/pack\b/;
const ENDS_THE_VISIT = /sign-out|everywhere|leave|\/exit/;
const MOST_PAGES = 200;
const AT_ONCE = 4;

// `page` reads HTML and goes nowhere. What kinds of pages are known, what was read and filled, and what broke.
export async function sweep(page, base, cookie) {
  const sweeping = { page, base, cookie, known: new Set(), pages: 0, forms: new Set(), posts: 0, broke: [] };
  const waiting = ["/"];
  while (waiting.length > 0 && sweeping.pages < MOST_PAGES) {
    const path = waiting.shift();
    if (sweeping.known.has(kind(path))) continue;
    sweeping.known.add(kind(path));
    const { links, forms } = await read(sweeping, path);
    waiting.push(...links.filter((link) => link.startsWith("/") && !NO_PAGE.test(link)).map((link) => link.replace(/#.*/, "")));
    for (const form of forms) await fill(sweeping, form, path);
  }
  return sweeping;
}

async function read(sweeping, path) {
  const answer = await fetch(sweeping.base + path, { headers: { cookie: sweeping.cookie } });
  const text = await answer.text();
  if (answer.status >= 500) sweeping.broke.push(`${path}: ${answer.status}`);
  if (!answer.headers.get("content-type")?.includes("text/html")) return { links: [], forms: [] };
  sweeping.pages += 1;
  return sweeping.page.evaluate(([text, path]) => {
    const read = new DOMParser().parseFromString(text, "text/html");
    const links = [...read.querySelectorAll("a[href]")].map((link) => link.getAttribute("href"));
    const forms = [...read.querySelectorAll("main form[method=post]")].map((form) => {
      const named = [...form.elements].filter((one) => one.name);
      const of = (...types) => named.filter((one) => types.includes(one.type));
      return {
        action: form.getAttribute("action") || path,
        files: of("file").map((one) => one.name),
        hidden: of("hidden").map((one) => [one.name, one.value]),
        names: [...new Set(named.filter((one) => !["hidden", "submit", "file"].includes(one.type)).map((one) => one.name))],
        buttons: of("submit").map((one) => [one.name, one.value]),
      };
    });
    return { links, forms };
  }, [text, path]);
}

async function fill(sweeping, form, path) {
  const which = `${kind(form.action)} ${form.names.join()} ${form.files.join()}`;
  if (sweeping.forms.has(which) || ENDS_THE_VISIT.test(form.action)) return;
  sweeping.forms.add(which);
  const sent = ["", ...HOSTILE].flatMap((typed) => (form.buttons.length ? form.buttons.slice(0, 2) : [null]).map((button) => ({ typed, button })));
  while (sent.length > 0) await Promise.all(sent.splice(0, AT_ONCE).map((one) => post(sweeping, form, path, one)));
}

async function post(sweeping, form, path, { typed, button }) {
  const fields = [...form.hidden, ...form.names.map((name) => [name, typed]), ...(button ? [button] : [])];
  const answer = await fetch(sweeping.base + form.action, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: sweeping.cookie },
    body: form.files.length ? withFiles(fields, form.files, typed) : new URLSearchParams(fields),
  });
  const text = await answer.text();
  sweeping.posts += 1;
  const what = `${form.action} of ${path} with ${JSON.stringify(typed.slice(0, 40))}: ${answer.status}`;
  if (answer.status >= 500) sweeping.broke.push(what);
  if (isMarkupAgain(text)) sweeping.broke.push(`${what}: markup came back as markup`);
  // Twice in each form: with nothing in it, and with a script.
  if (text.startsWith("<!") && (typed === "" || typed === HOSTILE[0])) {
    const faults = await faultsOfMarkup(text);
    if (faults.length > 0) sweeping.broke.push(`${what}: the HTML is not valid: ${faults.join("; ")}`);
  }
}

function withFiles(fields, files, typed) {
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  for (const name of files) body.append(name, new Blob([typed]), typed.slice(0, 200) || "empty");
  return body;
}

// What a sweep must have found, that it is none of an empty house.
export function swept(who, { pages, forms, posts, broke }, least) {
  console.log(`${who}: ${pages} pages, ${forms.size} forms filled ${posts} times`);
  assert.deepEqual(broke, [], who);
  assert.ok(forms.size >= least, `${who} finds ${forms.size} forms only: ${[...forms].join("; ")}`);
}
