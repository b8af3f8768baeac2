import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Browser } from "../oidc/browser.ts";
import { type Forgery, type HostileProvider, startHostileProvider } from "../oidc/hostile-provider.ts";
import { client } from "../oidc/provider.ts";
import { startApi, type TestApi, wednesday } from "./workbench.ts";

let provider: HostileProvider;
let api: TestApi;
beforeAll(async () => {
  provider = await startHostileProvider();
  api = await startApi({
    STEMMA_SAMPLE: "off",
    STEMMA_OIDC_ISSUER: provider.issuer,
    STEMMA_OIDC_CLIENT_ID: client.id,
    STEMMA_OIDC_CLIENT_SECRET: client.secret,
    STEMMA_OIDC_ROLES: "soc=analyst",
  });
});
afterAll(async () => {
  await api.stop();
  await provider.stop();
});
beforeEach(async () => {
  // Each test has all attempts of its address, and the limits are tests of their own.
  api.wait(10 * 60_000);
  await api.signInAgain();
  provider.forgery = {};
  provider.description = {};
});

async function signIn(browser = new Browser()) {
  const page = await browser.open(`${api.workbench.url}/sign-in/oidc`, api.workbench.url);
  return { page, session: browser.cookie("127.0.0.1", /^stemma_\d+$/) };
}

const now = () => Math.floor(Date.now() / 1000);

describe("an ID token", () => {
  it("that is right signs in", async () => {
    const { session } = await signIn();
    expect(await api.get("me", { cookie: session ?? "" })).toMatchObject({ analyst: "Mallory", role: "analyst" });
  });

  const forgeries: readonly (readonly [string, Forgery])[] = [
    ["signed with another key", { signedWith: "another key" }],
    ["signed with the client secret, which is no key of the provider", { signedWith: "client secret" }],
    ["without a signature", { signedWith: "nothing" }],
    ["signed with a key that is not published", { header: { kid: "unknown" }, signedWith: "another key" }],
    ["with a header that demands what nobody understands", { header: { crit: ["surprise"], surprise: true } }],
    ["that has expired", { claims: { iat: now() - 7_200, exp: now() - 3_600 } }],
    ["without an end", { claims: { exp: undefined } }],
    ["for another client", { claims: { aud: "another client" } }],
    ["for several clients, made out to another one", { claims: { aud: [client.id, "other"], azp: "other" } }],
    ["of another issuer", { claims: { iss: "https://evil.example" } }],
    ["with the nonce of another sign-in", { claims: { nonce: "replayed" } }],
    ["without a nonce", { claims: { nonce: undefined } }],
    ["that is not valid yet", { claims: { nbf: now() + 3_600 } }],
    ["without a subject", { claims: { sub: undefined } }],
    ["with a subject that is no text", { claims: { sub: { $ne: 1 } } }],
  ];
  it.each(forgeries)("%s is refused", async (_, forgery) => {
    provider.forgery = forgery;
    const { page, session } = await signIn();
    expect(page.status).toBe(401);
    expect(page.text).toContain('content="sign-in.refused"');
    expect(session).toBeUndefined();
  });

  it("of an earlier sign-in is refused when the provider sends it again", async () => {
    await signIn();
    const [token = ""] = provider.issued.slice(-1);
    const body = JSON.stringify({ access_token: "any", token_type: "Bearer", id_token: token });
    provider.forgery = { response: () => ({ status: 200, body }) };
    expect(await signIn()).toMatchObject({ page: { status: 401 }, session: undefined });
  });
});

describe("an answer of the provider", () => {
  const answers: readonly (readonly [string, Forgery])[] = [
    ["without an ID token", { response: () => ({ status: 200, body: '{"access_token":"a","token_type":"Bearer"}' }) }],
    ["that is no JSON", { response: () => ({ status: 200, body: "<html>" }) }],
    ["that refuses the code", { response: () => ({ status: 400, body: '{"error":"invalid_grant"}' }) }],
    ["that fails", { response: () => ({ status: 500, body: "" }) }],
    ["that leads elsewhere", { response: () => ({ status: 307, body: "", location: "http://127.0.0.1:1/" }) }],
    ["with another state", { back: (parameters) => parameters.set("state", "other") }],
    ["without a state", { back: (parameters) => parameters.delete("state") }],
    ["with two states", { back: (parameters) => parameters.append("state", "other") }],
    ["without a code", { back: (parameters) => parameters.delete("code") }],
    ["of another issuer", { back: (parameters) => parameters.set("iss", "https://evil.example") }],
    ["with an ID token beside the code", { back: (parameters) => parameters.set("id_token", "a.b.c") }],
  ];
  it.each(answers)("%s is refused", async (_, forgery) => {
    provider.forgery = forgery;
    const { page, session } = await signIn();
    expect([page.status, page.text.includes('content="sign-in.refused"')]).toEqual([401, true]);
    expect(session).toBeUndefined();
  });

  it("that comes after ten minutes is refused", async () => {
    provider.forgery = { back: () => api.wait(10 * 60_000) };
    expect((await signIn()).page.text).toContain("too long");
  });

  const comeBack = async (state: string, cookie: string) => {
    const address = `${api.workbench.url}/sign-in/oidc/callback?code=c&state=${encodeURIComponent(state)}`;
    return (await fetch(address, { headers: { cookie, accept: "text/html" } })).status;
  };

  it("to sign-ins that this server did not begin keeps out nobody who did begin", async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 52; count += 1) {
      const flow = { state: `s${count}`, nonce: "n", verifier: "v".repeat(43), next: "/", startedAt: wednesday };
      const cookie = `stemma_0_oidc=${Buffer.from(JSON.stringify(flow)).toString("base64url")}`;
      statuses.push(await comeBack(flow.state, cookie));
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    expect((await signIn()).session).toBeDefined();
  });

  it("that is made up for one sign-in again and again keeps out nobody else", async () => {
    const begun = await fetch(`${api.workbench.url}/sign-in/oidc`, { redirect: "manual" });
    const cookie = begun.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const state = new URL(begun.headers.get("location") ?? "").searchParams.get("state") ?? "";
    for (let count = 0; count < 52; count += 1) {
      expect([401, 429]).toContain(await comeBack(state, cookie));
      expect(await comeBack("another state", cookie)).toBe(401);
    }
    expect((await signIn()).session).toBeDefined();
  });

  it("is limited per address when it is refused, and a link still works", async () => {
    provider.forgery = { signedWith: "nothing" };
    const statuses: number[] = [];
    for (let count = 0; count < 52; count += 1) {
      statuses.push((await signIn()).page.status);
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    await api.signInAgain();
    expect((await api.send("me")).status).toBe(200);
  });
});

describe("a provider that describes itself as another issuer, or does not respond", () => {
  it("signs in nobody, and does not keep the server from starting or people from signing in otherwise", async () => {
    const other = await startHostileProvider();
    other.description = { issuer: provider.issuer };
    const lonely = await startApi({
      STEMMA_SAMPLE: "off",
      STEMMA_OIDC_ISSUER: other.issuer,
      STEMMA_OIDC_CLIENT_ID: client.id,
      STEMMA_OIDC_DEFAULT_ROLE: "viewer",
    });
    const attempt = () => new Browser().open(`${lonely.workbench.url}/sign-in/oidc`, lonely.workbench.url);
    expect(await attempt()).toMatchObject({ status: 503, text: expect.stringContaining("does not respond") });
    expect((await lonely.send("me")).status).toBe(200);
    // As soon as it is right again, people sign in.
    other.description = {};
    lonely.wait(2_000);
    expect((await attempt()).url.pathname).not.toBe("/sign-in/oidc");
    await other.stop();
    await lonely.stop();
  });
});
