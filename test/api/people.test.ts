import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signedInAs } from "./people.ts";
import { first, signIn, startApi, type TestApi } from "./workbench.ts";

const day = 86_400_000;

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ STEMMA_SAMPLE: "off" });
});
afterAll(() => api.stop());

const open = (link: string) => request(api.workbench.url).get(`/sign-in${new URL(link).search}`);

describe("people", () => {
  it("are invited with a link that works once, within seven days, and until there is a newer one", async () => {
    const body = { userName: "Nele", name: "Nele Sand", role: "analyst", note: "night shift" } as const;
    const { person, link, expiresAt } = await api.get("addPerson", { body });
    expect(person).toMatchObject({
      state: "invited",
      source: "local",
      methods: ["link"],
      createdBy: "lena",
      version: 1,
    });
    expect(link).toMatch(new RegExp(`^${api.workbench.url}/sign-in\\?token=[\\w-]{43}$`));
    const newer = await api.get("invitePerson", { params: { id: person.id } });
    expect((await open(link)).status).toBe(401);
    expect((await open(newer.link)).status).toBe(303);
    expect((await open(newer.link)).status).toBe(401);
    const after = await api.get("person", { params: { id: person.id } });
    expect(after).toMatchObject({ state: "active", methods: [], sessions: 1 });
    const late = await api.get("invitePerson", { params: { id: person.id } });
    expect(Date.parse(late.expiresAt) - Date.parse(expiresAt)).toBe(0);
    api.wait(7 * day);
    await api.signInAgain();
    expect((await open(late.link)).status).toBe(401);
  });

  it("have user names that are unique without regard to case", async () => {
    const add = (userName: string) => api.send("addPerson", { body: { userName, name: "N", role: "viewer" } });
    expect((await add("Jörg")).status).toBe(200);
    for (const taken of ["jÖRG", "ＪÖＲＧ", "lena", "LENA"]) {
      expect(await add(taken)).toMatchObject({ status: 409, body: { code: "person.exists" } });
    }
    for (const odd of ["", " ", "a\u0000b", "\u202eevil", "x".repeat(101)]) {
      expect(await add(odd)).toMatchObject({ status: 400, body: { code: "request.invalid" } });
    }
    expect((await add("__proto__")).status).toBe(200);
  });

  it("come in pages by name", async () => {
    const names: string[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await api.get("people", { query: { limit: 2, ...(cursor === undefined ? {} : { cursor }) } });
      names.push(...page.items.map(({ name }) => name.toLowerCase()));
      cursor = page.next;
      more = cursor !== undefined;
      expect(page.total).toBeGreaterThan(2);
    }
    expect(names).toEqual(names.toSorted());
    expect(new Set(names).size).toBeGreaterThan(2);
  });

  it("cannot change their own role or disable themselves, and their name they can", async () => {
    const { person, cookie } = await signedInAs(api, "administrator");
    const change = (body: object) => api.send("changePerson", { params: { id: person.id }, body, cookie });
    expect(await change({ role: "viewer" })).toMatchObject({ status: 403, body: { code: "access.denied" } });
    expect(await change({ disabled: true })).toMatchObject({ status: 403, body: { code: "access.denied" } });
    expect(await change({ name: "Somebody" })).toMatchObject({ status: 200, body: { name: "Somebody", version: 2 } });
    expect((await api.get("me", { cookie })).analyst).toBe("Somebody");
  });

  it("always include an administrator", async () => {
    const { person, cookie } = await signedInAs(api, "administrator");
    const { items } = await api.get("people", { query: { limit: 500 } });
    for (const other of items.filter(({ role, id }) => role === "administrator" && id !== person.id)) {
      await api.get("changePerson", { params: { id: other.id }, body: { role: "viewer" }, cookie });
    }
    // Two administrators who demote each other at once: one of them stays.
    const link = await api.get("addPerson", { body: { userName: "b", name: "B", role: "administrator" }, cookie });
    const second = await signIn(link.link);
    const demote = (id: string, by: string) =>
      api.send("changePerson", { params: { id }, body: { role: "viewer" }, cookie: by });
    const both = await Promise.all([demote(link.person.id, cookie), demote(person.id, second)]);
    expect(both.map(({ status }) => status).toSorted()[0]).toBe(200);
    expect(both.map(({ status }) => status).toSorted()[1]).toBeGreaterThanOrEqual(400);
    await api.signInAgain();
    const left = await api.get("people", { query: { limit: 500 } });
    expect(
      left.items.filter(({ role, state }) => role === "administrator" && state !== "disabled").length,
    ).toBeGreaterThan(1);
  });

  it("have new user names of letters, digits and few other characters", async () => {
    const add = (userName: string) => api.send("addPerson", { body: { userName, name: "N", role: "viewer" } });
    for (const name of ["a/b@c <x>", "two words", "semi;colon", "ze\u200bro"]) {
      expect(await add(name), name).toMatchObject({ status: 400, body: { code: "request.invalid" } });
    }
    expect((await add("Žofie.田中+1@nordwind_x-y")).status).toBe(200);
  });

  it("learn that they were disabled in the sessions that this ended, and nowhere else", async () => {
    const { person, cookie } = await signedInAs(api, "analyst");
    const change = (disabled: boolean) => api.get("changePerson", { params: { id: person.id }, body: { disabled } });
    await change(true);
    expect(await api.send("me", { cookie })).toMatchObject({ status: 401, body: { code: "sign-in.disabled" } });
    expect((await api.send("me", { cookie: `${cookie}x` })).body).toMatchObject({ code: "sign-in.required" });
    expect((await api.send("signInOptions", { cookie })).status).toBe(200);
    await change(false);
    expect(await api.send("me", { cookie })).toMatchObject({ status: 401, body: { code: "sign-in.required" } });
  });

  it("lack a way to sign in again until they have a password, other than the local administrator", async () => {
    const { cookie } = await signedInAs(api, "analyst");
    expect(await api.get("ownAccount", { cookie })).toMatchObject({ lacksCredential: true, hasPassword: false });
    expect(await api.get("ownAccount")).toMatchObject({ lacksCredential: false, hasPassword: false });
    await api.get("setPassword", { body: { password: "quiet harbour, seven lamps" }, cookie });
    expect(await api.get("ownAccount", { cookie })).toMatchObject({ lacksCredential: false, hasPassword: true });
  });

  it("leave what was changed and why in the audit trail", async () => {
    const { person } = await signedInAs(api, "analyst");
    const params = { id: person.id };
    await api.get("changePerson", { params, body: { role: "author", note: "owns the Linux rules" } });
    const { items } = await api.get("audit", { query: { kind: "person", id: person.id, limit: 1 } });
    expect(first(items)).toMatchObject({
      action: "person.changed",
      actor: "lena",
      before: { role: "analyst" },
      after: { role: "author", note: "owns the Linux rules" },
    });
  });
});

describe("sign-in sessions", () => {
  it("are listed with where they are from, and one ends when it is ended or signed out", async () => {
    const { person, cookie } = await signedInAs(api, "analyst");
    const { link } = await api.get("invitePerson", { params: { id: person.id } });
    api.wait(1_000);
    const other = await signIn(link);
    const { sessions } = await api.get("ownAccount", { cookie });
    expect(sessions).toMatchObject([
      { current: false, method: "link", address: "127.0.0.1" },
      { current: true, method: "link", address: "127.0.0.1" },
    ]);
    const { items } = await api.get("endOwnSession", { params: { session: first(sessions).id }, cookie });
    expect(items).toMatchObject([{ current: true }]);
    expect((await api.send("me", { cookie: other })).status).toBe(401);
    const out = await api.send("signOut", { body: {}, cookie });
    expect(String(out.headers["set-cookie"])).toMatch(/^stemma_0=;.*Expires=Thu, 01 Jan 1970/);
    expect((await api.send("me", { cookie })).status).toBe(401);
    expect((await api.get("person", { params: { id: person.id } })).sessions).toBe(0);
    const { items: records } = await api.get("audit", { query: { kind: "person", id: person.id, limit: 2 } });
    expect(records.map(({ action, actor }) => [action, actor])).toEqual([
      ["session.ended", person.name],
      ["session.ended", person.name],
    ]);
  });

  it("of other people can be ended by administrators only, and only those of the person that is named", async () => {
    const one = await signedInAs(api, "analyst");
    const two = await signedInAs(api, "analyst");
    const { items } = await api.get("personSessions", { params: { id: one.person.id } });
    const session = first(items).id;
    expect(await api.send("endOwnSession", { params: { session }, cookie: two.cookie })).toMatchObject({
      status: 404,
      body: { code: "sign-in-session.not-found" },
    });
    expect((await api.send("endSession", { params: { id: two.person.id, session } })).status).toBe(404);
    expect((await api.send("me", { cookie: one.cookie })).status).toBe(200);
    await api.get("endSession", { params: { id: one.person.id, session } });
    expect((await api.send("me", { cookie: one.cookie })).status).toBe(401);
  });

  it("of a browser is replaced when it signs in again", async () => {
    const { person, cookie } = await signedInAs(api, "analyst");
    const { link } = await api.get("invitePerson", { params: { id: person.id } });
    await open(link).set("Cookie", cookie);
    expect((await api.send("me", { cookie })).status).toBe(401);
    expect((await api.get("person", { params: { id: person.id } })).sessions).toBe(1);
  });
});
