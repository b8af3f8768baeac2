import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signedInAs } from "./people.ts";
import { signIn, startApi, type TestApi } from "./workbench.ts";

const password = "quiet harbour, seven lamps";
const minute = 60_000;

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ STEMMA_SAMPLE: "off" });
});
afterAll(() => api.stop());

async function withPassword() {
  const { person, cookie } = await signedInAs(api, "analyst");
  await api.get("setPassword", { body: { password }, cookie });
  return { person, cookie };
}

const attempt = (userName: string, given: string) =>
  api.send("signInWithPassword", { body: { userName, password: given }, cookie: "" });

const cookieIn = (headers: Readonly<Record<string, string>>) => String(headers["set-cookie"]).split(";")[0] ?? "";

describe("a password", () => {
  it("signs in, whatever the case of the user name and the form of its characters", async () => {
    const { person, cookie } = await signedInAs(api, "viewer");
    await api.get("setPassword", { body: { password: "zwölf graue Möwen" }, cookie });
    const response = await attempt(person.userName.toUpperCase(), "zwo\u0308lf graue Mo\u0308wen");
    expect(response).toMatchObject({ status: 200, body: { hasPassword: true, person: { id: person.id } } });
    expect(String(response.headers["set-cookie"])).toMatch(/HttpOnly.*SameSite=Strict/);
    expect(await api.get("me", { cookie: cookieIn(response.headers) })).toMatchObject({
      method: "password",
      person: person.id,
      role: "viewer",
    });
  });

  it("is refused the same for a wrong one, an unknown name, no password and a disabled person", async () => {
    const { person } = await withPassword();
    const without = await signedInAs(api, "analyst");
    const disabled = await withPassword();
    await api.get("changePerson", { params: { id: disabled.person.id }, body: { disabled: true } });
    const refusals = [
      await attempt(person.userName, "not the password"),
      await attempt("nobody by this name", password),
      await attempt(without.person.userName, password),
      await attempt(disabled.person.userName, password),
      await attempt("__proto__", password),
    ];
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ status: 401, body: refusals[0]?.body });
      expect(refusal.headers["set-cookie"]).toBeUndefined();
    }
    expect(refusals[0]?.body.code).toBe("sign-in.refused");
  });

  it("is at least twelve characters long, not the name, and not one of the most common", async () => {
    const { cookie, person } = await signedInAs(api, "analyst");
    for (const weak of ["short", "Password1234", person.name.toUpperCase(), "aaaaaaaaaaaaaaaa", "abababababab"]) {
      expect(await api.send("setPassword", { body: { password: weak }, cookie })).toMatchObject({
        status: 400,
        body: { code: weak === "short" ? "request.invalid" : "password.weak", errors: [{ field: "password" }] },
      });
    }
  });

  it("ends the other sessions of the account when it is set", async () => {
    const { person, cookie } = await signedInAs(api, "analyst");
    const { link } = await api.get("invitePerson", { params: { id: person.id } });
    const other = await signIn(link);
    expect((await api.send("me", { cookie: other })).status).toBe(200);
    const account = await api.get("setPassword", { body: { password }, cookie });
    expect(account.sessions).toMatchObject([{ current: true, method: "link" }]);
    expect((await api.send("me", { cookie: other })).status).toBe(401);
    expect((await api.send("me", { cookie })).status).toBe(200);
  });

  it("needs the current one to be changed, except in a session that a link opened", async () => {
    const { person } = await withPassword();
    const cookie = cookieIn((await attempt(person.userName, password)).headers);
    const next = { password: "nine slow barges" };
    expect(await api.send("setPassword", { body: next, cookie })).toMatchObject({
      status: 401,
      body: { code: "sign-in.refused" },
    });
    expect((await api.send("setPassword", { body: { ...next, current: "wrong" }, cookie })).status).toBe(401);
    expect((await api.send("setPassword", { body: { ...next, current: password }, cookie })).status).toBe(200);
    const { link } = await api.get("invitePerson", { params: { id: person.id } });
    const forgotten = await signIn(link);
    expect((await api.send("setPassword", { body: { password: "a third one, long" }, cookie: forgotten })).status).toBe(
      200,
    );
  });

  it("never appears in a response, the audit trail or the store", async () => {
    const { person, cookie } = await withPassword();
    const account = await api.get("ownAccount", { cookie });
    const audit = await api.get("audit", { query: { kind: "person", id: person.id } });
    const stored = await api.workbench.store.people.password(person.id);
    expect(JSON.stringify([account, audit, stored])).not.toContain(password);
    expect(audit.items.map(({ action }) => action)).toContain("person.password-changed");
    expect(stored).toMatchObject({ algorithm: "scrypt", salt: expect.stringMatching(/^[\w-]{22}$/) });
  });
});

describe("guessing passwords", () => {
  it("is limited per account, from any address, and ends with the window", async () => {
    const { person } = await withPassword();
    for (let count = 0; count < 10; count += 1) {
      expect((await attempt(person.userName, `guess ${count}`)).status).toBe(401);
    }
    const limited = await attempt(person.userName, password);
    expect(limited).toMatchObject({ status: 429, body: { code: "sign-in.rate-limited" } });
    expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
    api.wait(10 * minute);
    expect((await attempt(person.userName, password)).status).toBe(200);
  });

  it("does not keep out the holder of a valid link, nor who is signed in", async () => {
    const { person, cookie } = await withPassword();
    const { link } = await api.get("invitePerson", { params: { id: person.id } });
    for (let count = 0; count < 60; count += 1) {
      await attempt(`${person.userName}${count % 7}`, "guess");
    }
    expect((await attempt("somebody else", password)).status).toBe(429);
    expect((await api.send("me", { cookie })).status).toBe(200);
    expect((await api.send("me", { cookie: await signIn(link) })).status).toBe(200);
    api.wait(10 * minute);
  });

  it("counts only failures", async () => {
    const { person } = await withPassword();
    for (let count = 0; count < 15; count += 1) {
      expect((await attempt(person.userName, password)).status).toBe(200);
    }
  });

  it("needs the page of this server", async () => {
    const { person } = await withPassword();
    const send = request(api.workbench.url)
      .post("/api/v1/sign-in/password")
      .send({ userName: person.userName, password });
    expect(await send.set("Origin", "http://evil.example")).toMatchObject({
      status: 403,
      body: { code: "request.cross-origin" },
    });
  });
});
