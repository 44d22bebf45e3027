// Makes the pages' style sheet and script: node build.mjs <folder with node_modules> <folder to write to>
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [installed, out] = process.argv.slice(2).map((folder) => resolve(folder));
const here = dirname(fileURLToPath(import.meta.url));
const sass = createRequire(join(installed, "package.json"))("sass");

const css = sass.compile(join(here, "style.scss"), {
  loadPaths: [join(installed, "node_modules"), here],
  style: "compressed",
  quietDeps: true,
}).css;
if (/url\(|@font-face|crown|transport/i.test(css)) {
  throw new Error("the style sheet asks for a file, a font or the crown");
}
writeFileSync(join(out, "govuk.css"), css + "\n");

const bundle = join(installed, "node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js");
const script = readFileSync(bundle, "utf8").replace(/\n?\/\/# sourceMappingURL=.*\n?/, "\n");
writeFileSync(join(out, "govuk.js"), script);
