import { describe, expect, it } from "vitest";
import type { IngestSummary } from "#contracts/ingest";
import { rarely, within } from "./bounded.ts";
import { Health } from "./health.ts";
import { IngestCounter } from "./ingest-totals.ts";

describe("readiness", () => {
  it("needs a store that answers", async () => {
    const health = new Health(() => Promise.reject(new Error("gone")));
    expect(await health.readiness()).toEqual({ ready: false, reasons: ["store.unavailable"] });
  });

  it("ends when the server stops", async () => {
    const health = new Health(() => Promise.resolve());
    expect(await health.readiness()).toEqual({ ready: true, reasons: [] });
    health.stop();
    expect(await health.readiness()).toEqual({ ready: false, reasons: ["server.stopping"] });
  });
});

describe("a bounded read", () => {
  it("ends without a value when it takes too long or fails", async () => {
    expect(await within(1, () => new Promise(() => undefined))).toBeUndefined();
    expect(await within(1000, () => Promise.reject(new Error("no")))).toBeUndefined();
    expect(await within(1000, async () => 7)).toBe(7);
  });

  it("happens once for all who ask within an interval, and never twice at a time", async () => {
    let now = 0;
    let reads = 0;
    const finish: (() => void)[] = [];
    const read = rarely(
      100,
      () => {
        reads += 1;
        return new Promise<number>((resolve) => finish.push(() => resolve(reads)));
      },
      () => now,
    );
    const first = [read(), read()];
    now = 150;
    const later = read();
    expect(reads).toBe(1);
    finish[0]?.();
    expect(await Promise.all([...first, later])).toEqual([1, 1, 1]);
    const second = read();
    finish[1]?.();
    expect(await second).toBe(2);
  });
});

describe("the totals of ingests", () => {
  const summary = (id: string, events: number) =>
    ({ id, records: events * 2, events, duplicates: 0, rejectedTotal: 1, alerts: 3 }) as IngestSummary;

  it("count what was added since the first look, once", () => {
    const counter = new IngestCounter();
    expect(counter.look([summary("old", 100)]).events).toBe(0);
    expect(counter.look([summary("running", 10), summary("old", 100)])).toMatchObject({ events: 10, rejected: 1 });
    expect(counter.look([summary("running", 25), summary("old", 100)])).toMatchObject({ events: 25, records: 50 });
    expect(counter.look([summary("next", 5), summary("running", 25)])).toMatchObject({ events: 30, alerts: 6 });
    expect(counter.look([]).events).toBe(30);
  });
});
