// What stands around every page: signing in, home, errors, forms of others.
import assert from "node:assert/strict";

export async function walk(stage) {
  for (const script of [true, false]) {
    const visitor = await stage.visitor("borough", { script });
    await visitor.go("/sign-in");
    await visitor.picture("sign-in");
    await visitor.go("/inbox", { status: 200 });
    assert.match(visitor.page.url(), /\/sign-in\?to=%2Finbox$/);
    await visitor.close();
  }

  const visitor = await stage.visitor("borough");
  await visitor.holds(stage.endpoints.borough.token);
  await visitor.go("/");
  await visitor.says("What waits for you");
  await visitor.picture("home");

  const officer = await stage.person("borough", "officer-1");
  await officer.go("/ask/receipt/0193b1d4-0000-7000-8000-000000000000", { status: 404 });
  await officer.says("Page not found");
  await officer.close();

  // The first Tab leads past the header.
  await visitor.go("/");
  await visitor.page.keyboard.press("Tab");
  assert.equal(await visitor.page.evaluate(() => document.activeElement.textContent), "Skip to main content");

  // A form that another site sends, or that is not this session's, does nothing.
  const cookie = (await visitor.context.cookies()).find((one) => one.name === "packhorse");
  const post = (headers, body) => fetch(visitor.base + "/sign-out", {
    method: "POST",
    redirect: "manual",
    headers: { cookie: `packhorse=${cookie.value}`, "content-type": "application/x-www-form-urlencoded", ...headers },
    body,
  });
  assert.equal((await post({}, "")).status, 403);
  const token = await visitor.page.locator("input[name=form_token]").first().inputValue();
  assert.equal((await post({ origin: "https://elsewhere.example" }, `form_token=${token}`)).status, 403);
  assert.equal((await post({ "sec-fetch-site": "cross-site" }, `form_token=${token}`)).status, 403);
  await visitor.close();
}
