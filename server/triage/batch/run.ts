import type { Actor } from "#contracts/actor";
import { isUnended } from "#contracts/batch";
import type { RequestProblem } from "#contracts/problem";
import type { WorkProgress } from "#contracts/work";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { BatchPart, BatchRecord } from "../../store/batches/port.ts";
import { DamagedValue } from "../../store/damage.ts";
import type { Store, StoreTransaction } from "../../store/port.ts";
import type { Receivers } from "../deliveries.ts";
import { statusRequestOf } from "./action.ts";
import { changeStatuses, endOpenIncident } from "./change-statuses.ts";
import { changeWork } from "./change-work.ts";
import { countsOf, coveredBy, partsOf } from "./cover.ts";
import { type BatchPlaybooks, type ClosingDecision, decideClosing } from "./decide.ts";
import { type Excepting, judgePart } from "./excepting.ts";
import { advanced, type IncidentOutcome, leftOf, withOpenCounted } from "./outcome.ts";
import { endOpenRestored, partToRestore, restorePart } from "./restore.ts";
import type { Slice } from "./slice.ts";

export interface BatchRun {
  /** Id of the batch. */
  readonly id: string;
  readonly actor: Actor;
  /** The run that may work on it: see `BatchRecord.runner`. */
  readonly runner: string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly newId: () => string;
  /** Where escalations go. */
  readonly receivers?: Receivers;
  /** For batches that saving an exception started. */
  readonly excepting?: Excepting;
  /** Alerts per part; by default, what the store writes in about 50 ms: others wait for as long. */
  readonly partSize?: number;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/** Parts that are written at once. */
const PARTS = 20;

/**
 * Works on a batch until it ends or another run takes over: determines what it covers, then changes one part after the
 * other, each in a write of its own, so that others write in between. Returns the batch as it is then. Problem:
 * `batch.not-found`. See docs/decisions/0065.
 */
export async function runBatch(
  store: Store,
  playbooks: BatchPlaybooks,
  run: BatchRun,
): Promise<Result<BatchRecord, RequestProblem>> {
  let batch = await store.batches.get(run.id);
  let decided: ReadonlyMap<string, ClosingDecision> = new Map();
  if (batch !== undefined && isMine(batch, run) && batch.covered === undefined) {
    batch = await determine(store, batch, run);
  }
  while (batch !== undefined && isMine(batch, run)) {
    const part = await partOf(store, batch);
    const request = statusRequestOf(batch.action);
    const known = new Map([...decided].filter(([key]) => key === batch?.open?.key));
    decided =
      request?.to === "closed" && part !== undefined && batch.action.kind !== "except"
        ? await decideClosing(store, playbooks, part, known, request, run.actor.name)
        : new Map();
    const excepted = part && (await judgePart(store, run.excepting, part, batch));
    batch = await changePart(store, run, part, { decided, excepted });
    if (batch?.covered !== undefined) {
      run.onProgress?.({ done: batch.done.alerts, total: batch.covered.alerts, unit: "alerts" });
    }
  }
  return batch === undefined ? fail(noBatch) : ok(batch);
}

export const noBatch: RequestProblem = { code: "batch.not-found", message: "There is no such batch." };

/** Whether the run goes on. */
function isMine(batch: BatchRecord, { runner }: BatchRun): boolean {
  return isUnended(batch) && batch.runner === runner;
}

/** Fixes what a batch covers: what comes later is not changed by it. */
async function determine(store: Store, { of }: BatchRecord, run: BatchRun): Promise<BatchRecord | undefined> {
  if (of === undefined) {
    return change(store, run, async (batch) => ({ ...batch, state: "running" }));
  }
  const covered = await coveredBy(store, of);
  let parts: readonly BatchPart[] = [];
  let batch = await change(store, run, async (found) => {
    parts = partsOf(found.id, covered, run.partSize ?? store.writeSize / 4, statusRequestOf(found.action));
    return found;
  });
  for (let from = 0; from < parts.length && batch !== undefined && isMine(batch, run); from += PARTS) {
    batch = await change(store, run, async (found, { batches }) => {
      for (const part of parts.slice(from, from + PARTS)) {
        await batches.putPart(part);
      }
      return found;
    });
  }
  return batch === undefined || !isMine(batch, run)
    ? batch
    : change(store, run, async (found) => ({
        ...found,
        ...{ state: "running", covered: countsOf(covered), parts: parts.length },
      }));
}

/** Changes the record of a batch in a write, unless the run may not go on; then the batch is returned as it is. */
function change(
  store: Store,
  run: BatchRun,
  make: (batch: BatchRecord, transaction: StoreTransaction) => Promise<BatchRecord>,
): Promise<BatchRecord | undefined> {
  return store.write(async (transaction) => {
    const found = await transaction.batches.get(run.id);
    if (found === undefined || !isMine(found, run)) {
      return found;
    }
    const at = new Date(run.clock()).toISOString();
    const made = await make(found, transaction);
    const batch: BatchRecord = { ...made, changedAt: at, ...(isUnended(made) ? {} : { endedAt: at }) };
    await transaction.batches.put(batch);
    return batch;
  });
}

/** The part that comes next; undefined after the last one. */
async function partOf({ batches }: Store, batch: BatchRecord): Promise<BatchPart | undefined> {
  if (batch.next >= batch.parts) {
    return undefined;
  }
  const of = batch.action.kind === "undo" ? batch.action.batch : batch.id;
  const part = await batches.part(of, batch.next);
  if (part === undefined) {
    throw new DamagedValue("part of a batch", of, `number ${batch.next} is missing`);
  }
  return batch.action.kind === "undo" ? partToRestore(batch.id, part) : part;
}

/** Does one part, or ends the batch. */
function changePart(
  store: Store,
  run: BatchRun,
  part: BatchPart | undefined,
  known: Pick<Slice, "decided" | "excepted">,
): Promise<BatchRecord | undefined> {
  return change(store, run, async (batch, transaction) => {
    const { actor, newId, receivers } = run;
    const slice: Slice = { transaction, batch, ...known, actor, at: run.clock(), newId, receivers };
    if (batch.cancelledBy !== undefined || part === undefined) {
      return ended(slice, batch.cancelledBy === undefined ? "done" : "cancelled");
    }
    const outcomes = await outcomesOf(slice, part);
    await transaction.batches.putPart({ ...part, changed: outcomes.map(({ changed }) => changed) });
    for (const left of leftOf(batch.id, part.number, outcomes)) {
      await transaction.batches.putLeft(left);
    }
    const after = advanced(batch, part, outcomes);
    return after.next < after.parts ? after : ended({ ...slice, batch: after }, "done");
  });
}

async function outcomesOf(slice: Slice, part: BatchPart): Promise<readonly IncidentOutcome[]> {
  const { action } = slice.batch;
  switch (action.kind) {
    case "undo": {
      const undone = await slice.transaction.batches.part(action.batch, part.number);
      return restorePart(slice, action.batch, part, undone?.changed ?? []);
    }
    case "assign":
    case "tag":
      return changeWork(slice, part, action);
    default: {
      const request = statusRequestOf(action);
      return request === undefined ? [] : changeStatuses(slice, part, request);
    }
  }
}

/** Ends a batch: what has happened to an incident in the middle of it is kept. */
export async function ended(slice: Slice, state: "done" | "cancelled" | "interrupted"): Promise<BatchRecord> {
  const { batch } = slice;
  const request = statusRequestOf(batch.action);
  if (batch.action.kind === "undo") {
    await endOpenRestored(slice);
  } else if (request !== undefined) {
    await endOpenIncident(slice, request);
  }
  // An interrupted batch counts the incident when it is resumed and has done the rest of it.
  return { ...(state === "cancelled" ? withOpenCounted(batch) : batch), state, open: undefined };
}
