// Lets npm's age-encryption judge what we seal, and shows the test vectors of the format.
// The packages are in the folder that PACKHORSE_JUDGES_NODE names.
//
//   node seal.mjs seal RECIPIENT...   plaintext in, sealed message out
//   node seal.mjs open IDENTITY       sealed message in, plaintext out
//   node seal.mjs vectors             one JSON object per vector out
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inflateSync } from "node:zlib";

const folder = createRequire(join(process.env.PACKHORSE_JUDGES_NODE, "package.json"));
const load = (name) => import(pathToFileURL(folder.resolve(name)));

function say(bytes) {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

async function seal(...recipients) {
  const { Encrypter } = await load("age-encryption");
  const encrypter = new Encrypter();
  recipients.forEach((recipient) => encrypter.addRecipient(recipient));
  say(await encrypter.encrypt(readFileSync(0)));
}

async function open(identity) {
  const { Decrypter } = await load("age-encryption");
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  say(await decrypter.decrypt(readFileSync(0)));
}

// A vector is lines of "key: value", an empty line, and the message, perhaps compressed.
async function vectors() {
  for (const [name, bytes] of Object.entries(await load("cctv-age"))) {
    const file = Buffer.from(bytes);
    const end = file.indexOf("\n\n");
    const lines = file.subarray(0, end).toString().split("\n").map((line) => line.split(": "));
    const all = (key) => lines.filter(([found]) => found === key).map(([, value]) => value);
    const rest = file.subarray(end + 2);
    const message = all("compressed").length ? inflateSync(rest) : rest;
    const vector = {
      name,
      expect: all("expect")[0],
      armored: all("armored").length > 0,
      payload: all("payload")[0] ?? "",
      identities: all("identity"),
      message: message.toString("base64"),
    };
    say(Buffer.from(JSON.stringify(vector) + "\n"));
  }
}

const [command, ...rest] = process.argv.slice(2);
await { seal, open, vectors }[command](...rest);
