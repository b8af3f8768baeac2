import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AuditRecord } from "#contracts/audit";
import type { StoreLook } from "../store/changes/port.ts";
import { ChangeWatch, type News } from "./watch.ts";

/** A store that only counts: how often it was looked at, and what was written. */
function countingStore() {
  const records: AuditRecord[] = [];
  const state = {
    ...{ looks: 0, alerts: 0, read: 0 },
    failure: undefined as Error | undefined,
    watchers: undefined as string | undefined,
  };
  const look = async (): Promise<StoreLook> => {
    state.looks += 1;
    if (state.failure !== undefined) {
      throw state.failure;
    }
    const last = records.at(-1);
    const { alerts, watchers } = state;
    return {
      alerts,
      ...(watchers && { watchers }),
      ...(last && { audit: { sequence: last.sequence, hash: last.hash } }),
    };
  };
  const append = (kind: string, id: string) => {
    const sequence = records.length + 1;
    const rest = { at: "", action: "b", previousHash: "" };
    records.push({ ...rest, sequence, hash: `hash ${sequence}`, actor: "lena", subject: { kind, id } });
  };
  const after = async (sequence: number, limit: number) => records.slice(sequence, sequence + limit);
  const incidentsOf = async () => [{ kind: "alert", id: "a", key: "k" } as const];
  // Only what the watch reads.
  const elsewhere = async () => {
    state.read += 1;
    return [{ key: "k", account: "tom", name: "Tom", since: 0 }];
  };
  const store = {
    changes: { look, incidentsOf },
    audit: { after },
    watchers: { elsewhere },
  } as unknown as ConstructorParameters<typeof ChangeWatch>[0];
  return { store, state, records, append };
}

describe("the watch over a store", () => {
  let now: ReturnType<typeof countingStore>;
  let errors: unknown[];
  let watch: ChangeWatch;
  let news: News[];
  beforeEach(() => {
    vi.useFakeTimers();
    now = countingStore();
    errors = [];
    news = [];
    watch = new ChangeWatch(now.store, (error) => errors.push(error));
  });
  afterEach(() => void vi.useRealTimers());
  const listen = () => watch.listen((one) => news.push(one));
  const told = () => news.flatMap(({ changes }) => changes);

  it("looks at the store only while somebody listens, and once for all who listen", async () => {
    await vi.advanceTimersByTimeAsync(10_000);
    await watch.look();
    expect(now.state.looks).toBe(0);
    const stops = await Promise.all(Array.from({ length: 50 }, listen));
    const before = now.state.looks;
    await vi.advanceTimersByTimeAsync(10_000);
    const looks = now.state.looks - before;
    expect(looks).toBeGreaterThan(10);
    expect(looks).toBeLessThanOrEqual(20);
    for (const stop of stops) {
      stop();
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(now.state.looks - before).toBe(looks);
  });

  it("tells what is written, but not what was written before anybody listened", async () => {
    now.append("alert", "a");
    await listen();
    expect(news).toEqual([]);
    now.append("alert", "a");
    now.append("rule", "r");
    now.state.alerts += 1;
    await watch.look();
    expect(told()).toEqual([
      { kind: "incident", key: "k", by: ["lena"] },
      { kind: "subject", subject: "rule" },
      { kind: "alerts" },
    ]);
    expect(news[0]?.mark).toBe(watch.mark);
    await watch.look();
    expect(news).toHaveLength(1);
  });

  it("tells who is at other servers when those are others, which is no change", async () => {
    now.state.watchers = "tom 1";
    await listen();
    await watch.look();
    expect(news).toEqual([{ changes: [], mark: watch.mark, elsewhere: [expect.objectContaining({ name: "Tom" })] }]);
    now.state.watchers = undefined;
    await watch.look();
    await watch.look();
    expect(news.slice(1)).toEqual([{ changes: [], mark: watch.mark, elsewhere: [] }]);
    expect(now.state.read).toBe(1);
  });

  it("says that everything may have changed after too many records, and in a trail that is another one", async () => {
    await listen();
    for (let count = 0; count < 201; count += 1) {
      now.append("alert", "a");
    }
    await watch.look();
    expect(told()).toEqual([{ kind: "everything" }]);
    now.records.splice(5);
    await watch.look();
    expect(told()).toEqual([{ kind: "everything" }, { kind: "everything" }]);
  });

  it("reports a store that is down once, and tells what was written meanwhile when it is back", async () => {
    await listen();
    now.state.failure = new Error("gone");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(errors).toEqual([now.state.failure]);
    now.append("rule", "r");
    now.state.failure = undefined;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(told()).toEqual([{ kind: "subject", subject: "rule" }]);
  });
});
