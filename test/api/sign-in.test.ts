import { get } from "node:http";
import request from "supertest";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signedInAs } from "./people.ts";
import { signIn, startApi, type TestApi } from "./workbench.ts";

const hour = 3_600_000;

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ STEMMA_SAMPLE: "off" });
});
afterAll(() => api.stop());

const follow = (link: string) => request(new URL(link).origin).get(`/sign-in${new URL(link).search}`);
const me = (cookie: string) => request(api.workbench.url).get("/api/v1/me").set("Cookie", cookie);

describe("signing in", () => {
  beforeEach(() => api.signInAgain());

  it("works once per link and sets a cookie that scripts and other sites cannot use", async () => {
    const link = api.workbench.signInLink();
    const response = await follow(link);
    expect(response.status).toBe(303);
    expect(response.headers["location"]).toBe("/");
    const cookie = String(response.headers["set-cookie"]);
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).toMatch(/Path=\//);
    expect((await me(cookie.split(";")[0] ?? "")).body).toMatchObject({ analyst: "lena", empty: true, sample: false });
    const again = await follow(link);
    expect(again.status).toBe(401);
    expect(again.text).toContain("does not work any more");
    expect(again.text).toContain('<a class="go" href="/sign-in">');
    expect(again.text).toContain("ask an administrator for a new link");
    expect(again.headers["set-cookie"]).toBeUndefined();
  });

  it("leads on from the sign-in page whoever is signed in already, and nobody to another site", async () => {
    const cookie = await signIn(api.workbench.signInLink());
    const open = (next: string) =>
      request(api.workbench.url).get("/sign-in").query({ next }).set("Cookie", cookie).set("Accept", "text/html");
    const response = await open("/alerts/a-1?step=who");
    expect([response.status, response.headers["location"]]).toEqual([303, "/alerts/a-1?step=who"]);
    expect((await open("https://evil.example/")).headers["location"]).toBe("/");
  });

  it("leaves a link valid for programs that only check whether it exists", async () => {
    const link = api.workbench.signInLink();
    const looked = await request(new URL(link).origin).head(`/sign-in${new URL(link).search}`);
    expect(looked.status).toBe(405);
    expect(looked.headers["set-cookie"]).toBeUndefined();
    expect((await follow(link)).status).toBe(303);
  });

  it("refuses a link after 15 minutes, and one that was replaced by a newer link", async () => {
    const old = api.workbench.signInLink();
    api.workbench.signInLink();
    expect((await follow(old)).status).toBe(401);
    const late = api.workbench.signInLink();
    api.wait(15 * 60_000);
    expect((await follow(late)).status).toBe(401);
  });

  it("ends after twelve hours, however much it is used", async () => {
    const cookie = await signIn(api.workbench.signInLink());
    for (const step of [4 * hour - 1, 4 * hour - 1, 4 * hour - 1, 2]) {
      api.wait(step);
      expect((await me(cookie)).status).toBe(200);
    }
    api.wait(1);
    expect((await me(cookie)).status).toBe(401);
  });

  it("ends after four hours without a request", async () => {
    const cookie = await signIn(api.workbench.signInLink());
    api.wait(4 * hour);
    expect((await me(cookie)).status).toBe(401);
  });

  it("leads from every page to where people sign in, which needs no session", async () => {
    const page = await request(api.workbench.url).get("/alerts/some-alert?tab=graph").redirects(0);
    expect(page).toMatchObject({
      status: 303,
      headers: { location: "/sign-in?next=%2Falerts%2Fsome-alert%3Ftab%3Dgraph" },
    });
    expect((await request(api.workbench.url).get("/").redirects(0)).headers["location"]).toBe("/sign-in");
    expect([200, 503]).toContain((await request(api.workbench.url).get("/sign-in?next=%2Fqueue")).status);
  });

  it("goes on by a page of its own where another site has led to the link", async () => {
    const { origin, pathname, search } = new URL(api.workbench.signInLink());
    const response = await request(origin).get(`${pathname}${search}`).set("Sec-Fetch-Site", "cross-site");
    expect(response).toMatchObject({ status: 200, type: "text/html" });
    expect(response.text).toContain('<meta http-equiv="refresh" content="0;url=/">');
    expect(String(response.headers["set-cookie"])).toMatch(/SameSite=Strict/);
  });

  it("limits links that do not work, and never one that does", async () => {
    const statuses = [];
    for (let attempt = 0; attempt < 60; attempt += 1) {
      statuses.push((await follow(`${api.workbench.url}/sign-in?token=guess-${attempt}`)).status);
    }
    expect(new Set(statuses.slice(0, 45))).toEqual(new Set([401]));
    expect(statuses.at(-1)).toBe(429);
    expect((await follow(api.workbench.signInLink())).status).toBe(303);
    const { link } = await api.get("addPerson", { body: { userName: "late", name: "Late", role: "viewer" } });
    expect((await follow(link)).status).toBe(303);
    api.wait(10 * 60_000);
    expect((await follow(`${api.workbench.url}/sign-in?token=guess`)).status).toBe(401);
  });

  it("makes the local administrator at the first use, and lets one back in who has lost access", async () => {
    const cookie = await signIn(api.workbench.signInLink());
    const mine = await api.get("ownAccount", { cookie });
    expect(mine.person).toMatchObject({ userName: "lena", name: "lena", role: "administrator", state: "active" });
    const { cookie: other } = await signedInAs(api, "administrator");
    await api.get("changePerson", { params: { id: mine.person.id }, body: { role: "viewer" }, cookie: other });
    await api.get("changePerson", { params: { id: mine.person.id }, body: { disabled: true }, cookie: other });
    expect((await me(cookie)).status).toBe(401);
    const back = await signIn(api.workbench.signInLink());
    expect((await me(back)).body).toMatchObject({ analyst: "lena", role: "administrator", person: mine.person.id });
    const { items } = await api.get("audit", { query: { kind: "person", id: mine.person.id, limit: 2 }, cookie: back });
    expect(items.map(({ action }) => action)).toEqual(["person.signed-in", "person.changed"]);
  });
});

describe("every request", () => {
  /** Sends another `Host` header, as a page with a rebound DNS name does. */
  function statusFor(host: string): Promise<number | undefined> {
    const { hostname, port } = new URL(api.workbench.url);
    return new Promise((resolve, reject) => {
      get({ hostname, port, path: "/api/v1/me", headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on("error", reject);
    });
  }

  it("is refused under another host name", async () => {
    const { port } = new URL(api.workbench.url);
    expect(await statusFor(`evil.example:${port}`)).toBe(421);
    expect(await statusFor(`127.0.0.1.evil.example:${port}`)).toBe(421);
    expect(await statusFor(`localhost:${port}`)).toBe(401);
    expect(await statusFor(`[::1]:${port}`)).toBe(401);
  });

  it("needs a session for a page, however its path is written", async () => {
    const { hostname, port } = new URL(api.workbench.url);
    for (const path of ["/", "/index.html", "/assets/../index.html", "/assets/%2e%2e/index.html", "/%69ndex.html"]) {
      const status = await new Promise((resolve, reject) => {
        get({ hostname, port, path }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).on("error", reject);
      });
      expect([path, [303, 404].includes(Number(status))]).toEqual([path, true]);
    }
  });

  it("gets a policy without inline scripts and with a new nonce", async () => {
    const [one, two] = await Promise.all([request(api.workbench.url).get("/"), request(api.workbench.url).get("/")]);
    const policy = String(one.headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe|style-src [^;]*unsafe/);
    expect(policy).not.toBe(two.headers["content-security-policy"]);
    expect(one.headers["x-powered-by"]).toBeUndefined();
  });
});

describe("malformed requests", () => {
  let cookie = "";
  beforeAll(async () => {
    cookie = await signIn(api.workbench.signInLink());
  });
  const post = (path: string) =>
    request(api.workbench.url).post(path).set("Cookie", cookie).set("Origin", api.workbench.url);

  it("are refused as malformed, too large, or of the wrong type", async () => {
    const malformed = await post("/api/v1/hunt").type("json").send('{"language": "eql", ');
    expect(malformed).toMatchObject({ status: 400, type: "application/problem+json" });
    const large = await post("/api/v1/hunt").send({ language: "eql", query: "x".repeat(2 * 1024 * 1024) });
    expect(large).toMatchObject({ status: 413, type: "application/problem+json" });
    const form = await post("/api/v1/hunt").type("form").send("language=eql");
    expect(form).toMatchObject({ status: 415, type: "application/problem+json" });
  });

  it("name the field and the location of a syntax error", async () => {
    const response = await post("/api/v1/hunt").send({ language: "eql", query: "process where process.name ==" });
    expect(response.status).toBe(400);
    expect(response.body.errors).toMatchObject([{ field: "query" }]);
    expect(response.body.detail).toMatch(/column \d+/);
  });

  it("get a problem instead of a page under /api", async () => {
    const response = await request(api.workbench.url).get("/api/v1/nothing").set("Cookie", cookie);
    expect(response).toMatchObject({ status: 404, type: "application/problem+json" });
    const path = await request(api.workbench.url).get("/api/v1/alerts/%E0%A4%A").set("Cookie", cookie);
    expect(path).toMatchObject({ status: 400, type: "application/problem+json" });
  });
});
