// Send, Inbox, Sent: a parcel from the agency to the borough, with and without script, and what becomes of it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOSTILE } from "../hostile.mjs";

const FILE = { name: "report <b>1&amp;<b>.txt", mimeType: "text/html", buffer: Buffer.from("twelve pages".repeat(2000)) };

export async function walk(stage) {
  for (const script of [true, false]) {
    const subject = `Report ${script ? "with" : "without"} a script`;
    const sender = await stage.person("agency", "sender-1", { script });
    await sender.go("/send");
    await sender.says("borough", "REPORT", "Parking Services Manager");
    await sender.picture("send");
    await sender.press("button", "Continue to files");
    await sender.look();
    await sender.says("There is a problem", "Select a recipient", "Enter a subject");
    await sender.page.getByLabel("borough, ", { exact: false }).first().check();
    await sender.page.getByLabel("Subject", { exact: true }).fill(subject);
    await sender.page.getByLabel("Your reference (optional)").fill("R-1");
    await sender.page.getByLabel("OFFICIAL", { exact: true }).check();
    await sender.press("button", "Continue to files");
    if ((await sender.text()).includes("I have checked")) {
      await sender.look();
      await sender.page.getByLabel("I have checked that this is the right recipient").check();
      await sender.press("button", "Continue to files");
    }
    await sender.look();
    await sender.says("Add files and check", subject);
    // Where files go by themselves there is nothing to press.
    assert.equal(await sender.page.getByRole("button", { name: "Upload", exact: true }).count(), script ? 0 : 1);
    await sender.page.setInputFiles("#file", FILE);
    if (script) await sender.page.waitForSelector(`li:has-text("24 kB")`);
    else await sender.press("button", "Upload");
    await sender.look();
    await sender.says("report _b_1&amp;_b_.txt");
    await sender.picture("check");
    await sender.press("button", "Send now");
    await sender.look();
    await sender.says("Parcel sent");
    await sender.picture("sent");
    const number = (await sender.page.locator(".govuk-panel__body strong").innerText()).trim();

    const officer = await stage.person("borough", "officer-1", { script });
    await until(async () => {
      await officer.page.goto(officer.base + "/inbox");
      return (await officer.text()).includes(subject);
    });
    await officer.look();
    await officer.picture("inbox");
    await officer.go("/");
    await officer.says("to collect");
    await officer.go("/inbox");
    await officer.press("link", subject);
    await officer.look();
    const file = await officer.download("report");
    assert.equal(file, FILE.buffer.toString());
    await officer.page.reload();
    await officer.says("Collected");
    await officer.press("link", "Acknowledge", "button");
    await officer.look();
    await officer.press("button", "Acknowledge");
    await officer.look();
    await officer.says("Acknowledged", "Signature");
    await officer.picture("parcel");
    stage.keepReceipt(await officer.download("Download the receipt"));

    await until(async () => {
      await sender.page.goto(`${sender.base}/parcel/main/${number}`);
      return (await sender.text()).includes("Acknowledged: the recipient deals with it");
    });
    await sender.look();
    await sender.go("/sent");
    // What it was about went with its content; what it was, and that it arrived, stays.
    await sender.says("Parcel for REPORT", "Acknowledged");

    // Somebody who is not in that mailbox finds nothing, whoever's number they know.
    const other = await stage.person("borough", "clerk-2", { script });
    await other.go(`/parcel/main/${number}`, { status: 404 });
    await other.go(`/parcel/main/${number}/receipt`, { status: 404 });
    await other.go("/inbox");
    await other.says("No mailbox is yours yet");
    await other.go("/send");
    await other.says("No mailbox is yours yet");
    await other.close();
    await officer.close();
    await sender.close();
  }

  await byKeyboard(stage);
  await brokenOff(stage);
  const sender = await stage.person("agency", "sender-1");
  for (const hostile of HOSTILE) {
    await sender.go("/send");
    const form = { ...(await sender.fields()), to: "PH/LOC/borough/main/REPORT", subject: hostile, reference: hostile, note: hostile, marking: hostile };
    const got = await sender.post("/send?system=main", form);
    assert.equal(got.status, 422, JSON.stringify(hostile.slice(0, 40)));
    await sender.judgeMarkup("a hostile parcel", got.text);
  }
  // Recalled before it is collected.
  await sender.go("/send");
  const opened = await sender.post("/send?system=main", {
    ...(await sender.fields()), to: "PH/LOC/borough/main/REPORT", subject: "To be recalled", marking: "official", confirmed: "yes",
  });
  assert.equal(opened.status, 303, opened.text);
  const draft = opened.location;
  await sender.go(draft);
  const hurtful = ["../../evil.sh", "a\u202efdp.exe", "con", "x".repeat(300) + ".txt", "nul\u0000.txt", ".htaccess"];
  for (const name of hurtful) {
    const form = new FormData();
    form.append("form_token", (await sender.fields()).form_token);
    form.append("file", new Blob(["x"]), name);
    const got = await sender.post(`${draft}/file`, form);
    // A header with a NUL makes no form at all.
    const refused = name.includes("\u0000") ? 403 : 422;
    assert.ok([303, refused].includes(got.status), `${JSON.stringify(name)}: ${got.status} ${got.text}`);
  }
  const foreign = new FormData();
  foreign.append("form_token", "not ours");
  foreign.append("file", new Blob(["x"]), "x.txt");
  assert.equal((await sender.post(`${draft}/file`, foreign)).status, 403);
  await sender.go(draft);
  assert.ok(!(await sender.text()).includes("..") && !(await sender.text()).includes("\u202e"));
  await sender.press("button", "Send now");
  await sender.press("link", "Follow this parcel");
  await sender.press("link", "Extend", "button");
  await sender.look();
  await sender.page.getByLabel("Day").fill("31");
  await sender.page.getByLabel("Month").fill("2");
  await sender.page.getByLabel("Year").fill("2099");
  await sender.press("button", "Extend");
  await sender.says("must be a real date");
  await sender.press("link", "Cancel");
  await sender.press("link", "Recall", "button");
  await sender.press("button", "Recall");
  await sender.says("Enter a reason");
  await sender.page.getByLabel("Reason").fill("Sent to the wrong desk");
  await sender.press("button", "Recall");
  await sender.look();
  await sender.says("Sent to the wrong desk");
  await sender.close();
}

// Sent, collected and acknowledged without a pointer.
async function byKeyboard(stage) {
  const sender = await stage.person("agency", "sender-1");
  const enter = (visitor) => Promise.all([visitor.page.waitForEvent("load"), visitor.page.keyboard.press("Enter")]);
  const choose = async (visitor, label) => {
    const whole = await visitor.page.getByLabel(label).first().evaluate((one) => one.labels[0].textContent.trim());
    await visitor.tabTo(whole);
    await visitor.page.keyboard.press("Space");
  };
  await sender.go("/send");
  await choose(sender, "borough, ");
  await sender.tabTo("Subject");
  await sender.page.keyboard.type("Report by keyboard");
  await enter(sender);
  if ((await sender.text()).includes("I have checked")) {
    await choose(sender, "I have checked");
    await enter(sender);
  }
  await sender.says("Add files and check");
  const label = await sender.page.locator("#file").evaluate((one) => one.labels[0].textContent.trim());
  // Waited for from here on: it takes the driver a moment until it would see one.
  const chosen = sender.page.waitForEvent("filechooser");
  await sender.tabTo(label);
  await sender.page.keyboard.press("Enter");
  await (await chosen).setFiles(FILE);
  await sender.page.waitForSelector(`li:has-text("24 kB")`);
  await sender.tabTo("Send now");
  await enter(sender);
  await sender.says("Parcel sent");
  const officer = await stage.person("borough", "officer-1");
  await until(async () => {
    await officer.page.goto(officer.base + "/inbox");
    return (await officer.text()).includes("Report by keyboard");
  });
  await officer.tabTo("Report by keyboard");
  await enter(officer);
  await officer.tabTo("report _b_1&amp;_b_.txt");
  await Promise.all([officer.page.waitForEvent("download"), officer.page.keyboard.press("Enter")]);
  await officer.page.reload();
  for (const step of [1, 2]) {
    await officer.tabTo("Acknowledge");
    await enter(officer);
    await officer.says(step === 1 ? "The sender is told" : "Acknowledged");
  }
  await officer.close();
  await sender.close();
}

// A file is dropped; another breaks off, the page is loaded again, and it goes on where it ended.
async function brokenOff(stage) {
  const sender = await stage.person("agency", "sender-1");
  await sender.go("/send");
  const draft = await sender.post("/send?system=main", {
    ...(await sender.fields()), to: "PH/LOC/borough/main/REPORT", subject: "Broken off", marking: "official", confirmed: "yes",
  });
  await sender.go(draft.location);
  const { page } = sender;
  const listed = (name, unit) => page.waitForFunction(([name, unit]) => {
    const lines = [...document.querySelectorAll("main li")].map((line) => line.textContent);
    return lines.some((line) => line.includes(name) && line.includes(unit));
  }, [name, unit]);
  const dropped = await page.evaluateHandle(() => {
    const files = new DataTransfer();
    files.items.add(new File(["twelve pages"], "dropped.txt", { type: "text/plain" }));
    return files;
  });
  await page.dispatchEvent("[data-drop]", "drop", { dataTransfer: dropped });
  await listed("dropped.txt", "12 bytes");

  const folder = mkdtempSync(join(tmpdir(), "broken-off-"));
  const file = join(folder, "broken-off.bin");
  writeFileSync(file, Buffer.alloc(20_000_000, "twelve pages"));
  const offsets = [];
  let isBroken = true;
  await page.route("**/*", (route) => {
    if (route.request().method() !== "PATCH") return route.continue();
    offsets.push(Number(route.request().headers()["upload-offset"]));
    return isBroken && offsets.length > 1 ? route.abort() : route.continue();
  });
  await page.setInputFiles("#file", file);
  await page.waitForSelector("text=the connection broke off, going on in a moment");
  // The browser says so as well, and nothing else.
  assert.ok(sender.faults.every((fault) => fault.includes("Failed to load resource")), `${sender.faults}`);
  sender.faults.length = 0;
  await sender.go(draft.location);
  isBroken = false;
  const before = offsets.length;
  // When it is whole, the page loads itself again.
  await Promise.all([page.waitForEvent("load"), page.setInputFiles("#file", file)]);
  await listed("broken-off.bin", "20 MB");
  assert.equal(offsets[before], 8 * 1024 * 1024, `it begins again: ${offsets}`);
  assert.equal(offsets.filter((offset) => offset === 0).length, 1, `it is sent twice: ${offsets}`);
  rmSync(folder, { recursive: true });
  await sender.look();
  await sender.close();
}

async function until(isSo) {
  for (let tried = 0; tried < 100; tried += 1) {
    if (await isSo()) return;
    await new Promise((go) => setTimeout(go, 300));
  }
  assert.fail("waited in vain");
}
