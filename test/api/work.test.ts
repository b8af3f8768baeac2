import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { RouteName } from "#contracts/api";
import { type Call, first, startApi, type TestApi } from "./workbench.ts";

/** A search that takes some seconds for each thousand of events. */
const slow = {
  language: "eql",
  query: `any where process.command_line : (${Array.from({ length: 8_000 }, (_, index) => `"*a*${index}*b*c*d*"`).join(", ")})`,
} as const;
const quick = { language: "eql", query: "any where process.pid == 1" } as const;

let api: TestApi;
let alertId: string;
beforeAll(async () => {
  api = await startApi({ STEMMA_WORKERS: "2" });
  // Both workers are started: short work takes one while long work has the other.
  const [{ items }] = await Promise.all([api.get("queue", { query: { group: "none" } }), ask(quick)]);
  alertId = first(first(items).alerts).id;
});
afterAll(() => api.stop());

/** Asks like a browser, which can go away. */
function ask(body: object, signal?: AbortSignal): Promise<Response> {
  const { url } = api.workbench;
  const headers = { cookie: api.cookie, origin: url, "content-type": "application/json" };
  return fetch(`${url}/api/v1/hunt`, { method: "POST", headers, body: JSON.stringify(body), signal });
}

const ownWork = async (state: "waiting" | "running") =>
  (await api.get("work")).items.filter((item) => item.state === state);

describe("heavy work", () => {
  it("ends when its client has gone, and frees its worker", async () => {
    const gone = new AbortController();
    const dropped = Array.from({ length: 8 }, () => ask(slow, gone.signal).catch((error: unknown) => error));
    await expect.poll(() => ownWork("running"), { timeout: 20_000 }).toHaveLength(1);
    await expect.poll(() => ownWork("waiting"), { timeout: 20_000 }).toHaveLength(7);
    gone.abort();
    await Promise.all(dropped);
    await expect.poll(async () => (await api.get("work")).items, { timeout: 20_000 }).toEqual([]);
    expect((await ask(quick)).status).toBe(200);
    expect(await api.get("work")).toMatchObject({ items: [], waiting: 0 });
  });

  it("does not hold other requests, not even short work", async () => {
    const gone = new AbortController();
    const running = Array.from({ length: 4 }, () => ask(slow, gone.signal).catch((error: unknown) => error));
    await expect.poll(() => ownWork("waiting"), { timeout: 20_000 }).toHaveLength(3);
    expect((await api.get("alert", { params: { id: alertId } })).id).toBe(alertId);
    expect((await api.get("queue", { query: { text: "server" } })).totalAlerts).toBeGreaterThanOrEqual(0);
    // On a busy machine the first one may have ended meanwhile.
    expect(await ownWork("waiting")).not.toEqual([]);
    gone.abort();
    await Promise.all(running);
    await expect.poll(async () => (await api.get("work")).items, { timeout: 20_000 }).toEqual([]);
  });

  it("can be cancelled by whoever asked for it, whose request is refused", async () => {
    const running = ask(slow);
    await expect.poll(() => ownWork("running"), { timeout: 20_000 }).toHaveLength(1);
    const { id, kind } = first((await api.get("work")).items);
    expect(kind).toBe("hunt");
    expect((await api.get("cancelWork", { params: { id } })).items).toEqual([]);
    const response = await running;
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "work.cancelled" });
    expect((await api.send("cancelWork", { params: { id } })).body).toMatchObject({ code: "work.not-found" });
  });

  it("is refused beyond what one person may ask for, and says when to come back", async () => {
    const gone = new AbortController();
    const asked = Array.from({ length: 24 }, () => ask(slow, gone.signal).catch((error: unknown) => error));
    await expect.poll(async () => (await api.get("work")).items, { timeout: 20_000 }).toHaveLength(24);
    const refused = await ask(quick);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: "work.too-many" });
    gone.abort();
    await Promise.all(asked);
    await expect.poll(async () => (await api.get("work")).items, { timeout: 20_000 }).toEqual([]);
  });

  it("reads the store in its worker, not in the thread that answers requests", async () => {
    const { store } = api.workbench;
    const { draft } = await api.get("exceptionDraft", { params: { id: alertId } });
    const { id: playbookId, steps } = await api.get("playbook", { params: { id: alertId } });
    const step = first(steps.filter(({ queries }) => queries.length > 0));
    const { processKey = "", rule } = (await store.alerts.get(alertId)) ?? {};
    const reads = [
      vi.spyOn(store.events, "find"),
      vi.spyOn(store.events, "scan"),
      vi.spyOn(store.alerts, "each"),
      vi.spyOn(store.alerts, "find"),
      vi.spyOn(store.alerts, "queue"),
      vi.spyOn(store.lineage, "runs"),
      vi.spyOn(store.audit, "all"),
      vi.spyOn(store.audit, "within"),
      vi.spyOn(store.audit, "about"),
      vi.spyOn(store.alerts, "raised"),
    ];
    const calls: { readonly [N in RouteName]?: Call<N> } = {
      queue: { query: { text: "cmd" } },
      hunt: { body: quick },
      exceptionDryRun: { body: draft },
      stepQuery: { params: { id: alertId, query: first(step.queries).id } },
      suggestion: { params: { id: alertId, step: step.id } },
      comparison: { params: { key: processKey } },
      ruleReport: {},
      shiftReport: { query: { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" } },
      playbookStatistics: { params: { playbook: playbookId }, query: { period: "all" } },
      ruleSources: { params: { id: rule?.id ?? "" } },
      fieldNames: {},
      audit: {},
    };
    for (const name of Object.keys(calls) as (keyof typeof calls & RouteName)[]) {
      expect([name, (await api.send(name, calls[name] as Call<typeof name>)).status]).toEqual([name, 200]);
    }
    const { token } = await api.get("exceptionDryRun", { body: draft });
    await api
      .get("saveException", { body: { draft: { ...draft, reason: "known" }, dryRunToken: token } })
      .catch(() => 0);
    for (const read of reads) {
      expect(read).not.toHaveBeenCalled();
      read.mockRestore();
    }
  });
});
