import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RouteName, routes } from "#contracts/api";
import { permits, type Rights, role, rolePermissions, scopePermissions, tokenScope } from "#contracts/roles";
import { sendWithToken, signedInAs, tokenFor } from "./people.ts";
import { pathOf, startApi, type TestApi } from "./workbench.ts";

const names = Object.keys(routes) as RouteName[];

interface Caller {
  readonly name: string;
  readonly rights: Rights | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

let api: TestApi;
let callers: readonly Caller[];
beforeAll(async () => {
  api = await startApi({ STEMMA_SAMPLE: "off" });
  const people: Caller[] = [];
  for (const name of role.options) {
    const { cookie } = await signedInAs(api, name);
    const rights = { role: name, permissions: new Set(rolePermissions[name]) };
    people.push({ name, rights, headers: { Cookie: cookie, Origin: api.workbench.url } });
  }
  const programs: Caller[] = [];
  for (const scope of tokenScope.options) {
    const headers = { Authorization: `Bearer ${await tokenFor(api, scope)}` };
    programs.push({ name: `token ${scope}`, rights: { permissions: new Set(scopePermissions[scope]) }, headers });
  }
  callers = [...people, ...programs, { name: "nobody", rights: undefined, headers: { Origin: api.workbench.url } }];
});
afterAll(() => api.stop());

/** Asks for what does not exist, with a body that every schema refuses: only the access is of interest. */
async function answerTo(name: RouteName, { headers }: Caller): Promise<string> {
  const { method, path } = routes[name];
  const test = request(api.workbench.url)[method](pathOf(path, {})).set(headers);
  const response = await (method === "get" ? test : test.send({ surprise: true }));
  const code: unknown = response.status === 200 ? undefined : response.body.code;
  return code === "sign-in.required" || code === "access.denied" ? code : "permitted";
}

describe("the table of routes and roles", () => {
  it.each(names)("holds for %s, for every role, every scope of a token, and nobody", async (name) => {
    const answers: [string, string][] = [];
    for (const caller of callers) {
      answers.push([caller.name, await answerTo(name, caller)]);
    }
    const { access } = routes[name];
    const refusal = (rights: Rights | undefined) => (rights === undefined ? "sign-in.required" : "access.denied");
    expect(answers).toEqual(
      callers.map(({ name: caller, rights }) => [caller, permits(rights, access) ? "permitted" : refusal(rights)]),
    );
  });

  it("lets only administrators manage people and tokens, and only authors change rules", () => {
    const needing = (access: string) => names.filter((name) => routes[name].access === access);
    expect(needing("administer")).toEqual(expect.arrayContaining(["people", "addPerson", "addServiceToken"]));
    expect(needing("author")).toEqual(expect.arrayContaining(["saveRule", "setRuleEnabled", "saveException"]));
    expect(needing("public").filter((name) => !routes[name].path.startsWith("/api/v1/sign-in"))).toEqual([]);
  });

  it("has no change that reading is enough for", () => {
    const changing = names.filter((name) => routes[name].changes);
    expect(changing.filter((name) => routes[name].access === "read")).toEqual([]);
  });
});

describe("three people with three roles", () => {
  it("see the same, and change what their job includes, each under their own name", async () => {
    const viewer = await signedInAs(api, "viewer");
    const analyst = await signedInAs(api, "analyst");
    const author = await signedInAs(api, "author");
    for (const { cookie, person } of [viewer, analyst, author]) {
      expect(await api.get("me", { cookie })).toMatchObject({
        analyst: person.name,
        person: person.id,
        method: "link",
        role: person.role,
        permissions: rolePermissions[person.role],
      });
      expect((await api.send("queue", { cookie })).status).toBe(200);
    }
    const reload = (cookie: string) => api.send("reloadRules", { cookie, body: {} });
    expect(await reload(viewer.cookie)).toMatchObject({ status: 403, body: { code: "access.denied" } });
    expect((await reload(analyst.cookie)).status).toBe(403);
    expect((await reload(author.cookie)).status).toBe(200);
    expect((await api.get("audit", { query: { limit: 1 } })).items).toMatchObject([
      { actor: author.person.name, origin: { account: author.person.id, method: "link", address: "127.0.0.1" } },
    ]);
    expect((await api.send("people", { cookie: author.cookie })).status).toBe(403);
  });
});

describe("a role that is taken away during a session", () => {
  it("is gone with the next request, and so is one that is given", async () => {
    const { person, cookie } = await signedInAs(api, "author");
    const reload = () => api.send("reloadRules", { cookie, body: {} });
    expect((await reload()).status).toBe(200);
    await api.get("changePerson", { params: { id: person.id }, body: { role: "viewer", note: "moved on" } });
    expect(await reload()).toMatchObject({ status: 403, body: { code: "access.denied" } });
    expect((await api.get("me", { cookie })).permissions).toEqual(["read"]);
    await api.get("changePerson", { params: { id: person.id }, body: { role: "author" } });
    expect((await reload()).status).toBe(200);
  });

  it("ends with the account: a disabled person is signed out at once, and cannot sign in", async () => {
    const { person, cookie } = await signedInAs(api, "analyst");
    const { link } = await api.get("invitePerson", { params: { id: person.id } });
    expect((await api.send("me", { cookie })).status).toBe(200);
    const disabled = await api.get("changePerson", { params: { id: person.id }, body: { disabled: true } });
    expect(disabled).toMatchObject({ state: "disabled", sessions: 0, methods: [] });
    expect(await api.send("me", { cookie })).toMatchObject({ status: 401, body: { code: "sign-in.disabled" } });
    const { pathname, search } = new URL(link);
    expect((await request(api.workbench.url).get(`${pathname}${search}`)).status).toBe(401);
    await api.get("changePerson", { params: { id: person.id }, body: { disabled: false } });
    expect((await api.send("me", { cookie })).status).toBe(401);
  });
});

describe("service tokens", () => {
  it("need no origin, and record their name and use", async () => {
    const created = await api.get("addServiceToken", { body: { name: "soar", scopes: ["triage"] } });
    expect(created.secret).toMatch(/^stemma_[\w-]{43}$/);
    expect(created.secret.startsWith(created.token.prefix)).toBe(true);
    expect(await sendWithToken(api, created.secret, "me")).toMatchObject({
      status: 200,
      body: { analyst: "soar", method: "token", permissions: scopePermissions.triage },
    });
    const hunt = { language: "eql", query: "process where true" } as const;
    expect((await sendWithToken(api, created.secret, "hunt", { body: hunt })).status).toBe(200);
    const { items } = await api.get("serviceTokens");
    expect(items.find(({ id }) => id === created.token.id)?.name).toBe("soar");
    expect(JSON.stringify(items)).not.toContain(created.secret.slice(-20));
  });

  it("are refused when forged, changed, expired or revoked", async () => {
    const { secret, token } = await api.get("addServiceToken", { body: { name: "short", scopes: ["read"], days: 1 } });
    const status = async (text: string) => (await sendWithToken(api, text, "me")).status;
    expect(await status(secret)).toBe(200);
    expect((await sendWithToken(api, "stemma_unknown", "me")).headers["www-authenticate"]).toMatch(/^Bearer /);
    const { body: refused } = await sendWithToken(api, "stemma_unknown", "me");
    expect(refused.detail).toMatch(/^The service token is unknown, revoked or expired/);
    expect(await status(`${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}`)).toBe(401);
    expect(await status(`stemma_${"A".repeat(43)}`)).toBe(401);
    expect(await status(secret.slice("stemma_".length))).toBe(401);
    expect(await status("eyJhbGciOiJub25lIn0.eyJzdWIiOiJsZW5hIn0.")).toBe(401);
    expect(await status(token.id)).toBe(401);
    const other = await api.get("addServiceToken", { body: { name: "long", scopes: ["read"] } });
    expect(await status(other.secret)).toBe(200);
    await api.get("revokeServiceToken", { params: { id: other.token.id } });
    expect(await status(other.secret)).toBe(401);
    api.wait(24 * 3_600_000);
    expect(await status(secret)).toBe(401);
  });

  it("do not make a cookie count from another origin", async () => {
    await api.signInAgain();
    const { cookie } = await signedInAs(api, "administrator");
    const forged = request(api.workbench.url)
      .post(routes.addPerson.path)
      .set("Cookie", cookie)
      .set("Authorization", `Bearer stemma_${"A".repeat(43)}`)
      .set("Origin", "http://evil.example")
      .send({ userName: "eve", name: "Eve", role: "administrator" });
    expect(await forged).toMatchObject({ status: 403, body: { code: "request.cross-origin" } });
  });
});
