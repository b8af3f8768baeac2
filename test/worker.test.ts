import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExceptionDraft } from "#contracts/exception";
import { queueQuery } from "#contracts/queue";
import type { WorkKind } from "#contracts/work";
import { loadContent, openStore } from "../server/cli/open.ts";
import { type Config, readConfig } from "../server/config.ts";
import { suggestDraft } from "../server/exceptions/draft.ts";
import { ingestLines } from "../server/pipeline/ingest-lines.ts";
import { collectPlaybooks } from "../server/playbooks/choose.ts";
import type { Ruleset } from "../server/ruleset/ruleset.ts";
import { seenFieldsMemory } from "../server/ruleset/seen-fields.ts";
import { sampleCapture } from "../server/sample/generate.ts";
import type { Store } from "../server/store/port.ts";
import { WorkPool } from "../server/work/pool.ts";
import { threadsOf } from "../server/work/start-thread.ts";
import type { TaskContext } from "../server/work/task.ts";
import { type TaskInput, tasks } from "../server/work/tasks.ts";
import { wednesday } from "./api/workbench.ts";

const now = () => wednesday;

let folder: string;
let config: Config;
let store: Store;
let ruleset: Ruleset;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-worker-"));
  const read = readConfig({}, { STEMMA_LOG: "silent" }, folder);
  if (!read.ok) {
    throw new Error(JSON.stringify(read.error));
  }
  config = read.value;
  const opened = await openStore(config, { readOnly: false });
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  store = opened.value;
  const content = await loadContent(config, store);
  ruleset = content.ruleset;
  const capture = { file: "sample", lines: sampleCapture(wednesday) };
  await ingestLines(store, content.detector, capture, { actor: { name: "test" }, now });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

function poolOf(entry: URL, bugs: Error[] = []): WorkPool {
  return new WorkPool({
    workers: 2,
    start: threadsOf(entry, config),
    content: () => ({ ruleset, playbooks: [] }),
    now,
    onBug: (error) => bugs.push(error),
  });
}

describe("a worker thread", () => {
  it("answers as the same work does without a thread", async () => {
    const pool = poolOf(new URL("../server/worker.ts", import.meta.url));
    const context: TaskContext = {
      store,
      ruleset,
      playbooks: collectPlaybooks([]),
      seenFields: seenFieldsMemory(store),
      settings: { broadExceptions: config.broadExceptions },
      now,
      onProgress: () => undefined,
      onPartial: () => undefined,
      withWriter: (work) => work(store),
    };
    const { items } = await store.alerts.find({ limit: 1 });
    const [alert] = items;
    if (alert === undefined) {
      throw new Error("the sample has no alert");
    }
    const host = alert.host;
    const compared = async <K extends WorkKind>(kind: K, input: TaskInput<K>) => {
      const inThread = await pool.run(kind, input, { person: "lena" });
      // Indexed by a type parameter, the union of tasks has no common input.
      const run = tasks[kind].run as (input: TaskInput<K>, context: TaskContext) => Promise<unknown>;
      expect(timeless(inThread)).toEqual(timeless(await run(input, context)));
      return inThread;
    };
    const answers = [
      await compared("queue", queueQuery.parse({})),
      await compared("queue", queueQuery.parse({ group: "host", text: "power" })),
      await compared("hosts", { limit: 10 }),
      await compared("host", { key: host }),
      await compared("users", { limit: 10 }),
      await compared("hunt", { language: "eql", query: "process where true", limit: 20 }),
      await compared("exceptionDryRun", {
        name: "known host",
        reason: "test",
        ruleIds: [alert.rule.id],
        entries: [{ type: "match", field: "host.name", value: host, operator: "included", case: "insensitive" }],
        mode: "enforced",
      }),
      await compared("ruleReport", undefined),
      await compared("fieldNames", undefined),
      await compared("ruleSources", { rule: alert.rule.id }),
      await compared("audit", { limit: 10 }),
      await compared("ruleRun", { what: "all", rules: undefined, limit: 10 }),
    ];
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
    // The draft hides something, and the search finds something.
    expect(answers[5]).toMatchObject({ value: { rows: expect.arrayContaining([expect.anything()]) } });
    expect(answers[6]).toMatchObject({ value: { result: { closesNow: expect.arrayContaining([expect.anything()]) } } });
    await pool.close();
  });

  it("writes only while who asked may still do that, which it looks up in the same transaction", async () => {
    const pool = poolOf(new URL("../server/worker.ts", import.meta.url));
    const session = { id: "s", hash: "h", method: "password", address: "::1", startedAt: 0, lastUsedAt: 0 } as const;
    const person = { id: "p", name: "Paula", userName: "paula", version: 1, createdAt: 0, createdBy: "lena" } as const;
    const put = (more: { readonly role: "author" | "viewer"; readonly disabled: boolean }) =>
      store.write(({ people }) => people.putPerson({ ...person, ...more }));
    await put({ role: "author", disabled: false });
    const signIn = () =>
      store.write(({ people }) => people.addSession({ ...session, personId: "p", expiresAt: wednesday + 3_600_000 }));
    await signIn();
    const [alert] = (await store.alerts.find({ limit: 1 })).items;
    if (alert === undefined) {
      throw new Error("the sample has no alert");
    }
    const { draft: suggested } = await suggestDraft(store, alert, ruleset.byId.get(alert.rule.id));
    const draft: ExceptionDraft = { ...suggested, name: "late", reason: "test", breadthReason: "test" };
    const dry = await pool.run("exceptionDryRun", draft, { person: "p" });
    const save = () =>
      pool.run(
        "saveException",
        {
          ...{ draft, token: dry.ok ? dry.value.result.token : "", proposal: undefined, actor: { name: "Paula" } },
          kept: dry.ok ? dry.value.kept : undefined,
        },
        { person: "p", authority: { account: "p", session: "s", access: "author" } },
      );
    await put({ role: "author", disabled: true });
    expect(await save()).toMatchObject({ ok: false, error: { code: "sign-in.disabled" } });
    await put({ role: "viewer", disabled: false });
    expect(await save()).toMatchObject({ ok: false, error: { code: "access.denied" } });
    await put({ role: "author", disabled: false });
    await store.write(({ people }) => people.removeSessions(["s"]));
    expect(await save()).toMatchObject({ ok: false, error: { code: "sign-in.required" } });
    expect((await store.audit.page({ kind: "exception", limit: 10 })).items).toEqual([]);
    await signIn();
    expect(await save()).toMatchObject({ ok: true });
    await pool.close();
  });

  it("that ends by itself fails its work only, and the next work gets another one", async () => {
    const bugs: Error[] = [];
    const pool = poolOf(entryThat("process.exit(3)"), bugs);
    await expect(pool.run("queue", queueQuery.parse({}), { person: "lena" })).rejects.toThrow(/ended by itself/);
    await expect(pool.run("queue", queueQuery.parse({}), { person: "lena" })).rejects.toThrow(/with code 3/);
    expect(pool.state()).toMatchObject({ busy: 0, lost: 2 });
    expect(bugs).toHaveLength(2);
    await pool.close();
  });

  it("that throws fails its work with what it threw", async () => {
    const pool = poolOf(entryThat('throw new Error("out of luck")'));
    await expect(pool.run("queue", queueQuery.parse({}), { person: "lena" })).rejects.toThrow("out of luck");
    await pool.close();
  });

  it("that takes too much memory is ended, and its work refused with what to do", async () => {
    const bugs: Error[] = [];
    const pool = poolOf(entryThat("const all = []; for (;;) all.push({ length: all.length });"), bugs);
    expect(await pool.run("queue", queueQuery.parse({}), { person: "lena" })).toMatchObject({
      ok: false,
      error: { code: "work.out-of-memory" },
    });
    expect(bugs).toEqual([]);
    await pool.close();
  });

  it("that is deaf to being cancelled is ended, and its place is free again", async () => {
    const gone = new AbortController();
    const pool = poolOf(entryThat("for (;;);"));
    const running = pool.run("queue", queueQuery.parse({}), { person: "lena", signal: gone.signal });
    await expect.poll(() => pool.state().busy).toBe(1);
    gone.abort();
    expect(await running).toMatchObject({ ok: false, error: { code: "work.cancelled" } });
    await expect.poll(() => pool.state(), { timeout: 20_000 }).toMatchObject({ started: 0, busy: 0, lost: 1 });
    await pool.close();
  });
});

/** A thread that does something else as soon as it gets work. */
function entryThat(does: string): URL {
  const code = `import { parentPort } from "node:worker_threads"; parentPort.once("message", () => { ${does} });`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** Without when it ran and how long that took. */
function timeless(value: unknown): unknown {
  const times = ["milliseconds", "ranAt"];
  const without = (key: string, one: unknown) =>
    times.includes(key) ? undefined : key === "kept" && typeof one === "string" ? timeless(JSON.parse(one)) : one;
  return JSON.parse(JSON.stringify(value, without));
}
