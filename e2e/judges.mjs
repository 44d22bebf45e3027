// Who judges pages: html-validate their markup, axe whether they keep anybody out; and what they have judged before.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { packages } from "./browser.mjs";

const { HtmlValidate, StaticConfigLoader } = await import(pathToFileURL(packages.resolve("html-validate")).href);
const axe = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");

// Long lines and void elements are a matter of taste; govuk-frontend's own markup repeats roles for old readers.
const html = new HtmlValidate(new StaticConfigLoader({
  extends: ["html-validate:recommended"],
  rules: {
    "long-title": "off",
    "void-style": "off",
    "no-inline-style": "error",
    "no-trailing-whitespace": "off",
    "prefer-native-element": "off",
    "no-redundant-role": "off",
    "require-sri": "off",
    "no-raw-characters": "off",
    "no-implicit-input-type": "off",
    "form-dup-name": "off",
    "no-redundant-for": "off",
    "tel-non-breaking": "off",
    "attribute-boolean-style": "off",
    "valid-autocomplete": "off",
  },
}));

// What is not valid in a page's text.
export async function faultsOfMarkup(text) {
  const report = await html.validateString(text);
  return report.results.flatMap((result) => result.messages).map((one) => `${one.line}: ${one.ruleId}: ${one.message}`);
}

// Whom the page that is shown keeps out. Axe is put in by the driver, past the page's own policy, once for a document.
export async function faultsOfAccess(page) {
  const found = await page.evaluate(run);
  if (found) return found;
  await page.evaluate(axe);
  return page.evaluate(run);
}

// In the page. What passes need not be told of; every violation is.
async function run() {
  if (!globalThis.axe) return null;
  const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await globalThis.axe.run(document, { runOnly, resultTypes: ["violations"] });
  return violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(" ")}`);
}

// In the page: what a keyboard does not reach, or reaches without anybody seeing where it is (WCAG 2.1.1, 2.4.7).
export function faultsOfKeyboard() {
  const drawn = (one) => [one, ...(one.labels ?? [])].flatMap((part) => [null, "::before"].map((pseudo) => {
    const style = getComputedStyle(part, pseudo);
    return [style.outline, style.boxShadow, style.backgroundColor, style.borderColor, style.clip, style.color].join();
  })).join("|");
  const before = document.activeElement;
  const controls = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")];
  const faults = [];
  for (const one of controls.filter((one) => !one.disabled && one.checkVisibility())) {
    document.activeElement.blur();
    const plain = drawn(one);
    one.focus({ preventScroll: true });
    if (document.activeElement !== one || one.tabIndex < 0) faults.push(`not reached: ${one.outerHTML.slice(0, 160)}`);
    else if (drawn(one) === plain) faults.push(`reached unseen: ${one.outerHTML.slice(0, 160)}`);
  }
  // Of radios of which none is chosen, the one that had the focus last gets it again: that is the first, as it was.
  for (const radio of [...document.querySelectorAll("input[type=radio]")].reverse()) radio.focus({ preventScroll: true });
  // Back to where the next Tab would have gone on: to the beginning, where nothing had the focus.
  const from = before === document.body ? document.documentElement : before;
  if (from === document.documentElement) from.tabIndex = -1;
  from.focus({ preventScroll: true });
  if (from === document.documentElement) {
    from.blur();
    from.removeAttribute("tabindex");
  }
  return faults;
}

// In the page: everything that decides what the judges find. The document as it stands, not as it was sent; what was
// typed and chosen, which no markup shows; where the focus and the pointer are, which change colours.
export function standing() {
  const fields = [...document.querySelectorAll("input:not([type=hidden]), select, textarea")];
  const all = [...document.querySelectorAll("*")];
  const marked = [...document.querySelectorAll(":focus, :hover, :target")].map((one) => all.indexOf(one));
  const typed = fields.map((one) => [one.value, one.checked, one.disabled, one.files?.length]);
  return JSON.stringify([document.documentElement.outerHTML, typed, marked]);
}

// Pages that were judged. One that is exactly the same would be judged the same: markup, axe and widths look at nothing
// else. Only what is drawn by lot for each page or session is taken out first, and nothing of it is ever shown: it
// stands in values of hidden fields and of the upload's own attribute.
export class Judged {
  #digests = new Set();

  isNew(kind, text) {
    const same = text.replaceAll(/(name=\\?"form_(?:token|id)\\?" value=\\?"|data-token=\\?")[\w-]*/g, "$1");
    const digest = createHash("sha256").update(`${kind}\n${same}`).digest("base64");
    if (this.#digests.has(digest)) return false;
    this.#digests.add(digest);
    return true;
  }
}
