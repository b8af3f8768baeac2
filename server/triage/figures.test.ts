import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import type { AlertRecord } from "../alert/record.ts";
import { hostPageOf } from "./host-page.ts";
import { hostSummaries } from "./host-summaries.ts";
import { similarAlertsOf } from "./similar-alerts.ts";
import { userPageOf } from "./user-page.ts";
import { userSummaries } from "./user-summaries.ts";

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

describe("figures over all alerts", () => {
  let world: WorkbenchStore;
  let all: AlertRecord[] = [];
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
    const outcomes = [
      { status: "closed", closeReason: "benign" },
      { status: "closed", closeReason: "true-positive" },
      { status: "escalated" },
      { status: "acknowledged" },
      { status: "open" },
    ] as const;
    const { items } = await world.store.alerts.find({ limit: 500, order: "oldest-first" });
    await world.store.write(async (transaction) => {
      for (const [index, alert] of items.entries()) {
        await transaction.alerts.put({ ...alert, ...outcomes[index % outcomes.length] });
      }
    });
    for await (const alert of world.store.alerts.each({})) {
      all.push(alert);
    }
    all = all.toSorted((left, right) => left.time - right.time || (left.id < right.id ? -1 : 1));
  });
  afterAll(() => world.close());

  const carriesRisk = (alert: AlertRecord) => alert.status !== "closed" || alert.closeReason === "true-positive";
  const expected = (alerts: readonly AlertRecord[]) => ({
    alerts: alerts.length,
    openAlerts: alerts.filter(({ status, buildingBlock }) => status !== "closed" && !buildingBlock).length,
    risk: sum(alerts.filter(carriesRisk).map(({ riskScore }) => riskScore)),
  });

  it("by host and by user agree with the alerts", async () => {
    expect(all.length).toBeGreaterThan(5);
    for (const summary of await hostSummaries(world.store)) {
      expect(summary).toMatchObject(expected(all.filter(({ host }) => host === summary.host)));
    }
    for (const summary of await userSummaries(world.store)) {
      expect(summary).toMatchObject(expected(all.filter(({ userKey }) => userKey === summary.key)));
    }
  });

  it("accumulate along the risk curve of a host and of a user", async () => {
    const [alert] = all;
    if (alert?.userKey === undefined) throw new Error("no alert with a user in the sample");
    const pages = [
      { page: await hostPageOf(world.store, alert.host), own: all.filter(({ host }) => host === alert.host) },
      { page: await userPageOf(world.store, alert.userKey), own: all.filter((one) => one.userKey === alert.userKey) },
    ];
    for (const { page, own } of pages) {
      const risky = own.filter(carriesRisk);
      expect(page?.risk.points.map(({ alertId }) => alertId)).toEqual(risky.map(({ id }) => id));
      expect(page?.risk.points.map(({ risk }) => risk)).toEqual(
        risky.map((_, index) => sum(risky.slice(0, index + 1).map(({ riskScore }) => riskScore))),
      );
      expect(page?.risk.total).toBe(sum(risky.map(({ riskScore }) => riskScore)));
      expect(page?.risk.truncationReason).toBeUndefined();
    }
  });

  it("count how similar alerts were closed", async () => {
    for (const alert of all) {
      const alike = all.filter(
        ({ rule, commandTemplate }) => rule.id === alert.rule.id && commandTemplate === alert.commandTemplate,
      );
      const same = alert.commandTemplate === undefined ? [alert] : alike;
      const similar = await similarAlertsOf(world.store.alerts, alert);
      expect(similar).toMatchObject({
        commandTemplate: alert.commandTemplate ?? "",
        total: same.length,
        escalated: same.filter(({ status }) => status === "escalated").length,
        hosts: new Set(same.map(({ host }) => host)).size,
        users: new Set(same.flatMap(({ userKey }) => userKey ?? [])).size,
        firstSeen: new Date(Math.min(...same.map(({ time }) => time))).toISOString(),
      });
      expect(sum(similar.closed.map(({ count }) => count))).toBe(
        same.filter(({ status }) => status === "closed").length,
      );
    }
  });
});
