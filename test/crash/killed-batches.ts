import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { alertStatus } from "#contracts/alert";
import { type Batch, batch as batchSchema, isUnended } from "#contracts/batch";
import { checkWhole } from "../../server/cli/check.ts";
import { createDetector } from "../../server/detection/detector.ts";
import { ingestLines } from "../../server/pipeline/ingest-lines.ts";
import { sampleCapture } from "../../server/sample/generate.ts";
import type { AlertState } from "../../server/store/alerts/port.ts";
import type { Store } from "../../server/store/port.ts";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";
import { rule } from "../factories/alerts.ts";
import { type KillableServer, startKillable } from "./killable-server.ts";

const MORNING = Date.UTC(2024, 4, 7, 9);
const rules = ["one", "two", "three", "four", "five", "six", "seven"].map((id) => rule({ id, name: `Rule ${id}` }));

/** A database with alerts in several states, and servers on it that are killed while they work on batches. */
export interface KilledBatches {
  readonly alerts: number;
  /**
   * Closes everything and undoes it. The server is killed at each of these moments and started again; then the batch is
   * resumed.
   */
  round(kills: Readonly<Record<"closing" | "undoing", readonly KillMoment[]>>): Promise<Round>;
}

/** When a server is killed. */
export interface KillMoment {
  /** How much of its batch is done, from 0 to 1. */
  readonly done: number;
  /** Milliseconds after that. */
  readonly delay: number;
}

export interface Round {
  /** Nothing if all is well. */
  readonly wrong: readonly string[];
  /** How many of the kills met a batch that was not done yet. */
  readonly interrupted: number;
}

/** Prepares a database in the folder: a few thousand alerts, some of them acknowledged and some closed already. */
export async function prepareBatches(folder: string): Promise<KilledBatches> {
  const paths = { store: join(folder, "killed.db"), rules: join(folder, "rules") };
  mkdirSync(paths.rules);
  const before = await withStore(paths.store, async (store) => {
    const capture = { file: "sample", lines: sampleCapture(MORNING) };
    await ingestLines(store, createDetector(rules), capture, { actor: { name: "lena" }, now: () => MORNING });
    await setStatuses(store, "one", { status: "acknowledged" });
    await setStatuses(store, "two", { status: "closed", closeReason: "true-positive" });
    return statesOf(store);
  });
  return {
    alerts: before.size,
    async round(kills) {
      const action = { kind: "close", reason: "benign", note: "", override: "The vendor confirmed it." };
      const request = { action, of: [{ kind: "filter", filter: { status: alertStatus.options } }], scope: "alerts" };
      const closing = await killed(paths, "/batches", request, kills.closing);
      const { id, changed } = closing.batch;
      const first = await withStore(paths.store, (store) => faultsOf(store, closing.batch, before, before.size));
      const undoing = await killed(paths, `/batches/${id}/undo`, {}, kills.undoing);
      const second = await withStore(paths.store, async (store) => [
        ...(await faultsOf(store, undoing.batch, before, changed.alerts)),
        ...differing(before, await statesOf(store)).map((one) => `after the undo: ${one}`),
      ]);
      return { wrong: [...first, ...second], interrupted: closing.interrupted + undoing.interrupted };
    },
  };
}

async function setStatuses(
  store: Store,
  ruleId: string,
  status: Pick<AlertState, "status" | "closeReason">,
): Promise<void> {
  const { items } = await store.alerts.find({ ruleIds: [ruleId], limit: 10_000 });
  await store.write(async ({ alerts }) => {
    for (const state of (await alerts.states(items.map(({ id }) => id))).values()) {
      await alerts.putState({ ...state, ...status });
    }
  });
}

/** Starts a batch, kills the server at each of these moments, and resumes the batch until it is done. */
async function killed(
  paths: { readonly store: string; readonly rules: string },
  path: string,
  body: unknown,
  moments: readonly KillMoment[],
): Promise<{ readonly batch: Batch; readonly interrupted: number }> {
  let server = await startKillable(paths.store, paths.rules);
  try {
    const { id } = batchSchema.parse(await server.post(path, body));
    let interrupted = 0;
    for (const { done, delay } of moments) {
      await reached(server, id, done);
      await setTimeout(delay);
      await server.kill();
      server = await startKillable(paths.store, paths.rules);
      const { state } = batchSchema.parse(await server.get(`/batches/${id}`));
      if (state === "interrupted") {
        interrupted += 1;
        await server.post(`/batches/${id}/resume`, {});
      } else if (state !== "done") {
        throw new Error(`after a kill the batch is ${state}`);
      }
    }
    const batch = await reached(server, id, Number.POSITIVE_INFINITY);
    return { batch, interrupted };
  } finally {
    await server.kill();
  }
}

/** Waits until a part of a batch is done, or it has ended. */
async function reached(server: KillableServer, id: string, part: number): Promise<Batch> {
  for (;;) {
    const batch = batchSchema.parse(await server.get(`/batches/${id}`));
    const { covered, done } = batch;
    if (
      !isUnended(batch) ||
      part === 0 ||
      (covered !== undefined && done.alerts >= part * Math.max(1, covered.alerts))
    ) {
      return batch;
    }
    await setTimeout(5);
  }
}

async function withStore<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const opened = await openSqliteStore(path);
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  try {
    return await work(opened.value);
  } finally {
    await opened.value.close();
  }
}

type States = ReadonlyMap<string, string>;

/** The status of each alert, and why it was closed. */
async function statesOf(store: Store): Promise<States> {
  const states = new Map<string, string>();
  for await (const { id, status, closeReason = "" } of store.alerts.each({})) {
    states.set(id, `${status} ${closeReason}`.trim());
  }
  return states;
}

/** What is wrong after a batch: each alert was changed once, with one history and one audit record, or was left. */
async function faultsOf(store: Store, batch: Batch, before: States, covered: number): Promise<readonly string[]> {
  const { id, state, done, changed } = batch;
  const ids = [...before.keys()];
  const histories = countsOf(
    (await store.triage.transitions(ids)).filter((one) => one.batch === id),
    "alertId",
  );
  const audited = new Map<string, number>();
  for await (const records of store.audit.all()) {
    for (const { action, subject, after } of records) {
      if (action === "alert.transition" && batchIn(after) === id) {
        audited.set(subject.id, (audited.get(subject.id) ?? 0) + 1);
      }
    }
  }
  const left = await store.batches.left(id, { limit: 100_000 });
  const leftIds = new Set(left.items.map(({ alert }) => alert));
  const parts = await partsOf(store, id);
  const expectations: readonly (readonly [string, unknown, unknown])[] = [
    ["state", state, "done"],
    ["alerts dealt with", done.alerts, covered],
    ["alerts changed, by their history", histories.size, changed.alerts],
    ["alerts changed, by the parts", parts.size, changed.alerts],
    ["alerts with several histories", [...histories.values()].filter((count) => count > 1).length, 0],
    ["alerts with several audit records", [...audited.values()].filter((count) => count > 1).length, 0],
    [
      "alerts with an audit record and no history",
      audited
        .keys()
        .filter((key) => !histories.has(key))
        .toArray(),
      [],
    ],
    [
      "alerts with a history and no audit record",
      histories
        .keys()
        .filter((key) => !audited.has(key))
        .toArray(),
      [],
    ],
    ["alerts changed and left", [...leftIds].filter((key) => key !== undefined && histories.has(key)), []],
    ["alerts listed as left", leftIds.size, left.total],
    ["alerts left", left.total, batch.left.reduce((sum, { alerts }) => sum + alerts, 0)],
    ["alerts left and changed", left.total + changed.alerts, covered],
  ];
  const check = await checkWhole(store, {
    ...{ onProgress: () => undefined, signal: new AbortController().signal, noted: [] },
  });
  return [
    ...expectations.flatMap(([what, actual, expected]) =>
      JSON.stringify(actual) === JSON.stringify(expected)
        ? []
        : [`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`],
    ),
    ...check.findings.map(({ message }) => `the check: ${message}`),
    ...(check.audit.intact ? [] : [`the audit trail is broken at ${check.audit.brokenAt}`]),
  ];
}

/** The alerts that parts of a batch say were changed. */
async function partsOf({ batches }: Store, id: string): Promise<ReadonlySet<string>> {
  const changed = new Set<string>();
  for (let number = 0; ; number += 1) {
    const part = await batches.part(id, number);
    if (part === undefined) {
      return changed;
    }
    for (const { alerts } of part.changed ?? []) {
      for (const alert of alerts) {
        changed.add(alert.id);
      }
    }
  }
}

function countsOf<K extends string>(
  items: readonly Readonly<Record<K, string>>[],
  key: K,
): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(items, (item) => item[key])].map(([name, some]) => [name, some.length]));
}

function batchIn(after: unknown): unknown {
  return typeof after === "object" && after !== null && "batch" in after ? after.batch : undefined;
}

function differing(before: States, now: States): readonly string[] {
  return [...before].flatMap(([id, state]) => (now.get(id) === state ? [] : [`${id} is ${now.get(id)}, not ${state}`]));
}
