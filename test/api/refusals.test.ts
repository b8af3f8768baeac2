import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import pino from "pino";
import request, { type Response } from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RouteName, routes } from "#contracts/api";
import type { ExceptionDraft } from "#contracts/exception";
import { problemDetails, problemType } from "#contracts/problem";
import { problemTitles, type RequestProblemCode } from "#contracts/problem-codes";
import { rolePermissions } from "#contracts/roles";
import { Announcer } from "../../server/changes/announcer.ts";
import { ChangeWatch } from "../../server/changes/watch.ts";
import { createApp } from "../../server/http/app.ts";
import type { Caller } from "../../server/http/caller.ts";
import { ChangeStreams } from "../../server/http/change-streams.ts";
import { cookieOf } from "../../server/http/client.ts";
import { listen } from "../../server/http/listen.ts";
import { Health } from "../../server/http/monitoring/health.ts";
import { Metrics } from "../../server/http/monitoring/metrics.ts";
import { problemStatus } from "../../server/http/problem-status.ts";
import type { Handlers } from "../../server/http/router.ts";
import { SignInAttempts } from "../../server/people/attempts.ts";
import { Challenges } from "../../server/people/challenges.ts";
import { PrintedLink } from "../../server/people/links.ts";
import { PasswordHasher } from "../../server/people/password.ts";
import { Sessions } from "../../server/people/sessions.ts";
import { StoreFailure } from "../../server/store/failure.ts";
import { sqliteInTemporaryFolder, type TestStore } from "../contracts/stores.ts";
import { smallPlaybook } from "../factories/playbooks.ts";
import { pathOf, startApi, type TestApi } from "./workbench.ts";

const names = Object.keys(routes) as RouteName[];
const reading = names.filter((name) => routes[name].method === "get");
const posting = names.filter((name) => routes[name].method !== "get");

const administrator: Caller = {
  actor: { name: "lena", origin: { account: "local", method: "link" } },
  role: "administrator",
  permissions: new Set(rolePermissions.administrator),
};

/** The path of a route with ids that do not exist. */
const unknownPath = (name: RouteName) => pathOf(routes[name].path, {});

/** A refusal is a complete problem whose type, title and status belong to its code. */
function expectProblem(response: Pick<Response, "status" | "type" | "body">, ...codes: RequestProblemCode[]): void {
  expect(response.type).toBe("application/problem+json");
  const problem = problemDetails.strict().parse(response.body);
  expect(codes).toContain(problem.code);
  expect(problem).toMatchObject({
    type: problemType(problem.code),
    title: problemTitles[problem.code],
    status: response.status,
    detail: expect.stringMatching(/\S/),
  });
  expect(response.status).toBe(problemStatus[problem.code]);
}

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ STEMMA_SAMPLE: "off" });
});
afterAll(() => api.stop());

const signedIn = (name: RouteName, path = unknownPath(name)) =>
  request(api.workbench.url)[routes[name].method](path).set("Cookie", api.cookie).set("Origin", api.workbench.url);

function exceptionOf(fromAlert?: string): ExceptionDraft {
  const entry = { type: "match", field: "host.name", value: "h", operator: "included", case: "insensitive" } as const;
  return { name: "n", reason: "", ruleIds: ["r"], entries: [entry], mode: "shadow", fromAlert };
}

describe("a refusal has a type and a code", () => {
  it.each(names.filter((name) => routes[name].access !== "public"))("%s, signed out", async (name) => {
    const { url } = api.workbench;
    expectProblem(
      await request(url)[routes[name].method](unknownPath(name)).set("Origin", url).send(),
      "sign-in.required",
    );
  });

  it.each(posting)("%s, from another origin", async (name) => {
    expectProblem(await signedIn(name).set("Origin", "http://evil.example").send({}), "request.cross-origin");
  });

  it.each(posting)("%s, with a body that is no JSON", async (name) => {
    expectProblem(await signedIn(name).type("text").send("no"), "request.unsupported-media-type");
    expectProblem(await signedIn(name).type("json").send("{"), "request.malformed");
    expectProblem(await signedIn(name).type("json; charset=utf-7").send("{}"), "request.unsupported-media-type");
    expectProblem(await signedIn(name).send({ text: "x".repeat(2 * 1024 * 1024) }), "request.too-large");
  });

  it.each(posting)("%s, with a field that the schema does not know", async (name) => {
    expectProblem(await signedIn(name).send({ surprise: true }), "request.invalid");
  });

  it.each(reading)("%s, with a parameter that the schema does not know", async (name) => {
    expectProblem(await signedIn(name, `${unknownPath(name)}?surprise=1`), "request.invalid");
  });

  it.each(names)("%s, by another method", async (name) => {
    const response = await request(api.workbench.url)
      .delete(unknownPath(name))
      .set("Cookie", api.cookie)
      .set("Origin", api.workbench.url);
    expectProblem(response, "request.method-not-allowed");
    const allowed = names
      .filter((other) => routes[other].path === routes[name].path)
      .map((other) => routes[other].method.toUpperCase());
    expect(String(response.headers["allow"]).split(", ")).toEqual(expect.arrayContaining(allowed));
  });

  it.each(reading.filter((name) => routes[name].path.includes(":")))("%s, for what does not exist", async (name) => {
    const response = await signedIn(name);
    expectProblem(response, response.body.code);
    expect(response.body).toMatchObject({ status: 404, code: expect.stringMatching(/\.not-found$/) });
  });

  it.each([
    ["transition", { to: "acknowledged" }, "alert.not-found"],
    ["incidentMembership", { removed: true, reason: "r" }, "alert.not-found"],
    ["incidentTransition", { to: "acknowledged" }, "incident.not-found"],
    ["incidentAssignee", {}, "incident.not-found"],
    ["incidentAssignee", { assignee: "mallory" }, "incident.unknown-assignee"],
    ["incidentTags", { tags: ["a"] }, "incident.not-found"],
    ["incidentTags", { tags: ["<b>"] }, "request.invalid"],
    ["incidentComment", { text: "t" }, "incident.not-found"],
    ["incidentComment", { text: " " }, "request.invalid"],
    ["incidentAnswer", { value: "raises", processes: ["p"] }, "incident.not-found"],
    ["splitIncident", { alerts: ["a"] }, "incident.not-found"],
    ["mergeIncident", { incident: "a" }, "incident.not-found"],
    ["unmergeIncident", {}, "incident.not-found"],
    ["chooseParent", {}, "process.not-found"],
    ["choosePlaybook", {}, "alert.not-found"],
    ["answer", { value: "lowers" }, "alert.not-found"],
    ["checklist", { done: true }, "alert.not-found"],
    ["disableException", { reason: "r" }, "exception.not-found"],
    ["approveException", { reason: "r", dryRunToken: "t" }, "exception.not-found"],
    ["rejectException", { reason: "r" }, "exception.not-found"],
    ["enableException", { reason: "r" }, "exception.not-found"],
    ["deleteException", { reason: "r" }, "exception.not-found"],
    ["giveBack", { hits: "all", reopen: false, reason: "r" }, "exception.not-found"],
    ["draftException", { alertIds: ["a"] }, "alert.not-found"],
    ["draftException", { alertIds: [] }, "request.invalid"],
    ["counterExamples", { draft: exceptionOf() }, "exception.no-alert"],
    ["counterExamples", { draft: exceptionOf("a") }, "alert.not-found"],
    ["synthesis", { benign: ["a"], malicious: [] }, "alert.not-found"],
    ["setRuleEnabled", { enabled: true, note: "n" }, "rule.not-found"],
    ["stopRuleRun", {}, "rule-run.not-found"],
    ["hunt", { language: "eql", query: "process where (" }, "query.syntax"],
    ["hunt", { language: "sigma", query: "a: [" }, "query.syntax"],
    ["hunt", { language: "eql", query: "any where true", from: "yesterday" }, "request.invalid"],
    ["addRuleFolder", { path: "/", note: "n" }, "rule-folder.invalid"],
    ["addRuleFolder", { path: "/etc", note: "n" }, "rule-folder.outside-roots"],
    ["addRuleFolder", { path: "/etc", note: " " }, "request.invalid"],
    ["setRuleEnabled", { enabled: false }, "request.invalid"],
    ["removeRuleFolder", { path: "/nowhere", note: "n" }, "rule-folder.invalid"],
    ["saveRule", { draft: draft("true"), folder: "/nowhere", name: "a.toml", note: "n" }, "rule-file.unknown-folder"],
    ["savePlaybook", { text: "# no", name: "a.md", folder: "/", note: "n" }, "playbook.invalid-draft"],
    [
      "savePlaybook",
      { text: smallPlaybook("a"), name: "a.md", folder: "/", note: "n" },
      "playbook-file.unknown-folder",
    ],
    ["savePlaybook", { text: smallPlaybook("a"), name: "../a.md", folder: "/", note: "n" }, "request.invalid"],
    ["startRuleRun", { what: { kind: "draft", draft: draft("(") } }, "rule.invalid-draft"],
    ["startRuleRun", { what: { kind: "all" }, to: "today" }, "request.invalid"],
    [
      "startRuleRun",
      { what: { kind: "versions", left: { ruleId: "r", hash: "h" }, right: { ruleId: "r", hash: "h" } } },
      "rule-run.version-not-loaded",
    ],
  ] as const)("%s, for a body that the use case refuses", async (name, body, code) => {
    expectProblem(await signedIn(name).send(body), code);
  });

  it("a cursor that no page returned", async () => {
    expectProblem(await signedIn("audit", "/api/v1/audit?cursor=made-up"), "request.invalid-cursor");
  });

  it("an unknown path, and one that cannot be decoded", async () => {
    const send = (path: string) => request(api.workbench.url).get(path).set("Cookie", api.cookie);
    expectProblem(await send("/api/v1/nothing"), "route.not-found");
    const malformed = await send("/api/v1/alerts/%E0%A4%A");
    expectProblem(malformed, "request.malformed");
    expect(malformed.body.errors).toMatchObject([{ field: "path" }]);
  });

  it.each(names)("%s, by a method that HTTP has and the API does not", async (name) => {
    for (const method of ["options", "patch"] as const) {
      const response = await request(api.workbench.url)
        [method](unknownPath(name))
        .set("Cookie", api.cookie)
        .set("Origin", api.workbench.url);
      expectProblem(response, "request.method-not-allowed");
      expect(response.headers["allow"]).toMatch(/^(GET|POST|PUT)/);
    }
  });

  it("an unknown path by any method, and a HEAD without a body", async () => {
    for (const method of ["post", "put", "delete", "options"] as const) {
      const send = request(api.workbench.url)[method]("/api/v1/nothing").set("Cookie", api.cookie);
      expectProblem(await send.set("Origin", api.workbench.url), "route.not-found");
    }
    const head = await request(api.workbench.url).head("/api/v1/alerts/none").set("Cookie", api.cookie);
    expect({ status: head.status, type: head.type, text: head.text }).toEqual({
      status: 404,
      type: "application/problem+json",
      text: undefined,
    });
  });

  it("a percent-encoding that is none, whatever the method", async () => {
    for (const method of ["get", "post", "put"] as const) {
      for (const path of ["/api/v1/alerts/%", "/api/v1/alerts/%E0%A4%A/transition", "/api/v1/processes/%zz/parent"]) {
        const send = request(api.workbench.url)[method](path).set("Cookie", api.cookie);
        expectProblem(await send.set("Origin", api.workbench.url), "request.malformed", "route.not-found");
      }
    }
  });

  it("a POST to a page, and a HEAD of a sign-in link", async () => {
    expectProblem(await request(api.workbench.url).post("/queue"), "request.method-not-allowed");
    expect((await request(api.workbench.url).head("/sign-in?token=t")).type).toBe("application/problem+json");
  });

  it("a page, signed out", async () => {
    const page = request(api.workbench.url).get("/alerts/some-alert").set("Accept", "application/json");
    expectProblem(await page, "sign-in.required");
  });

  it("an unknown host name", async () => {
    const { hostname, port } = new URL(api.workbench.url);
    const response = await new Promise<Pick<Response, "status" | "type" | "body">>((resolve, reject) => {
      get({ hostname, port, path: "/api/v1/me", headers: { host: "evil.example" } }, async (message) => {
        const text = (await message.toArray()).join("");
        const type = String(message.headers["content-type"]).split(";")[0] ?? "";
        resolve({ status: message.statusCode ?? 0, type, body: JSON.parse(text) });
      }).on("error", reject);
    });
    expectProblem(response, "request.unknown-host");
  });

  it.each([
    ["/sign-in?token=used", "sign-in.invalid-link"],
    ["/assets/gone.js", "web-app.file-not-found"],
  ] as const)("%s, as a page for people and as a problem for programs", async (path, code) => {
    expectProblem(await request(api.workbench.url).get(path).set("Accept", "application/json"), code);
    expectProblem(await request(api.workbench.url).get(path).set("Accept", "application/problem+json"), code);
    const page = await request(api.workbench.url).get(path).set("Accept", "text/html,*/*;q=0.8");
    expect(page).toMatchObject({ status: problemStatus[code], type: "text/html" });
    expect(page.text).toContain(`<meta name="problem-type" content="${problemType(code)}">`);
    expect(page.text).toContain(`<meta name="problem-code" content="${code}">`);
  });
});

describe("a server with failing parts", () => {
  let server: Server;
  let failure: unknown;
  let metrics: Metrics;
  let test: TestStore;
  let cookie: string;
  beforeAll(async () => {
    test = await sqliteInTemporaryFolder();
    const { store } = test;
    const handler = () => Promise.reject(failure);
    const streams = new ChangeStreams(
      new ChangeWatch(store, () => undefined),
      new Announcer(store.watchers, Date.now, () => undefined),
    );
    metrics = new Metrics({
      store,
      work: () => ({ workers: 2, busy: 0, waiting: { short: 0, long: 0 } }),
      streams: () => streams.open,
      now: Date.now,
    });
    const app = createApp({
      handlers: Object.fromEntries(names.map((name) => [name, handler])) as unknown as Handlers,
      people: {
        store,
        now: Date.now,
        sessions: new Sessions(store, Date.now, { lifetime: 60_000, idle: 60_000 }, () => undefined),
        attempts: new SignInAttempts(Date.now),
        hasher: new PasswordHasher(),
        challenges: new Challenges(Date.now),
        printedLink: new PrintedLink(Date.now),
        provider: undefined,
        analyst: "lena",
      },
      streams,
      cookie: { name: "stemma_test", secure: false, lifetime: 60_000 },
      log: pino({ level: "silent" }),
      identify: async (request) =>
        cookieOf(request.headers.cookie, "stemma_test") === "secret" ? administrator : undefined,
      version: "0",
      hostNames: new Set(["127.0.0.1"]),
      doors: { proxies: [], onlyThroughProxy: false, secure: false, isBehindProxy: false },
      monitoring: { health: new Health(() => Promise.resolve()), metrics },
      now: Date.now,
      url: () => "http://127.0.0.1",
      checkResponses: true,
      web: "/nowhere",
    });
    server = createServer(app);
    expect(await listen(server, { host: "127.0.0.1", port: 0 })).toMatchObject({ ok: true });
    cookie = "stemma_test=secret";
  });
  afterAll(async () => {
    metrics.close();
    server.close();
    await test.dispose();
  });
  const send = (path: string) =>
    request(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      .get(path)
      .set("Cookie", cookie)
      .set("Accept", "application/json");

  it("reports the failure of the store", async () => {
    failure = new StoreFailure({ code: "store.unavailable", message: "gone", remedy: "Wait." });
    const response = await send("/api/v1/me");
    expectProblem(response, "store.unavailable");
    expect(response.body.detail).toBe("gone. Wait.");
    expect(response.headers["retry-after"]).toBe("5");
  });

  it("reveals nothing about a bug but the id of its log entry", async () => {
    failure = new Error("secret internals");
    const response = await send("/api/v1/me");
    expectProblem(response, "server.internal-error");
    expect(response.text).not.toContain("secret");
  });

  it("reports a missing build of the web app", async () => {
    expectProblem(await send("/queue"), "web-app.not-built");
  });

  it("limits attempts to sign in", async () => {
    for (let attempt = 0; attempt < 50; attempt += 1) {
      await send("/sign-in?token=guess");
    }
    const response = await send("/sign-in?token=guess");
    expectProblem(response, "sign-in.rate-limited");
    expect(response.headers["retry-after"]).toBeDefined();
  });
});

function draft(text: string) {
  return { language: "eql", text: `process where ${text}` } as const;
}
