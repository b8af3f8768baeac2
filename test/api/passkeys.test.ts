import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authenticator, authenticator, type Changes } from "../factories/authenticator.ts";
import { signedInAs } from "./people.ts";
import { startApi, type TestApi } from "./workbench.ts";

const hostName = "localhost";
let api: TestApi;
let origin: string;
beforeAll(async () => {
  api = await startApi({ STEMMA_SAMPLE: "off" });
  origin = `http://${hostName}:${new URL(api.workbench.url).port}`;
});
afterAll(() => api.stop());

interface Claim extends Changes {
  readonly origin?: string;
}

async function add(device: Authenticator, cookie: string, { origin: claimed = origin, ...change }: Claim = {}) {
  const { options, challenge } = await api.get("newPasskeyOptions", { cookie, hostName });
  const body = { challenge, name: "Phone", response: device.create(options, claimed, change) };
  return api.send("addPasskey", { body, cookie, hostName });
}

async function attempt(device: Authenticator, { origin: claimed = origin, ...change }: Claim = {}) {
  const { options, challenge } = await api.get("passkeySignInOptions", { hostName, cookie: "" });
  const body = { challenge, response: device.get(options, claimed, change) };
  return { body, response: await api.send("signInWithPasskey", { body, hostName, cookie: "" }) };
}

describe("a passkey", () => {
  it("is added to an account, signs in without a user name, and is removed", async () => {
    const { person, cookie } = await signedInAs(api, "analyst");
    const device = authenticator();
    expect(await add(device, cookie)).toMatchObject({
      status: 200,
      body: { passkeys: [{ name: "Phone" }], person: { methods: ["passkey"] } },
    });
    const { response } = await attempt(device);
    expect(response).toMatchObject({ status: 200, body: { person: { id: person.id } } });
    const session = String(response.headers["set-cookie"]).split(";")[0] ?? "";
    expect(await api.get("me", { cookie: session })).toMatchObject({ method: "passkey", person: person.id });
    const { passkeys } = await api.get("ownAccount", { cookie });
    expect(passkeys[0]?.lastUsedAt).toBeDefined();
    await api.get("removePasskey", { params: { passkey: passkeys[0]?.id ?? "" }, cookie });
    expect((await attempt(device)).response).toMatchObject({ status: 401, body: { code: "sign-in.refused" } });
    const { items } = await api.get("audit", { query: { kind: "person", id: person.id } });
    expect(items.map(({ action }) => action)).toEqual(expect.arrayContaining(["passkey.added", "passkey.removed"]));
  });

  it("is offered where the server has a host name, and not for an address", async () => {
    expect(await api.get("signInOptions", { hostName })).toMatchObject({ password: true, passkey: true });
    expect(await api.get("signInOptions")).toMatchObject({ password: true, passkey: false });
    expect(await api.send("passkeySignInOptions", {})).toMatchObject({
      status: 400,
      body: { code: "request.invalid" },
    });
  });

  it("of somebody else cannot be removed", async () => {
    const owner = await signedInAs(api, "analyst");
    await add(authenticator(), owner.cookie);
    const { passkeys } = await api.get("ownAccount", { cookie: owner.cookie });
    const other = await signedInAs(api, "administrator");
    const params = { passkey: passkeys[0]?.id ?? "" };
    expect(await api.send("removePasskey", { params, cookie: other.cookie })).toMatchObject({
      status: 404,
      body: { code: "passkey.not-found" },
    });
  });

  it("of a disabled person does not sign in", async () => {
    const { person, cookie } = await signedInAs(api, "analyst");
    const device = authenticator();
    await add(device, cookie);
    await api.get("changePerson", { params: { id: person.id }, body: { disabled: true } });
    expect((await attempt(device)).response.status).toBe(401);
  });
});

describe("an answer of an authenticator", () => {
  it("is refused for another site, without a person present, or with a counter that went back", async () => {
    const { cookie } = await signedInAs(api, "analyst");
    const device = authenticator();
    await add(device, cookie);
    const wrong: readonly Claim[] = [
      { origin: "http://evil.example" },
      { origin: "http://localhost:1" },
      { hostName: "evil.example" },
      { flags: 0 },
      { flags: 0x01 },
      { userHandle: Buffer.from("somebody else").toString("base64url") },
    ];
    for (const claim of wrong) {
      expect([claim, (await attempt(device, claim)).response.status]).toEqual([claim, 401]);
    }
    expect((await attempt(device, { counter: 100 })).response.status).toBe(200);
    expect((await attempt(device, { counter: 100 })).response.status).toBe(401);
    expect((await attempt(device, { counter: 99 })).response.status).toBe(401);
    expect((await attempt(device, { counter: 101 })).response.status).toBe(200);
  });

  it("is accepted once, within five minutes, and only for the challenge of this server", async () => {
    const { cookie } = await signedInAs(api, "analyst");
    const device = authenticator();
    await add(device, cookie);
    const { body, response } = await attempt(device, { counter: 0 });
    expect(response.status).toBe(200);
    expect((await api.send("signInWithPasskey", { body, hostName, cookie: "" })).status).toBe(401);
    const late = await api.get("passkeySignInOptions", { hostName });
    api.wait(5 * 60_000);
    const answer = (challenge: string, options: unknown) =>
      api.send("signInWithPasskey", {
        body: { challenge, response: device.get(options, origin) },
        hostName,
        cookie: "",
      });
    expect((await answer(late.challenge, late.options)).status).toBe(401);
    const forged = `${Date.UTC(2099, 0, 1)}.nonce.signature`;
    const options = { challenge: Buffer.from(forged).toString("base64url"), rpId: hostName };
    expect((await answer(forged, options)).status).toBe(401);
    const other = await api.get("newPasskeyOptions", { hostName });
    expect((await answer(other.challenge, { ...other.options, rpId: hostName })).status).toBe(401);
  });

  it("to add a passkey is bound to the session that asked, and cannot take over one that is known", async () => {
    const owner = await signedInAs(api, "analyst");
    const thief = await signedInAs(api, "analyst");
    const { options, challenge } = await api.get("newPasskeyOptions", { cookie: owner.cookie, hostName });
    const body = { challenge, name: "Phone", response: authenticator().create(options, origin) };
    expect((await api.send("addPasskey", { body, cookie: thief.cookie, hostName })).status).toBe(401);
    expect((await api.send("addPasskey", { body, cookie: owner.cookie, hostName })).status).toBe(200);
    const own = await api.get("newPasskeyOptions", { cookie: thief.cookie, hostName });
    const again = { ...body, challenge: own.challenge };
    expect((await api.send("addPasskey", { body: again, cookie: thief.cookie, hostName })).status).toBe(401);
  });

  it("with an attestation that names certificates is refused before anything is fetched", async () => {
    const { cookie } = await signedInAs(api, "analyst");
    const statement = new Map<string, readonly Buffer[]>([["x5c", [Buffer.from("a certificate")]]]);
    for (const format of ["packed", "tpm", "android-safetynet", "apple", "none"]) {
      const response = await add(authenticator(), cookie, { attestation: { format, statement } });
      expect([format, response.status]).toEqual([format, 401]);
    }
  });

  it("of any other shape is refused", async () => {
    const { cookie } = await signedInAs(api, "analyst");
    for (const response of [
      {},
      { id: 1 },
      { id: "a", rawId: "a", type: "public-key", response: { clientDataJSON: "!" } },
    ]) {
      const { challenge } = await api.get("passkeySignInOptions", { hostName });
      const send = await api.send("signInWithPasskey", { body: { challenge, response }, hostName, cookie: "" });
      expect(send.status).toBe(401);
      const own = await api.get("newPasskeyOptions", { cookie, hostName });
      const body = { challenge: own.challenge, name: "Phone", response };
      expect((await api.send("addPasskey", { body, cookie, hostName })).status).toBe(401);
    }
  });
});
