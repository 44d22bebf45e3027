// Whatever is put into the forms about incidents, decisions, requests and assets, and whoever goes where they may not.
import assert from "node:assert/strict";
import { DECISION, NOWHERE } from "./60-incidents.mjs";

export async function walk(stage) {
  const governor = await stage.person("borough", "governor-1");
  const now = { "noticed-day": "1", "noticed-month": "11", "noticed-year": "2026", time: "10:00" };
  const reported = { kind: "other", what: "A drill of the form", drill: "yes", ...now };
  await governor.go("/incidents/report");
  await governor.hurt("/incidents/report");
  await governor.hurt("/incidents/report", { with: { kind: "other", ...now } });
  const once = await governor.twice("/incidents/report", reported);
  const incident = once.replace(/\?.*/, "");
  await governor.go(`/incidents/report?exchange=${encodeURIComponent("<script>alert(1)</script>")}`);
  await governor.go("/incidents");
  await governor.go(incident);
  const right = {
    assess: { "assess-risk": "high", "assess-people": "1", "assess-records": "1" }, note: {}, lessons: {},
    link: { "link-link": "exchange" }, regulator: { "regulator-told": "yes" }, people: { "people-told": "no" },
    partner: {}, action: { "action-due-day": "1", "action-due-month": "1", "action-due-year": "2027" },
  };
  for (const [name, fields] of Object.entries(right)) {
    await governor.hurt(`${incident}/${name}`);
    await governor.hurt(`${incident}/${name}`, { with: fields });
  }
  await governor.go(incident);
  await governor.twice(`${incident}/note`, { "note-text": "Said once" });
  await governor.go(incident);
  assert.equal((await governor.text()).split("Said once").length, 2);
  const own = await governor.fields();
  for (const wrong of ["nothing", "..%2Fclose", "%00"]) {
    const { status } = await governor.post(`${incident}/${wrong}`, own);
    assert.ok([404, 405].includes(status), `${wrong}: ${status}`);
  }
  assert.equal((await governor.post(`/incidents/${NOWHERE}/note`, { ...own, "note-text": "x" })).status, 404);

  await governor.go("/decisions/new");
  await governor.hurt("/decisions/new");
  await governor.hurt("/decisions/new", { with: { decision: "withhold", about_child: "no", exchange: "" } });
  await governor.twice("/decisions/new", DECISION);
  await governor.go("/decisions");
  await governor.go("/requests/new");
  await governor.hurt("/requests/new");
  const day = { "received-day": "1", "received-month": "11", "received-year": "2026" };
  await governor.hurt("/requests/new", { with: { kind: "complaint", ...day } });
  const request = (await governor.twice("/requests/new", { kind: "complaint", what: "Slow", channel: "Letter", ...day })).replace(/\?.*/, "");
  await governor.go("/requests");
  await governor.go(request);
  for (const name of ["ask", "extend", "note", "search", "exempt", "answer", "refuse"]) {
    if (!(await governor.form(`${request}/steps/${name}`))) continue;
    await governor.hurt(`${request}/steps/${name}`);
    await governor.go(request);
  }
  if (await governor.form(`${request}/search`)) await governor.hurt(`${request}/search`, { taken: [200, 422, 413] });
  await governor.go("/assets-register/new");
  await governor.hurt("/assets-register/new");
  await governor.hurt("/assets-register/new", { with: { code: "hostile", owner: "", services: "" } });
  await governor.go("/assets-register");
  await governor.go("/assets-register/hostile");

  const unknown = ["incidents", "decisions", "requests", "assets-register"].flatMap((place) => [`/${place}/${NOWHERE}`, `/${place}/..%2F..%2Fetc`]);
  await governor.refused([...unknown, "/assets-register/new?code=nothing", "/incidents/%00"]);
  await governor.refused(["/no-such-page", "/files/secrets.tar"]);
  for (const path of ["/incidents?after=nothing", "/requests?after=%00", "/decisions?after=x", "/assets-register?after=%2F", "/incidents?state=nothing", "/requests?state=%3Cb%3E"]) {
    const status = await governor.status(path);
    assert.ok(status < 500, `${path}: ${status}`);
    await governor.look();
  }
  await governor.close();

  // Who has another role, or is somebody else, gets nothing of it.
  const officer = await stage.person("borough", "officer-2");
  await officer.refused([incident], [403, 404]);
  await officer.refused(["/incidents/log", "/incidents/heard", "/requests", request, "/processing-records", "/exchanges"], [403]);
  await officer.go("/account");
  const mine = await officer.fields();
  for (const [path, fields] of [
    [`${incident}/close`, { "close-outcome": "x", "close-sure": "yes" }],
    [`${incident}/note`, { "note-text": "x" }],
    ["/requests/new", { kind: "complaint", what: "x", channel: "x", ...day }],
    [`${request}/steps/answer`, { "answer-summary": "x" }],
    [`${request}/search`, { identifiers: "AA19AAA" }],
    ["/assets-register/new", { code: "mine", title: "x", description: "x" }],
    ["/assets-register/hostile/statement", { text: "x" }],
  ]) {
    const { status } = await officer.post(path, { ...mine, ...fields });
    assert.ok([403, 404, 422].includes(status), `${path}: ${status}`);
  }
  await officer.close();
}
