import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser, type Page } from "../oidc/browser.ts";
import { client, startProvider, type TestProvider } from "../oidc/provider.ts";
import { freePort, startApi, type TestApi } from "./workbench.ts";

const roles = "soc=analyst,detection=author,cn=leads,ou=groups=administrator";

let folder: string;
let provider: TestProvider;
let api: TestApi;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-oidc-"));
  const port = await freePort();
  provider = await startProvider(() => `http://127.0.0.1:${port}`);
  api = await startApi({
    STEMMA_SAMPLE: "off",
    STEMMA_PORT: String(port),
    STEMMA_OIDC_ISSUER: provider.issuer,
    STEMMA_OIDC_CLIENT_ID: client.id,
    STEMMA_OIDC_CLIENT_SECRET: client.secret,
    STEMMA_OIDC_NAME: "Nordwind",
    STEMMA_OIDC_ROLES: roles,
  });
});
afterAll(async () => {
  await api.stop();
  await provider.stop();
  await rm(folder, { recursive: true });
});

const begin = (browser: Browser, next = "/") =>
  browser.open(`${api.workbench.url}/sign-in/oidc?next=${encodeURIComponent(next)}`, api.workbench.url);

/** Signs in at the provider as a person there; the page that this ends on. */
async function signInAs(browser: Browser, login: string, next?: string): Promise<Page> {
  let page = await begin(browser, next);
  if (page.text.includes('name="login"')) {
    page = await browser.submit(page, { login, password: "any" });
  }
  if (page.text.includes('value="consent"')) {
    page = await browser.submit(page, {});
  }
  return page;
}

const session = (browser: Browser) => browser.cookie("127.0.0.1", /^stemma_\d+$/) ?? "";

describe("signing in with the identity provider", () => {
  it("is offered with the name that the settings give", async () => {
    expect((await api.get("signInOptions")).oidc).toEqual({ name: "Nordwind", url: "/sign-in/oidc" });
  });

  it("makes an account with the role of the highest group, and goes on to the page that was asked for", async () => {
    provider.accounts.set("mira", {
      name: "Mira Holm",
      preferred_username: "mira",
      groups: ["all", "detection", "soc"],
    });
    const browser = new Browser();
    const page = await signInAs(browser, "mira", "/rules?sort=name");
    expect(page.url.href).toBe(`${api.workbench.url}/rules?sort=name`);
    expect(await api.get("me", { cookie: session(browser) })).toMatchObject({
      analyst: "Mira Holm",
      method: "oidc",
      role: "author",
    });
    const { person } = await api.get("ownAccount", { cookie: session(browser) });
    expect(person).toMatchObject({ userName: "mira", source: "oidc", methods: ["oidc"], sessions: 1 });
    const { items } = await api.get("audit", { query: { kind: "person", id: person.id } });
    expect(items.map(({ action, origin }) => [action, origin?.method])).toEqual([
      ["person.signed-in", "oidc"],
      ["person.added", "oidc"],
    ]);
    expect(browser.cookie("127.0.0.1", /_oidc$/)).toBeUndefined();
  });

  it("works under another name of the server, too, and goes on under the one that the provider knows", async () => {
    provider.accounts.set("mira", { name: "Mira Holm", preferred_username: "mira", groups: ["soc"] });
    const browser = new Browser();
    const other = api.workbench.url.replace("127.0.0.1", "localhost");
    let page = await browser.open(`${other}/sign-in/oidc?next=/hunt`, other);
    page = await browser.submit(page, { login: "mira", password: "any" });
    page = await browser.submit(page, {});
    expect(page.url.href).toBe(`${api.workbench.url}/hunt`);
    expect((await api.get("me", { cookie: session(browser) })).analyst).toBe("Mira Holm");
  });

  it("follows the groups and the name at the next sign-in, in the same account", async () => {
    provider.accounts.set("kai", { name: "Kai", preferred_username: "kai", groups: "soc" });
    const browser = new Browser();
    await signInAs(browser, "kai");
    const first = await api.get("me", { cookie: session(browser) });
    expect(first).toMatchObject({ analyst: "Kai", role: "analyst" });
    provider.accounts.set("kai", { name: "Kai Berg", preferred_username: "berg", groups: ["cn=leads,ou=groups"] });
    await signInAs(browser, "kai");
    const second = await api.get("me", { cookie: session(browser) });
    expect(second).toMatchObject({ analyst: "Kai Berg", role: "administrator", person: first.person });
    const { items } = await api.get("audit", { query: { kind: "person", id: first.person ?? "" } });
    expect(items.find(({ action }) => action === "person.changed")).toMatchObject({
      before: { name: "Kai", role: "analyst" },
      after: { name: "Kai Berg", role: "administrator" },
    });
  });

  it("refuses people without a group that has a role, and ends their sessions from before", async () => {
    provider.accounts.set("ada", { name: "Ada", groups: ["soc"] });
    const browser = new Browser();
    await signInAs(browser, "ada");
    const before = session(browser);
    expect((await api.send("me", { cookie: before })).status).toBe(200);
    provider.accounts.set("ada", { name: "Ada", groups: ["sales"] });
    const page = await signInAs(browser, "ada");
    expect(page).toMatchObject({ status: 401, text: expect.stringContaining("None of your groups") });
    expect(page.text).toContain('content="sign-in.refused"');
    expect((await api.send("me", { cookie: before })).status).toBe(401);
    provider.accounts.set("eve", { name: "Eve" });
    expect((await signInAs(new Browser(), "eve")).status).toBe(401);
    const { items } = await api.get("people");
    expect(items.filter(({ name }) => name === "Eve")).toEqual([]);
  });

  it("identifies people by issuer and subject alone: a name that is taken gives no access to its account", async () => {
    provider.accounts.set("subject-1", {
      name: "lena",
      preferred_username: "lena",
      email: "lena@x.example",
      groups: ["soc"],
    });
    const browser = new Browser();
    await signInAs(browser, "subject-1");
    const { person } = await api.get("ownAccount", { cookie: session(browser) });
    expect(person).toMatchObject({ userName: "lena-2", role: "analyst", source: "oidc" });
    expect((await api.get("ownAccount")).person).toMatchObject({ userName: "lena", role: "administrator" });
  });

  it("does not let a disabled person in, and leaves passwords, passkeys, links and roles to the provider", async () => {
    provider.accounts.set("tom", { name: "Tom", groups: ["soc"] });
    const browser = new Browser();
    await signInAs(browser, "tom");
    const cookie = session(browser);
    const { person } = await api.get("ownAccount", { cookie });
    const external = { status: 409, body: { code: "person.external" } };
    const params = { id: person.id };
    expect(await api.send("setPassword", { body: { password: "quiet harbour" }, cookie })).toMatchObject(external);
    expect(await api.send("newPasskeyOptions", { cookie, hostName: "localhost" })).toMatchObject(external);
    expect(await api.send("invitePerson", { params })).toMatchObject(external);
    expect(await api.send("changePerson", { params, body: { role: "viewer" } })).toMatchObject(external);
    await api.get("changePerson", { params, body: { disabled: true } });
    expect((await api.send("me", { cookie })).status).toBe(401);
    expect((await signInAs(browser, "tom")).text).toContain("disabled");
  });

  it("treats what the provider says as text", async () => {
    const name = "<img src=x onerror=alert(1)>\u202e\u0000 ";
    provider.accounts.set("odd", { name, preferred_username: "x".repeat(5_000), groups: ["soc", "__proto__"] });
    const browser = new Browser();
    await signInAs(browser, "odd", "//evil.example/");
    const { person } = await api.get("ownAccount", { cookie: session(browser) });
    expect(person.name).toBe("<img src=x onerror=alert(1)>");
    expect(person.userName).toBe("x".repeat(90));
  });
});

describe("the way back from the identity provider", () => {
  const callback = (search: string) => `${api.workbench.url}/sign-in/oidc/callback${search}`;

  it("is refused without a beginning in this browser, with another state, and a second time", async () => {
    provider.accounts.set("mira", { name: "Mira Holm", groups: ["soc"] });
    const stranger = new Browser();
    expect((await stranger.open(callback("?code=stolen&state=s"), provider.issuer)).status).toBe(401);
    const victim = new Browser();
    await begin(victim);
    expect((await victim.open(callback("?code=stolen&state=s"), provider.issuer)).status).toBe(401);
    expect(victim.cookie("127.0.0.1", /_oidc$/)).toBeUndefined();
    expect(session(victim)).toBe("");
  });

  it("explains that the person or the provider has declined", async () => {
    const browser = new Browser();
    const login = await begin(browser);
    const abort = /href="([^"]*\/abort)"/.exec(login.text)?.[1] ?? "";
    const page = await browser.open(new URL(abort, login.url).href, login.url.href);
    expect(page).toMatchObject({ status: 401, text: expect.stringContaining("refused to sign you in") });
  });

  it("goes nowhere else than to this server", async () => {
    provider.accounts.set("mira", { name: "Mira Holm", groups: ["soc"] });
    for (const next of ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]) {
      const page = await signInAs(new Browser(), "mira", next);
      expect([next, page.url.href]).toEqual([next, `${api.workbench.url}/`]);
    }
  });
});

it("looking whether an address of the way exists uses nothing up", async () => {
  const response = await fetch(`${api.workbench.url}/sign-in/oidc/callback?code=c&state=s`, { method: "HEAD" });
  expect(response.status).toBe(405);
});

describe("signing out", () => {
  it("ends the session here and leads to the provider, which ends its own and comes back", async () => {
    provider.accounts.set("lea", { name: "Lea", groups: ["soc"] });
    const browser = new Browser();
    await signInAs(browser, "lea");
    const cookie = session(browser);
    const { url = "" } = await api.get("signOut", { body: {}, cookie });
    expect(new URL(url).origin).toBe(provider.issuer);
    expect((await api.send("me", { cookie })).status).toBe(401);
    const asked = await browser.open(url, api.workbench.url);
    const back = await browser.submit(asked, { logout: "yes" });
    expect(`${back.url.origin}${back.url.pathname}`).toBe(`${api.workbench.url}/sign-in`);
    expect(provider.sessionsEnded()).toBe(1);
    expect((await begin(browser)).text).toContain('name="login"');
  });

  it("stays here for those who signed in otherwise", async () => {
    await api.signInAgain();
    expect(await api.get("signOut", { body: {} })).toEqual({});
    await api.signInAgain();
  });
});
