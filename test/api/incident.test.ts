import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Incident } from "#contracts/queue";
import { first, startApi, type TestApi } from "./workbench.ts";

describe("an incident", () => {
  let api: TestApi;
  let item: Incident;
  const itemsOf = async () => (await api.get("queue")).items;
  beforeAll(async () => {
    api = await startApi();
    item = first((await itemsOf()).filter(({ alertCount, ruleCount }) => alertCount > 2 && ruleCount > 1));
  });
  afterAll(() => api.stop());

  it("has the alerts of several rules under one root, with one history", async () => {
    const [one, other] = item.alerts;
    const lead = one?.id ?? "";
    await api.get("transition", { params: { id: lead }, body: { to: "acknowledged" } });
    api.wait(1000);
    await api.get("transition", { params: { id: other?.id ?? "" }, body: { to: "escalated", note: "for the night" } });
    const whole = await api.get("incident", { params: { key: item.key } });
    expect(whole).toMatchObject({
      key: item.key,
      total: item.alertCount,
      removed: { items: [], total: 0 },
      hosts: item.hosts,
    });
    expect(whole.items.map(({ id }) => id)).toEqual(item.alerts.map(({ id }) => id));
    expect(whole.history.filter(({ change, work }) => change === undefined && work === undefined)).toHaveLength(
      item.alertCount,
    );
    expect(
      whole.history.flatMap(({ alert, change }) => (change === undefined ? [] : [[alert?.id, change.to]])),
    ).toEqual([
      [lead, "acknowledged"],
      [other?.id, "escalated"],
    ]);
    expect(await api.get("incident", { params: { key: whole.key } })).toEqual(whole);
  });

  it("releases an alert without changing its status, and takes it back; audit trail and history record both", async () => {
    const taken = first(item.alerts.slice(1));
    const params = { id: taken.id };
    const changed = await api.get("incidentMembership", {
      params,
      body: { removed: true, reason: "the owner asked for it" },
    });
    expect(changed).toMatchObject({
      status: "escalated",
      removed: { actor: "lena", reason: "the owner asked for it" },
    });
    const items = await itemsOf();
    expect(items.find(({ key }) => key === item.key)?.alertCount).toBe(item.alertCount - 1);
    expect(items.find(({ key }) => key === changed.incidentKey)?.alerts.map(({ id }) => id)).toEqual([taken.id]);
    const left = await api.get("incident", { params: { key: item.key } });
    expect(left.removed.items.map(({ id }) => id)).toEqual([taken.id]);
    expect(left.total).toBe(item.alertCount - 1);
    expect(left.history.findLast(({ alert }) => alert !== undefined)).toMatchObject({
      alert: { id: taken.id },
      change: { incident: "removed", actor: "lena" },
    });

    const again = await api.send("incidentMembership", { params, body: { removed: true } });
    expect(again.status).toBe(409);
    await api.get("incidentMembership", { params, body: { removed: false } });
    expect((await itemsOf()).find(({ key }) => key === item.key)?.alertCount).toBe(item.alertCount);
    const audit = await api.get("audit", { query: { kind: "alert", id: taken.id } });
    expect(audit.items.slice(0, 2).map(({ action }) => action)).toEqual([
      "alert.restored-to-incident",
      "alert.removed-from-incident",
    ]);
    const { history, escalation } = await api.get("alert", { params });
    expect(history.map((change) => change.incident)).toEqual([undefined, "removed", "restored"]);
    expect(escalation).toMatchObject({ note: "for the night" });
  });

  it("is found under its former key after it was merged", async () => {
    const { items } = await api.get("queue", { query: { status: [] } });
    const other = first(items.filter(({ key, rank }) => key !== item.key && rank !== undefined));
    const merged = await api.get("mergeIncident", {
      params: { key: item.key },
      body: { incident: other.key, reason: "one intrusion" },
    });
    for (const key of [item.key, other.key]) {
      expect(await api.get("incident", { params: { key } })).toMatchObject({ key: merged.key });
    }
    const back = await api.get("unmergeIncident", { params: { key: merged.key }, body: { reason: "two after all" } });
    expect([item.key, other.key]).toContain(back.key);
    expect((await api.get("incident", { params: { key: item.key } })).key).toBe(item.key);
  });
});
