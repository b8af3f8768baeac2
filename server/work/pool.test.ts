import { describe, expect, it, vi } from "vitest";
import { rulesetOf } from "../ruleset/ruleset.ts";
import { StoreFailure } from "../store/failure.ts";
import { type FromThread, isCancelled, type ToThread } from "./messages.ts";
import { WorkPool } from "./pool.ts";
import type { TaskInput } from "./tasks.ts";
import type { ThreadEvents } from "./thread.ts";

const ruleset = rulesetOf({ rules: [], versions: [], files: [], macros: new Map() }, [], { disabled: [] });
const draft: TaskInput<"exceptionDryRun"> = { name: "x", reason: "", ruleIds: ["r"], mode: "shadow", entries: [] };
const search = { language: "eql", query: "any where true", limit: 1 } as const;

/** A thread that does what the test says. */
class FakeThread {
  readonly received: ToThread[] = [];
  readonly events: ThreadEvents;
  readonly #flag: Int32Array;
  ended = false;

  constructor(flag: SharedArrayBuffer, events: ThreadEvents) {
    this.#flag = new Int32Array(flag);
    this.events = events;
  }

  get isTold(): boolean {
    return isCancelled(this.#flag);
  }

  get last(): ToThread {
    const message = this.received.at(-1);
    if (message === undefined) {
      throw new Error("the thread has no work");
    }
    return message;
  }

  reply(message: (id: string) => FromThread): void {
    this.events.onMessage(message(this.last.id));
  }

  finish(value: unknown = "found"): void {
    this.reply((id) => ({ kind: "done", id, result: { ok: true, value } }));
  }
}

function poolWith(workers: number, now = () => Date.UTC(2026, 5, 17, 12)) {
  const threads: FakeThread[] = [];
  const bugs: Error[] = [];
  const pool = new WorkPool({
    workers,
    start: (flag, events) => {
      const thread = new FakeThread(flag, events);
      threads.push(thread);
      return {
        send: (message) => thread.received.push(message),
        end: async () => {
          thread.ended = true;
        },
      };
    },
    content: () => ({ ruleset, playbooks: [] }),
    now,
    onBug: (error) => bugs.push(error),
  });
  /** The inputs that threads have received, in order of their start. */
  const begun = () => threads.flatMap(({ received }) => received.map(({ input }) => input));
  const threadWith = (input: unknown) => {
    const thread = threads.find(({ received }) => received.at(-1)?.input === input);
    if (thread === undefined) {
      throw new Error("no thread has this work");
    }
    return thread;
  };
  return { pool, threads, bugs, begun, threadWith };
}

/** Rules are shared asynchronously before work is sent. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** An input that can be recognized in the thread. */
const named = (query: string) => ({ ...search, query });

describe("a pool of workers", () => {
  it("runs work in a thread, which it starts when there is some, and keeps for the next", async () => {
    const { pool, threads } = poolWith(2);
    expect(threads).toHaveLength(0);
    const found = pool.run("hunt", search, { person: "anna" });
    await settled();
    expect(threads[0]?.last).toMatchObject({ kind: "hunt", input: search, at: Date.UTC(2026, 5, 17, 12) });
    threads[0]?.finish("rows");
    expect(await found).toEqual({ ok: true, value: "rows" });
    const again = pool.run("hunt", search, { person: "anna" });
    await settled();
    threads[0]?.finish();
    await again;
    expect(threads).toHaveLength(1);
    expect(pool.state()).toMatchObject({ workers: 2, started: 1, busy: 0, done: 2 });
  });

  it("leaves a thread to short work, however much long work waits", async () => {
    const { pool, begun } = poolWith(2);
    const inputs = ["a", "b", "c"].map(named);
    for (const [index, input] of inputs.entries()) {
      void pool.run("hunt", input, { person: `person ${index}` });
    }
    void pool.run("audit", { limit: 1 }, { person: "anna" });
    await settled();
    expect(begun()).toEqual([inputs[0], { limit: 1 }]);
    expect(pool.state().waiting).toEqual({ short: 0, long: 2, batch: 0 });
  });

  it("has a thread of its own for batches, one at a time, so that they keep nobody waiting", async () => {
    const { pool, begun, threads, threadWith } = poolWith(2);
    const batches = ["a", "b"].map((id) => ({ id, runner: id, actor: { name: "anna" }, playbooks: [] }));
    for (const input of batches) {
      void pool.run("batch", input, { person: "anna" });
    }
    void pool.run("hunt", named("search"), { person: "ben" });
    void pool.run("audit", { limit: 1 }, { person: "ben" });
    await settled();
    expect(begun()).toHaveLength(3);
    expect(pool.state()).toMatchObject({ workers: 2, started: 3, busy: 3, waiting: { short: 0, long: 0, batch: 1 } });
    threadWith(batches[0]).finish();
    threads.find(({ last }) => last.kind === "audit")?.finish();
    await settled();
    expect(begun()).toContainEqual(batches[1]);
    expect(pool.state()).toMatchObject({ started: 3, busy: 2 });
    threadWith(batches[1]).finish();
    await settled();
    expect(pool.state()).toMatchObject({ started: 2, busy: 1 });
    // The threads of the others, which remember what they have read, stay.
    expect(threads.filter(({ ended }) => ended).map(({ last }) => last.kind)).toEqual(["batch", "batch"]);
  });

  it("gives nobody all threads of long work, and takes persons in turn", async () => {
    const { pool, begun, threadWith } = poolWith(4);
    const ofAnna = ["anna 1", "anna 2", "anna 3", "anna 4"].map(named);
    const ofBen = named("ben 1");
    for (const input of ofAnna) {
      void pool.run("hunt", input, { person: "anna" });
    }
    void pool.run("hunt", ofBen, { person: "ben" });
    await settled();
    expect(begun()).toEqual([ofAnna[0], ofAnna[1], ofBen]);
    threadWith(ofBen).finish();
    await settled();
    expect(begun()).toHaveLength(3);
    threadWith(ofAnna[0]).finish();
    await settled();
    expect(begun()).toContain(ofAnna[2]);
  });

  it("refuses what one person or all together ask for beyond the limits, with a code", async () => {
    const { pool } = poolWith(2);
    const ask = (person: string) => pool.run("hunt", search, { person });
    for (let index = 0; index < 24; index += 1) {
      void ask("anna");
    }
    expect(await ask("anna")).toMatchObject({ ok: false, error: { code: "work.too-many" } });
    for (let index = 0; pool.state().waiting.long < 200; index += 1) {
      void ask(`person ${index}`);
    }
    expect(await ask("ben")).toMatchObject({ ok: false, error: { code: "work.queue-full" } });
    expect(pool.state().refused).toBe(2);
  });

  it("refuses nobody short work because of long work", async () => {
    const { pool } = poolWith(2);
    for (let index = 0; pool.state().waiting.long < 200; index += 1) {
      void pool.run("hunt", search, { person: index < 24 ? "anna" : `person ${index}` });
    }
    for (const person of ["anna", "ben"]) {
      void pool.run("audit", { limit: 1 }, { person });
    }
    await settled();
    expect(pool.state()).toMatchObject({ waiting: { short: 1, long: 200 }, refused: 0 });
    for (let index = 1; index < 24; index += 1) {
      void pool.run("audit", { limit: 1 }, { person: "anna" });
    }
    const more = await pool.run("audit", { limit: 1 }, { person: "anna" });
    expect(more).toMatchObject({ ok: false, error: { code: "work.too-many" } });
  });

  it("tells a thread the time at which it starts, not that at which it was asked", async () => {
    let time = 1_000;
    const { pool, threads } = poolWith(2, () => time);
    void pool.run("hunt", search, { person: "anna" });
    const later = pool.run("hunt", search, { person: "anna" });
    await settled();
    time = 60_000;
    threads[0]?.finish();
    await settled();
    expect(threads[0]?.last.at).toBe(60_000);
    threads[0]?.finish();
    await later;
  });

  it("ends a draft that takes too long, with its thread, though nobody cancelled it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { pool, threads } = poolWith(2);
      const draft = { language: "eql", text: "any where true" } as TaskInput<"checkRule">;
      const run = pool.run("checkRule", draft, { person: "anna" });
      await vi.waitFor(() => expect(threads[0]?.received).toHaveLength(1));
      vi.advanceTimersByTime(10_000);
      expect(await run).toMatchObject({ ok: false, error: { code: "work.too-long" } });
      expect(threads[0]?.ended).toBe(true);
      expect(pool.state()).toMatchObject({ busy: 0, started: 0, lost: 1 });
    } finally {
      vi.useRealTimers();
    }
  });

  it("lists the work of a person with position and progress, and only that", async () => {
    const { pool, threads } = poolWith(2);
    for (const person of ["anna", "ben", "anna"]) {
      void pool.run("hunt", search, { person });
    }
    void pool.run("ruleReport", undefined, { person: "anna" });
    await settled();
    threads[0]?.reply((id) => ({ kind: "progress", id, progress: { done: 5, total: 10, unit: "events" } }));
    expect(pool.list("anna")).toMatchObject({
      items: [
        { kind: "hunt", state: "running", progress: { done: 5, total: 10, unit: "events" } },
        { kind: "hunt", state: "waiting", position: 2 },
        { kind: "ruleReport", state: "waiting", position: 3 },
      ],
      waiting: 3,
      running: 1,
      workers: 2,
    });
    expect(pool.list("carl").items).toEqual([]);
  });

  it("passes on what was found so far", async () => {
    const { pool, threads } = poolWith(2);
    const parts: unknown[] = [];
    const input = { what: "all", rules: undefined, limit: 1 } as const;
    const run = pool.run("ruleRun", input, { person: "anna", onPartial: (part) => parts.push(part) });
    await settled();
    threads[0]?.reply((id) => ({ kind: "partial", id, value: "half" }));
    threads[0]?.finish("whole");
    expect(await run).toEqual({ ok: true, value: "whole" });
    expect(parts).toEqual(["half"]);
  });

  it("lists what a dry run has found so far", async () => {
    const { pool, threads } = poolWith(2);
    void pool.run("exceptionDryRun", draft, { person: "anna" });
    await settled();
    threads[0]?.reply((id) => ({ kind: "partial", id, value: { tested: 400 } }));
    expect(pool.list("anna").items).toMatchObject([{ kind: "exceptionDryRun", dryRun: { tested: 400 } }]);
  });

  it("tells a failing store and a mistake in the request from a bug, which it reports", async () => {
    const { pool, threads } = poolWith(2);
    const outcome = async (reply: (id: string) => FromThread) => {
      const run = pool.run("hunt", search, { person: "anna" });
      await settled();
      threads[0]?.reply(reply);
      return run.then(String, (error: unknown) => error);
    };
    const problem = { code: "store.unavailable", message: "gone" } as const;
    expect(await outcome((id) => ({ kind: "refused", id, by: "store", problem }))).toBeInstanceOf(StoreFailure);
    expect(await outcome((id) => ({ kind: "refused", id, by: "request", problem }))).toMatchObject({ problem });
    expect(await outcome((id) => ({ kind: "failed", id, error: "TypeError: x" }))).toMatchObject({
      message: "TypeError: x",
    });
    expect(pool.state()).toMatchObject({ done: 2, failed: 1, busy: 0 });
  });
});

describe("cancelled work", () => {
  it("is refused at once, and its thread gets the next work when it has stopped", async () => {
    const { pool, threads, begun } = poolWith(2);
    const [first, second] = [named("1"), named("2")];
    const run = pool.run("hunt", first, { person: "anna" });
    const next = pool.run("hunt", second, { person: "ben" });
    await settled();
    const id = pool.list("anna").items[0]?.id ?? "";
    expect(pool.cancel("ben", id)).toBe(false);
    expect(pool.cancel("anna", id)).toBe(true);
    expect(await run).toMatchObject({ ok: false, error: { code: "work.cancelled" } });
    expect(threads[0]?.isTold).toBe(true);
    expect(pool.list("anna").items).toEqual([]);
    expect(begun()).toEqual([first]);
    threads[0]?.reply((gone) => ({ kind: "cancelled", id: gone }));
    await settled();
    expect(begun()).toEqual([first, second]);
    expect(threads[0]?.isTold).toBe(false);
    threads[0]?.finish();
    expect(await next).toMatchObject({ ok: true });
    expect(pool.state()).toMatchObject({ cancelled: 1, busy: 0, lost: 0, started: 1 });
  });

  it("leaves the queue when its request has gone", async () => {
    const { pool, begun } = poolWith(2);
    const gone = new AbortController();
    void pool.run("hunt", named("1"), { person: "anna" });
    const waiting = pool.run("hunt", named("2"), { person: "anna", signal: gone.signal });
    await settled();
    gone.abort();
    expect(await waiting).toMatchObject({ ok: false, error: { code: "work.cancelled" } });
    expect(pool.state()).toMatchObject({ busy: 1, waiting: { short: 0, long: 0 } });
    expect(begun()).toHaveLength(1);
    expect(await pool.run("hunt", search, { person: "anna", signal: gone.signal })).toMatchObject({ ok: false });
  });

  it("costs a thread that does not stop its place", async () => {
    const { pool, threads } = poolWith(2);
    const gone = new AbortController();
    const run = pool.run("hunt", search, { person: "anna", signal: gone.signal });
    await settled();
    gone.abort();
    expect(await run).toMatchObject({ ok: false });
    await expect.poll(() => threads[0]?.ended, { timeout: 10_000 }).toBe(true);
    expect(pool.state()).toMatchObject({ started: 0, lost: 1 });
    const next = pool.run("hunt", search, { person: "anna" });
    await settled();
    threads[1]?.finish();
    expect(await next).toMatchObject({ ok: true });
  });

  it("is everything that is left when the pool closes", async () => {
    const { pool, threads } = poolWith(2);
    const runs = ["1", "2", "3"].map((query) => pool.run("hunt", named(query), { person: "anna" }));
    await settled();
    await pool.close();
    for (const run of await Promise.all(runs)) {
      expect(run).toMatchObject({ ok: false, error: { code: "work.cancelled" } });
    }
    expect(threads.every(({ ended }) => ended)).toBe(true);
    expect(await pool.run("hunt", search, { person: "anna" })).toMatchObject({ ok: false });
  });
});

describe("a thread that dies", () => {
  it("fails the work that it had, and nothing else", async () => {
    const { pool, threads, bugs, threadWith } = poolWith(4);
    const [first, second, third] = ["1", "2", "3"].map(named);
    const runs = [
      pool.run("hunt", first ?? search, { person: "anna" }).then(String, (error: unknown) => error),
      pool.run("hunt", second ?? search, { person: "ben" }),
      pool.run("hunt", third ?? search, { person: "carl" }),
    ];
    await settled();
    const crash = new Error("a worker thread ended by itself with code 134");
    threadWith(first).events.onLost(crash);
    expect(await runs[0]).toBe(crash);
    expect(bugs).toEqual([crash]);
    threadWith(second).finish();
    threadWith(third).finish();
    expect(await runs[1]).toMatchObject({ ok: true });
    expect(pool.state()).toMatchObject({ started: 2, busy: 0, failed: 1, lost: 1 });
    expect(threads).toHaveLength(3);
  });

  it("of too much memory refuses its work, which is no bug", async () => {
    const { pool, threads, bugs } = poolWith(2);
    const run = pool.run("hunt", search, { person: "anna" });
    await settled();
    threads[0]?.events.onLost(Object.assign(new Error("heap"), { code: "ERR_WORKER_OUT_OF_MEMORY" }));
    expect(await run).toMatchObject({ ok: false, error: { code: "work.out-of-memory" } });
    expect(bugs).toEqual([]);
  });

  it("while it has no work is replaced by the next work", async () => {
    const { pool, threads } = poolWith(2);
    const run = pool.run("hunt", search, { person: "anna" });
    await settled();
    threads[0]?.finish();
    await run;
    threads[0]?.events.onLost(new Error("gone"));
    const next = pool.run("hunt", search, { person: "anna" });
    await settled();
    expect(threads).toHaveLength(2);
    threads[1]?.finish();
    expect(await next).toMatchObject({ ok: true });
  });
});
