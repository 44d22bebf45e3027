// Ask a register: what is offered and what not, a question, its answer, a refusal, hostile input.
import assert from "node:assert/strict";
import { HOSTILE } from "../hostile.mjs";

export async function walk(stage) {
  for (const script of [true, false]) {
    const officer = await stage.person("borough", "officer-1", { script });
    await officer.go("/ask");
    await officer.says("agency: Vehicles", "Not offered to you");
    await officer.picture("ask");
    await officer.press("link", "agency: Vehicles");
    await officer.look();

    // Nothing filled in.
    await officer.press("button", "Ask");
    await officer.look();
    assert.match(await officer.page.title(), /^Error: /);
    await officer.says("There is a problem", "Enter a value for vrm", "Enter a case reference");

    await officer.page.getByLabel("Vrm").fill("AA19AAA");
    await officer.page.getByLabel("Case reference").fill("PCN-1");
    await officer.press("button", "Ask");
    await officer.look();
    await officer.says("Answer", "Ada Example", "ZZ99 1AA", "Parking penalty", "PCN-1");
    await officer.says("What was withheld", "Marker");
    await officer.picture("answer");
    const receipt = await officer.download("Download the receipt");
    assert.equal(JSON.parse(receipt).version, 1);
    stage.keepReceipt(receipt);
    const own = await officer.page.getByRole("link", { name: "Download the receipt" }).getAttribute("href");

    // Nothing is held under this mark.
    await officer.press("link", "Ask this register again");
    await officer.page.getByLabel("Vrm").fill("LN09XYZ");
    await officer.page.getByLabel("Case reference").fill("PCN-2");
    await officer.press("button", "Ask");
    await officer.look();
    await officer.says("No answer", "holds nothing");

    // A colleague's receipt is not there, whoever knows its number.
    const colleague = await stage.person("borough", "officer-2", { script });
    await colleague.go(own, { status: 404 });
    await colleague.go("/ask");
    await colleague.says("Not offered to you", "training");
    await colleague.close();
    await officer.close();
  }

  // By keyboard alone.
  const officer = await stage.person("borough", "officer-1");
  await officer.go("/ask");
  await officer.tabTo("agency: Vehicles");
  await officer.page.keyboard.press("Enter");
  await officer.page.waitForURL(/question/);
  await officer.tabTo("Vrm");
  await officer.page.keyboard.type("TE57VRN");
  await officer.tabTo("Case reference");
  await officer.page.keyboard.type("PCN-3");
  await officer.page.keyboard.press("Enter");
  await officer.page.waitForSelector("text=Bob Example");

  // The same form twice: one question on record, one answer seen twice.
  const url = "/ask/question?system=main&service=PH%2FGOV%2Fagency%2Fmain%2Fvehicles";
  await officer.go(url);
  const fields = await officer.fields();
  const form = { ...fields, "key-vrm": "AA19AAA", case: "PCN-4" };
  const [first, second] = await Promise.all([officer.post(url, form), officer.post(url, form)]);
  assert.equal(first.status, 200);
  const number = /ask\/receipt\/([0-9a-f-]+)/;
  assert.equal(first.text.match(number)[1], second.text.match(number)[1]);

  for (const hostile of HOSTILE) {
    await officer.go(url);
    const got = await officer.post(url, { ...(await officer.fields()), "key-vrm": hostile, case: hostile });
    assert.ok([200, 422].includes(got.status), `${JSON.stringify(hostile.slice(0, 40))}: ${got.status}`);
    assert.ok(!got.text.includes("<script>alert"), "markup came back as markup");
    await officer.judgeMarkup("a hostile question", got.text);
  }
  // Registers and systems that are not theirs.
  for (const path of [
    "/ask/question?system=plain&service=PH%2FGOV%2Fagency%2Fmain%2Fvehicles",
    "/ask/question?system=main&service=PH%2FGOV%2Fagency%2Fmain%2Fsecret",
    "/ask/question?system=main&service=..%2F..%2F",
    "/ask/question?system=main",
  ]) {
    const status = await officer.status(path);
    assert.ok(status === 404 || status === 422 || status === 400, `${path}: ${status}`);
  }
  await officer.close();
}
