// npm's oidc-provider as an organisation's identity provider: certified for OpenID Connect, and not written by us.
// It is in the folder that PACKHORSE_JUDGES_NODE names. Whoever is to sign in next is named by a call to /as/<name>.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = createRequire(join(process.env.PACKHORSE_JUDGES_NODE, "package.json"));
const { Provider } = await import(pathToFileURL(folder.resolve("oidc-provider")));

// Whoever started it is gone when this ends.
process.stdin.resume().on("end", () => process.exit());

const [port, pages] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const people = {
  grace: { name: "Grace Example", groups: ["Data sharing officers", "Everybody"], department: "Housing" },
  graham: { name: "Graham Example", groups: ["Data sharing officers"], department: "Housing" },
  gita: { name: "Gita Example", groups: ["Information governance"], department: "Resources" },
  stranger: { name: "A Stranger", groups: ["Everybody"] },
};
let next = "grace";

const provider = new Provider(issuer, {
  clients: [{
    client_id: "packhorse",
    client_secret: "a secret: with/odd&characters",
    redirect_uris: [`${pages}/sign-in/open-id/return`],
    post_logout_redirect_uris: [`${pages}/signed-out`],
  }],
  cookies: { keys: ["only for tests"] },
  conformIdTokenClaims: false,
  claims: {
    openid: ["sub"], profile: ["name", "preferred_username", "department"],
    email: ["email", "email_verified"], groups: ["groups"],
  },
  scopes: ["openid", "profile", "email", "groups"],
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, logoutSource } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: `subject-of-${id}`, preferred_username: id, email: `${id}@borough.example`, email_verified: true, ...people[id],
    }),
  }),
});

// As its own page, which loads a letter type from elsewhere.
async function logoutSource(context, form) {
  context.body = `<!DOCTYPE html><html lang="en"><title>Sign out</title><h1>Sign out here as well?</h1>${form}
    <button type="submit" form="op.logoutForm" value="yes" name="logout">Yes, sign me out</button></html>`;
}

async function interaction(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    return provider.interactionFinished(request, response, { login: { accountId: next } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid profile email groups");
  const grantId = await grant.save();
  return provider.interactionFinished(request, response, { consent: { grantId } }, { mergeWithLastSubmission: true });
}

createServer((request, response) => {
  if (request.url.startsWith("/as/")) {
    next = request.url.slice(4);
    response.end();
  } else if (request.url.startsWith("/interaction/")) {
    interaction(request, response).catch((error) => { response.statusCode = 500; response.end(String(error)); });
  } else {
    provider.callback()(request, response);
  }
}).listen(Number(port), "127.0.0.1", () => console.log("open"));
