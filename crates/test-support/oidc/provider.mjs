// A real OpenID provider (npm oidc-provider) with real keys, for the tests: dev accounts that sign in
// by themselves or on a page, keys that rotate, back-channel logout, and faults on demand.
//
// Usage: node provider.mjs '{"client_url": "http://127.0.0.1:7400", "port": 0}'
// It prints `listening PORT`; `POST /test/…` steers it.

import { createServer } from "node:http";
import { exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";
import { Provider } from "oidc-provider";

const options = JSON.parse(process.argv[2] ?? "{}");
const CLIENT = { id: "countersign", secret: "a-secret-of-the-tests" };

/** Who there is. */
const accounts = {
  alice: { name: "Alice Admin", email: "alice@example.com", groups: ["ops"] },
  bob: { name: "Bob Reviewer", email: "bob@example.com", groups: ["dba"] },
  sam: { name: "Sam Staging", email: "sam@example.com", groups: ["staging-reviewers"] },
  mia: { name: "Mia Member", email: "mia@example.com", groups: ["staff"] },
  nora: { name: "Nora Norole", email: "nora@example.com", groups: ["sales"] },
  una: { name: "Una Unverified", email: "una@example.com", email_verified: false, groups: ["ops"] },
  noemail: { name: "No Mail", groups: ["ops"] },
};

/** Who signs in without being asked, and what goes wrong. */
const control = { account: null, faults: {} };

// Everything below, jose and oidc-provider included, tells the time by this.
const realNow = Date.now;
let skew = 0;
Date.now = () => realNow() + skew * 1000;

async function makeKey(kid) {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" };
}

let keys = [await makeKey("key-1")];
const foreign = await makeKey("key-1");
let provider;

function build(issuer) {
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${options.client_url}/auth/oidc/callback`],
        post_logout_redirect_uris: [`${options.client_url}/sign-in`],
        backchannel_logout_uri: `${options.client_url}/auth/oidc/backchannel-logout`,
        backchannel_logout_session_required: true,
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    jwks: { keys },
    cookies: { keys: ["a-cookie-key-of-the-tests"] },
    claims: {
      openid: ["sub", "sid"],
      email: ["email", "email_verified"],
      profile: ["name", "groups"],
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      deviceFlow: { enabled: true },
    },
    pkce: { required: () => true },
    // Its guard against addresses of this machine would keep it from telling the control plane.
    fetch: (url, { dispatcher: _guard, ...rest }) => fetch(url, rest),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    // Whoever signed in has agreed.
    async loadExistingGrant(ctx) {
      const { client, session, provider: self } = ctx.oidc;
      const known = session.grantIdFor(client.clientId);
      if (known) {
        return self.Grant.find(known);
      }
      const grant = new self.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
    async findAccount(_ctx, id) {
      const account = accounts[id];
      if (!account) return undefined;
      return {
        accountId: id,
        claims: async () => ({ sub: id, email_verified: true, ...account }),
      };
    },
  });
  made.use(tamper);
  made.on("backchannel.error", (_ctx, error) => console.error("back-channel logout:", error));
  return made;
}

/** What goes wrong with tokens, whose signatures are right nonetheless unless that is the fault. */
async function tamper(ctx, next) {
  await next();
  const { faults } = control;
  if (ctx.path !== "/token" || !ctx.body?.id_token) return;
  if (faults.huge_token) {
    ctx.body.id_token += "A".repeat(1024 * 1024);
    return;
  }
  const claims = decode(ctx.body.id_token);
  if (faults.missing_nonce) delete claims.nonce;
  if (faults.another_nonce) claims.nonce = "another-attempt";
  if (faults.token_issuer) claims.iss = "https://evil.example";
  if (faults.token_audience) claims.aud = "another-client";
  if (faults.unsigned) {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    ctx.body.id_token = `${part({ alg: "none" })}.${part(claims)}.`;
  } else if (faults.shared_secret) {
    ctx.body.id_token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(CLIENT.secret));
  } else {
    ctx.body.id_token = await sign(claims, faults.bad_signature ? foreign : keys[0]);
  }
}

function decode(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
}

async function sign(claims, key, typ) {
  const header = { alg: "RS256", kid: key.kid, ...(typ ? { typ } : {}) };
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(key, "RS256"));
}

/** A logout token like a real one, with `change` over its claims (null takes one out). */
async function logoutToken({ change = {}, key = "real", typ = "logout+jwt" }) {
  const now = Math.floor(realNow() / 1000);
  const claims = {
    iss: issuer,
    aud: CLIENT.id,
    iat: now,
    exp: now + 120,
    jti: crypto.randomUUID(),
    events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    ...change,
  };
  for (const [name, value] of Object.entries(claims)) {
    if (value === null) delete claims[name];
  }
  return sign(claims, key === "real" ? keys[0] : foreign, typ);
}

/** What the tests steer it by. */
const commands = {
  /** From here on this account signs in by itself; null shows the page again. */
  account: async ({ account }) => {
    control.account = account;
  },
  faults: async (faults) => {
    control.faults = faults;
    skew = faults.skew ?? 0;
  },
  groups: async ({ account, groups }) => {
    accounts[account].groups = groups;
  },
  rotate: async () => {
    keys = [await makeKey(`key-${crypto.randomUUID()}`)];
    provider = build(issuer);
    return { kid: keys[0].kid };
  },
  logout_token: async (what) => ({ token: await logoutToken(what) }),
};

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function test(request, response) {
  const command = commands[new URL(request.url, issuer).pathname.split("/")[2]];
  const answer = await command(JSON.parse((await body(request)) || "{}"));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(answer ?? {}));
}

/** The page where a person signs in, unless somebody does by themselves. */
async function interact(request, response) {
  const login = new URLSearchParams(request.method === "POST" ? await body(request) : "");
  const account = control.account ?? login.get("login");
  if (login.has("deny") || account === "denied") {
    const error = { error: "access_denied", error_description: "The person said no." };
    await provider.interactionFinished(request, response, error, { mergeWithLastSubmission: false });
    return;
  }
  if (accounts[account]) {
    const result = { login: { accountId: account } };
    await provider.interactionFinished(request, response, result, {
      mergeWithLastSubmission: false,
    });
    return;
  }
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(`<!doctype html><html lang="en"><title>Test provider</title><h1>Sign in</h1>
    <form method="post"><label>Account <input name="login" autofocus></label>
    <button>Sign in</button> <button name="deny" value="1">Cancel</button></form></html>`);
}

async function serve(request, response) {
  const { pathname } = new URL(request.url, issuer);
  if (pathname.startsWith("/test/")) return test(request, response);
  const { faults } = control;
  if (faults.down) {
    request.socket.destroy();
    return;
  }
  const slow = faults.slow && (faults.slow_path ?? pathname) === pathname;
  if (slow) await new Promise((resolve) => setTimeout(resolve, faults.slow * 1000));
  if (faults.discovery_issuer && pathname === "/.well-known/openid-configuration") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ...discovery, issuer: "https://evil.example" }));
    return;
  }
  if (pathname.startsWith("/interaction/")) return interact(request, response);
  return provider.callback()(request, response);
}

let issuer;
let discovery = {};
const server = createServer((request, response) => {
  serve(request, response).catch((error) => {
    console.error(error);
    if (!response.headersSent) response.statusCode = 500;
    response.end();
  });
});
server.listen(options.port ?? 0, "127.0.0.1", async () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  provider = build(issuer);
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  discovery = await answer.json();
  console.log(`listening ${server.address().port}`);
});
