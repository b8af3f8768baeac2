import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Route, type RouteName, routes } from "#contracts/api";
import { problemDetails } from "#contracts/problem";
import { exception } from "../factories/alerts.ts";
import { type Call, first, startApi, type TestApi } from "./workbench.ts";

const names = Object.keys(routes) as RouteName[];

/** Whether a response is a list: its own fields include `items`. */
const isList = ({ response }: Route) => response instanceof z.ZodObject && "items" in response.shape;
const isPaged = ({ query }: Route) => query instanceof z.ZodObject && "cursor" in query.shape;

const lists = names.filter((name) => isList(routes[name]));
const paged = names.filter((name) => isPaged(routes[name]));

/** Lists that come whole. */
const whole: Readonly<Record<string, string>> = {
  endOwnSession: "the open sessions of one person",
  personSessions: "the open sessions of one person",
  endSession: "the open sessions of one person",
  ...Object.fromEntries(
    ["incidentTransition", "incidentAssignee", "incidentTags", "incidentComment"].map((name) => [
      name,
      "the first alerts of an incident, which is read in pages",
    ]),
  ),
  timeline: "in pages, too, but its request is a body",
  earlierAlerts: "the newest few of an alert's kind, with how many there are",
  valueLists: "at most 500",
  valueList: "the first values that match a search, with how many there are",
  settings: "fixed by the version",
  work: "bounded by the limit of work per person",
  cancelWork: "bounded by the limit of work per person",
};

let api: TestApi;
/** Calls with the parameters of the sample that a list needs. */
let calls: Readonly<Record<string, Call<RouteName>>>;
beforeAll(async () => {
  api = await startApi();
  const queue = await api.get("queue", { query: { group: "none", limit: 500 } });
  const alerts = queue.items.flatMap((item) => item.alerts);
  const key = first(alerts.flatMap(({ process }) => process.key ?? []));
  const parent = (await api.get("process", { params: { key } })).parent?.key ?? key;
  const rule = first(alerts).rule.id;
  for (const enabled of [false, true, false, true]) {
    await api.get("setRuleEnabled", { params: { id: rule }, body: { enabled, note: "test" } });
  }
  await api.workbench.store.write(async ({ deliveries }) => {
    for (const at of [1, 2, 2, 3]) {
      const id = `delivery-${at}-${await deliveries.counts().then(({ failed }) => failed)}`;
      const given = { id, incidentKey: "k", at, actor: "lena", note: "", alerts: 1, attempts: 10, nextAt: at };
      await deliveries.put({ ...given, state: "failed", files: [] });
    }
  });
  await api.workbench.store.write(async ({ batches }) => {
    const [at, none] = [new Date().toISOString(), { incidents: 0, alerts: 0 }];
    await batches.put({
      ...{ id: "batch", action: { kind: "acknowledge", note: "" }, state: "done", actor: "lena", left: [] },
      ...{ startedAt: at, changedAt: at, runner: "none", parts: 0, next: 0, done: none, changed: none },
    });
    for (const [number, code] of ["alert.not-found", "workflow.same-status", "workflow.same-status"].entries()) {
      const incidents = [
        { key: "k", alerts: [`${number}-a`, `${number}-b`] },
        { key: "gone", alerts: [] },
      ];
      await batches.putLeft({ batch: "batch", number, code, incidents });
    }
  });
  await api.workbench.store.write(async ({ exceptions, audit }) => {
    await exceptions.put(exception({ id: "ex" }));
    for (const number of [1, 2, 3, 4, 5, 6, 7]) {
      const hit = { ruleId: `rule-${number % 2}`, subject: `p${number}`, eventId: "e", time: number % 3 };
      await exceptions.addHit("ex", hit);
      const subject = { kind: "exception", id: "ex" };
      await audit.append({ at: number, actor: { name: "lena" }, action: "exception.disable", subject });
    }
  });
  calls = {
    exceptionVersions: { params: { id: "ex" } },
    hiddenHits: { params: { id: "ex" } },
    batchLeft: { params: { id: "batch" } },
    incident: { params: { key: first(alerts).incidentKey } },
    children: { params: { key: parent } },
    processEvents: { params: { key } },
    relatedProcesses: { params: { key } },
    savedViews: { query: { page: "queue" } },
  };
});
afterAll(() => api.stop());

const send = (name: RouteName, query: object) =>
  api.send(name, { ...calls[name], query: { ...calls[name]?.query, ...query } as never }) as unknown as Promise<{
    status: number;
    body: { items: unknown[]; total: number; next?: string };
  }>;

describe("every list", () => {
  it("comes in pages, or whole for a stated reason", () => {
    expect(lists.filter((name) => !isPaged(routes[name]))).toEqual(lists.filter((name) => name in whole));
    expect(paged.filter((name) => !lists.includes(name))).toEqual([]);
  });

  it("takes cursors of its own with the same filters only", async () => {
    const { next: cursor } = await api.get("ruleNames", { query: { limit: 1 } });
    expect((await send("ruleNames", { cursor, limit: 2 })).status).toBe(200);
    for (const name of paged.filter((one) => one !== "ruleNames")) {
      const refused = await send(name, { cursor });
      expect([name, refused.status, problemDetails.parse(refused.body).code]).toEqual([
        name,
        400,
        "request.invalid-cursor",
      ]);
    }
    const { next: inQueue } = await api.get("queue", { query: { group: "none", limit: 1 } });
    expect((await send("queue", { group: "none", cursor: inQueue })).status).toBe(200);
    for (const other of [{ group: "host" }, { group: "none", text: "power" }, {}]) {
      expect((await send("queue", { ...other, cursor: inQueue })).status).toBe(400);
    }
  });

  it.each(paged)("%s names its items, the total and the next page alike", (name) => {
    const { response, query, problems }: Route = routes[name];
    const fields = response instanceof z.ZodObject ? Object.keys(response.shape) : [];
    expect(fields).toEqual(expect.arrayContaining(["items", "total", "next", "truncationReason"]));
    expect(problems).toContain("request.invalid-cursor");
    const required = calls[name]?.query ?? {};
    expect(query.parse(required)).toMatchObject({ limit: 100 });
    const accepts = (limit: number) => query.safeParse({ ...required, limit }).success;
    expect([1, 500].map(accepts)).toEqual([true, true]);
    expect([0, 501, 1.5].map(accepts)).toEqual([false, false, false]);
  });

  it.each(paged)("%s has the same items in small pages as in one", async (name) => {
    const { items, total, next } = (await send(name, { limit: 500 })).body;
    expect({ length: items.length, next }).toEqual({ length: total, next: undefined });
    const limit = Math.max(1, Math.ceil(total / 5));
    const collected: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await send(name, { limit, cursor });
      expect({ status, total: body.total }).toEqual({ status: 200, total });
      expect(body.items.length).toBeLessThanOrEqual(limit);
      collected.push(...body.items);
      cursor = body.next;
    } while (cursor !== undefined);
    expect(collected).toEqual(items);
  });

  it.each(paged)("%s refuses the cursor of another list", async (name) => {
    for (const cursor of ["made-up", Buffer.from('[1,"x",{}]').toString("base64url")]) {
      const { status, body } = await send(name, { cursor });
      expect(status).toBe(400);
      expect(problemDetails.parse(body)).toMatchObject({
        code: "request.invalid-cursor",
        errors: [{ field: "cursor" }],
      });
    }
  });
});
