import type { Actor } from "#contracts/actor";
import { type Batch, type BatchRequest, isUnended } from "#contracts/batch";
import type { Page, PageRequest } from "#contracts/page";
import type { Problem, RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { BatchRecord } from "../../store/batches/port.ts";
import { toleratingDamage } from "../../store/damage.ts";
import type { Store, StoreTransaction } from "../../store/port.ts";
import type { Receivers } from "../deliveries.ts";
import { originalOf } from "../incident/duplicates.ts";
import { unknownAssignee } from "../incident/work.ts";
import { actionProblem } from "./action.ts";
import { ended, noBatch } from "./run.ts";

/** Who asks for something about a batch. */
export interface BatchChange {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly newId: () => string;
  /** Where escalations go. */
  readonly receivers?: Receivers;
}

type Changed = Promise<Result<BatchRecord, RequestProblem>>;

/** Milliseconds without progress after which the batch of another server counts as interrupted. */
const SILENCE = 60_000;

const nothing = { incidents: 0, alerts: 0 } as const;

/**
 * Stores a batch that waits for its turn. Problems: those of the action whatever it covers,
 * `incident.unknown-assignee`, `workflow.duplicate-invalid`.
 */
export async function startBatch(
  store: Pick<Store, "write" | "people">,
  { action, of, scope }: BatchRequest,
  change: BatchChange,
): Changed {
  const problem =
    actionProblem(action) ?? (action.kind === "assign" ? await unknownAssignee(store, action.assignee) : undefined);
  if (problem !== undefined) {
    return fail(problem);
  }
  const batch: BatchRecord = { ...newBatch(change), action, of: { of, scope }, parts: 0 };
  const { duplicateOf } = action.kind === "close" ? action : {};
  return store.write(async (transaction): Changed => {
    const original = duplicateOf === undefined ? undefined : await originalOf(transaction, duplicateOf);
    if (original?.ok === false) {
      return original;
    }
    await transaction.batches.put(batch);
    await noteStart(transaction, batch, change);
    return ok(batch);
  });
}

/**
 * Starts a batch that restores what another one changed and nobody has changed since. If an exception closed that, the
 * exception is disabled with it. Problems: `batch.not-found`,
 * `batch.running`, `batch.nothing-to-undo`.
 */
export function undoBatch(store: Pick<Store, "write">, id: string, change: BatchChange): Changed {
  return store.write(async (transaction): Changed => {
    const { batches } = transaction;
    const undone = await batches.get(id);
    if (undone === undefined) {
      return fail(noBatch);
    }
    if (isRunning(undone, change.at)) {
      return fail({
        code: "batch.running",
        message: "The batch is still running.",
        remedy: "Cancel it, then undo what it has changed until then.",
      });
    }
    const { changed, action, undoneBy, next, covered } = undone;
    const earlier = undoneBy === undefined ? undefined : await batches.get(undoneBy);
    if (action.kind === "undo" || changed.incidents + changed.alerts === 0 || earlier?.state === "done") {
      return fail({
        code: "batch.nothing-to-undo",
        message:
          earlier?.state === "done" ? "The batch was undone already." : "The batch changed nothing that can be undone.",
      });
    }
    if (earlier !== undefined && isRunning(earlier, change.at)) {
      return fail({ code: "batch.running", message: "The batch is being undone." });
    }
    const undo: BatchRecord = {
      ...newBatch(change),
      action: { kind: "undo", batch: id },
      covered: changed.alerts > 0 ? changed : covered && { ...covered, ...changed },
      parts: next,
    };
    if (action.kind === "except") {
      await disableUndone(transaction, action.exception, id, change);
    }
    await batches.put(undo);
    await batches.put({
      ...undone,
      ...(isUnended(undone) ? { state: "interrupted" as const } : {}),
      undoneBy: undo.id,
    });
    await noteStart(transaction, undo, change);
    return ok(undo);
  });
}

/** An exception that stayed in force would hide what is reopened as soon as it is seen again. */
async function disableUndone(
  { exceptions, audit }: Pick<StoreTransaction, "exceptions" | "audit">,
  id: string,
  batch: string,
  { actor, at }: BatchChange,
): Promise<void> {
  const exception = await exceptions.get(id);
  if (exception === undefined || exception.disabledAt !== undefined) {
    return;
  }
  const disabledAt = new Date(at).toISOString();
  await exceptions.put({ ...exception, disabledAt });
  await audit.append({
    ...{ at, actor, action: "exception.disable", subject: { kind: "exception", id } },
    before: {},
    after: { disabledAt, reason: "What it closed was reopened.", batch },
  });
}

/** The audit record of a batch as a whole; each of its changes has one of its own, which names the batch. */
export async function noteStart(
  { audit }: Pick<StoreTransaction, "audit">,
  { id, action, of }: BatchRecord,
  { actor, at }: BatchChange,
): Promise<void> {
  await audit.append({
    ...{ at, actor, action: "batch.start", subject: { kind: "batch", id } },
    after: {
      action,
      scope: of?.scope,
      of: of?.of.map((one) =>
        one.kind === "filter" || one.kind === "left"
          ? one
          : { kind: one.kind, count: one.kind === "alerts" ? one.ids.length : one.keys.length },
      ),
    },
  });
}

export function newBatch({ actor, at, newId }: BatchChange) {
  const now = new Date(at).toISOString();
  return {
    id: newId(),
    state: "waiting",
    actor: actor.name,
    account: actor.origin?.account,
    startedAt: now,
    changedAt: now,
    ...{ done: nothing, changed: nothing, left: [], next: 0 },
    runner: newId(),
  } as const;
}

/** Asks a batch to end. Problems: `batch.not-found`, `batch.ended`. */
export function cancelBatch(store: Pick<Store, "write">, id: string, { actor, at }: BatchChange): Changed {
  return changed(store, id, async (batch, transaction) => {
    if (!isUnended(batch)) {
      return fail({ code: "batch.ended", message: `The batch is ${batch.state} already.` });
    }
    await transaction.audit.append({
      ...{ at, actor, action: "batch.cancel", subject: { kind: "batch", id } },
      after: { done: batch.done, changed: batch.changed },
    });
    const isWaiting = batch.state === "waiting";
    const end = { state: "cancelled", endedAt: new Date(at).toISOString() } as const;
    return ok({ ...batch, cancelledBy: actor.name, ...(isWaiting ? end : {}) });
  });
}

/** Lets another run go on with an interrupted batch. Problems: `batch.not-found`, `batch.not-interrupted`. */
export function resumeBatch(store: Pick<Store, "write">, id: string, { actor, at, newId }: BatchChange): Changed {
  return changed(store, id, async (batch, transaction) => {
    if (stateAt(batch, at) !== "interrupted" || batch.undoneBy !== undefined) {
      return fail({
        code: "batch.not-interrupted",
        message: `The batch is ${batch.undoneBy ? "undone" : batch.state}.`,
      });
    }
    await transaction.audit.append({
      ...{ at, actor, action: "batch.resume", subject: { kind: "batch", id } },
      after: { done: batch.done, changed: batch.changed },
    });
    const { endedAt: _, problem: __, cancelledBy: ___, ...rest } = batch;
    const state = batch.covered === undefined ? "waiting" : "running";
    return ok({ ...rest, state, runner: newId(), changedAt: new Date(at).toISOString() });
  });
}

/** Notes that the run of a batch ended before the batch did, and why. */
export async function interruptBatch(
  store: Pick<Store, "write">,
  { id, runner }: Pick<BatchRecord, "id" | "runner">,
  problem: Problem,
  change: BatchChange,
): Promise<void> {
  await changed(store, id, async (batch, transaction) => {
    if (!isUnended(batch) || batch.runner !== runner) {
      return fail({ code: "batch.ended", message: "It ended." });
    }
    const slice = { ...change, transaction, batch, decided: new Map() };
    const after = await ended(slice, batch.cancelledBy === undefined ? "interrupted" : "cancelled");
    return ok({ ...after, problem, endedAt: new Date(change.at).toISOString() });
  });
}

const stopped: Problem = {
  code: "work.cancelled",
  message: "The server stopped while the batch was running",
  remedy: "Resume it, or undo what it has changed.",
};

/** At the start of a server: notes which batches ended with an earlier one. `alone`: no other server can be at work. */
export async function interruptLeftBatches(store: Store, change: BatchChange, alone: boolean): Promise<void> {
  // A damaged one must not keep the server from starting: the list of batches and the check name it.
  const { value: unended } = await toleratingDamage(() => store.batches.unended());
  for (const batch of unended) {
    if (alone || stateAt(batch, change.at) === "interrupted") {
      await interruptBatch(store, batch, stopped, change);
    }
  }
}

function changed(
  store: Pick<Store, "write">,
  id: string,
  make: (batch: BatchRecord, transaction: StoreTransaction) => Changed,
): Changed {
  return store.write(async (transaction): Changed => {
    const batch = await transaction.batches.get(id);
    if (batch === undefined) {
      return fail(noBatch);
    }
    const made = await make(batch, transaction);
    if (made.ok) {
      await transaction.batches.put(made.value);
    }
    return made;
  });
}

/** A batch that does not come further has lost its server. */
function stateAt({ state, changedAt }: BatchRecord, now: number): Batch["state"] {
  return isUnended({ state }) && now - Date.parse(changedAt) > SILENCE ? "interrupted" : state;
}

function isRunning(batch: BatchRecord, now: number): boolean {
  return isUnended({ state: stateAt(batch, now) });
}

/** Batches as they are shown, the latest first. */
export async function batchPageOf(
  { batches }: Pick<Store, "batches">,
  query: PageRequest,
  now: number,
): Promise<Page<Batch>> {
  const page = await batches.page(query);
  return { ...page, items: page.items.map((batch) => batchView(batch, now)) };
}

/** What is shown of a batch. */
export function batchView(batch: BatchRecord, now: number): Batch {
  const { of: _, parts: __, next: ___, runner: ____, cancelledBy: _____, open: ______, ...shown } = batch;
  return { ...shown, state: stateAt(batch, now) };
}
