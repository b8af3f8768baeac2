import { afterEach, beforeEach, expect, it } from "vitest";
import type { ExceptionDraft } from "#contracts/exception";
import { wildcard } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import { exceptingWith } from "../../server/exceptions/closing.ts";
import { dryRunDetail } from "../../server/exceptions/dry-run.ts";
import { disableException } from "../../server/exceptions/life/status.ts";
import { saveException } from "../../server/exceptions/save.ts";
import { versionOf } from "../../server/store/audit/version.ts";
import { interruptBatch, resumeBatch, undoBatch } from "../../server/triage/batch/batches.ts";
import { runBatch } from "../../server/triage/batch/run.ts";
import { rule } from "../factories/alerts.ts";
import { guid, sysmonStart, T0 } from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { describeStores, type TestStore } from "./stores.ts";

const NOW = T0 + 3_600_000;
const any = { ...rule(), id: "any", body: { kind: "event", condition: wildcard("process.name", "*") } } as const;
const detector = createDetector([any]);
const actor = { name: "lena" };
const noPlaybooks = { all: [], forAlert: () => undefined, forRule: () => undefined };
const draft: ExceptionDraft = {
  name: "Known tool",
  reason: "known",
  ruleIds: ["any"],
  mode: "enforced",
  breadthReason: "it runs everywhere",
  entries: [
    {
      type: "template",
      field: "process.command_line",
      value: "tool.exe --job nightly-inventory --run {digits}",
      operator: "included",
      case: "insensitive",
    },
  ],
};

describeStores("saving an exception", (open) => {
  let test: TestStore;
  let ids = 0;
  const newId = () => `id-${++ids}`;
  const by = { actor, at: NOW, newId };
  beforeEach(async () => {
    test = await open();
    const events = Array.from({ length: 7 }, (_, index) =>
      sysmonStart({
        ...{ host: "host-a", pid: 100 + index * 4, image: "C:\\tool.exe", time: T0 + index * 1_000 },
        commandLine: `tool.exe --job nightly-inventory --run ${100 + index}`,
        guid: guid(T0 + index * 1_000, index + 1),
        recordId: String(index + 1),
      }),
    );
    await ingestEvents(test.store, detector, events, NOW - 1);
  });
  afterEach(() => test.dispose());

  const save = async (more: {
    readonly draft?: ExceptionDraft;
    readonly replaces?: { id: string; ifMatch?: string };
  }) => {
    const { kept, result } = await dryRunDetail(test.store, [any], more.draft ?? draft, () => NOW);
    const request = { draft, run: kept, token: result.token, actor, clock: () => NOW, newId, partSize: 3, ...more };
    const saved = await saveException(test.store, [any], request);
    return saved;
  };
  const run = (id: string, runner: string) =>
    runBatch(test.store, noPlaybooks, {
      ...{ id, runner, actor, clock: () => NOW, newId },
      excepting: exceptingWith(test.store, [any]),
    });
  const statuses = async () => {
    const { items } = await test.store.alerts.find({ limit: 100 });
    return { open: items.filter(({ status }) => status === "open").length, all: items.length };
  };
  const succeeded = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
    expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
    return (result as { readonly value: T }).value;
  };

  it("is in force from its first write, closes in parts after a restart, and is undone with its exception", async () => {
    const { exception, batch } = succeeded(await save({}));
    expect(exception).toMatchObject({ version: 1, hits: 0 });
    expect(batch).toMatchObject({ state: "running", parts: 3, covered: { alerts: 7 } });
    expect(await statuses()).toEqual({ open: 7, all: 7 });
    const { id, runner } = batch ?? { id: "", runner: "" };
    await interruptBatch(test.store, { id, runner }, { code: "work.cancelled", message: "stopped" }, by);
    const resumed = succeeded(await resumeBatch(test.store, id, by));
    expect(succeeded(await run(id, resumed.runner))).toMatchObject({ state: "done", changed: { alerts: 7 }, left: [] });
    expect(await statuses()).toEqual({ open: 0, all: 7 });
    expect(await test.store.exceptions.get(exception.id)).toMatchObject({ hits: 7 });
    const undo = succeeded(await undoBatch(test.store, id, by));
    expect(await test.store.exceptions.get(exception.id)).toMatchObject({ disabledAt: expect.any(String) });
    expect(succeeded(await run(undo.id, undo.runner))).toMatchObject({ state: "done", changed: { alerts: 7 } });
    expect(await statuses()).toEqual({ open: 7, all: 7 });
  });

  it("leaves alerts that somebody has changed since its dry run, and takes those that came since", async () => {
    const { kept, result } = await dryRunDetail(test.store, [any], draft, () => NOW);
    for (const first of (await test.store.alerts.find({ limit: 1 })).items) {
      await test.store.write(({ alerts }) => alerts.put({ ...first, status: "escalated" }));
    }
    const late = {
      host: "host-b",
      pid: 900,
      image: "C:\\tool.exe",
      time: T0 + 60_000,
      commandLine: "tool.exe --job nightly-inventory --run 900",
    };
    await ingestEvents(
      test.store,
      detector,
      [sysmonStart({ ...late, guid: guid(late.time, 99), recordId: "99" })],
      NOW,
    );
    const request = { draft, run: kept, token: result.token, actor, clock: () => NOW, newId };
    const { batch } = succeeded(await saveException(test.store, [any], request));
    expect(succeeded(await run(batch?.id ?? "", batch?.runner ?? ""))).toMatchObject({
      covered: { alerts: 8 },
      changed: { alerts: 7 },
      left: [{ code: "workflow.invalid-transition", alerts: 1 }],
    });
  });

  it("gives an exception its next version, unless it was changed meanwhile, and keeps its id and hits", async () => {
    const first = succeeded(await save({}));
    await run(first.batch?.id ?? "", first.batch?.runner ?? "");
    const { id } = first.exception;
    const ifMatch = `"${await versionOf(test.store.audit, { kind: "exception", ids: [id] })}.hash"`;
    const edited = { ...draft, reason: "known, and reviewed" };
    const second = succeeded(await save({ draft: edited, replaces: { id, ifMatch } }));
    expect(second).toMatchObject({
      exception: { id, version: 2, reason: edited.reason, createdBy: "lena", changedBy: "lena", hits: 7 },
      batch: undefined,
    });
    expect((await test.store.audit.page({ kind: "exception", id, limit: 1 })).items).toMatchObject([
      { action: "exception.edit", before: { exception: { version: 1 } }, after: { exception: { version: 2 } } },
    ]);
    expect(await save({ draft: edited, replaces: { id, ifMatch } })).toMatchObject({
      error: { code: "request.conflict", conflict: { total: 1 } },
    });
    expect(await save({ replaces: { id: "none" } })).toMatchObject({ error: { code: "exception.not-found" } });
    await disableException(test.store, id, { reason: "r", actor, at: NOW });
    expect(await save({ replaces: { id } })).toMatchObject({ error: { code: "exception.already-disabled" } });
  });

  it("is refused without the dry run of this very draft", async () => {
    const { kept, result } = await dryRunDetail(test.store, [any], draft, () => NOW);
    const request = { draft, run: kept, token: result.token, actor, clock: () => NOW, newId };
    for (const wrong of [{ run: undefined }, { token: "other" }, { draft: { ...draft, reason: "other" } }]) {
      expect(await saveException(test.store, [any], { ...request, ...wrong })).toMatchObject({
        error: { code: "exception.dry-run-stale" },
      });
    }
    expect(await saveException(test.store, [{ ...any, version: "2" }], request)).toMatchObject({
      error: { code: "exception.dry-run-stale" },
    });
    expect(await test.store.exceptions.all()).toEqual([]);
  });
});
