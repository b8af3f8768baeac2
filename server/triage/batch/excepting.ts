import type { ExceptionRecord } from "#contracts/exception";
import type { BatchPart, BatchRecord } from "../../store/batches/port.ts";
import type { Store, StoreTransaction } from "../../store/port.ts";
import { exceptingRequest } from "./action.ts";
import { type BatchChange, newBatch, noteStart } from "./batches.ts";
import { countsOf, partsOf } from "./cover.ts";

/** A hit that is counted for an exception. */
export interface ExceptionHit {
  readonly ruleId: string;
  readonly subject: string;
  readonly eventId: string;
  readonly time: number;
}

/** Of these alerts, those that an exception hides now, by their current ids, with the hits to count. */
export type Excepting = (
  exception: ExceptionRecord,
  ids: readonly string[],
) => Promise<ReadonlyMap<string, readonly ExceptionHit[]>>;

/** What is known about the alerts of a part before the write that closes them. */
export interface ExceptedPart {
  readonly exception: ExceptionRecord;
  readonly hits: ReadonlyMap<string, readonly ExceptionHit[]>;
}

/**
 * Stores the batch that closes the alerts of an exception, in the write that saves the exception: all of its parts, so
 * that it can be resumed whatever happens. Undefined if there is nothing to close.
 */
export async function startExcepting(
  store: Pick<Store, "alerts" | "writeSize">,
  transaction: StoreTransaction,
  {
    exception,
    alerts,
    partSize,
  }: {
    readonly exception: ExceptionRecord;
    readonly alerts: readonly string[];
    readonly partSize?: number | undefined;
  },
  change: BatchChange,
): Promise<BatchRecord | undefined> {
  const covered = (await store.alerts.covered({ kind: "alerts", ids: alerts })).toSorted(
    (a, b) => a.time - b.time || (a.id < b.id ? -1 : 1),
  );
  if (covered.length === 0) {
    return undefined;
  }
  const started = newBatch(change);
  const action = { kind: "except", exception: exception.id, name: exception.name } as const;
  const parts = partsOf(started.id, covered, partSize ?? store.writeSize / 4, exceptingRequest(exception));
  const batch: BatchRecord = { ...started, state: "running", action, covered: countsOf(covered), parts: parts.length };
  await transaction.batches.put(batch);
  for (const part of parts) {
    await transaction.batches.putPart(part);
  }
  await noteStart(transaction, batch, change);
  return batch;
}

/** Judges the alerts of a part; undefined if the exception is gone. */
export async function judgePart(
  store: Pick<Store, "exceptions">,
  excepting: Excepting | undefined,
  { incidents }: BatchPart,
  { action }: BatchRecord,
): Promise<ExceptedPart | undefined> {
  if (action.kind !== "except" || excepting === undefined) {
    return undefined;
  }
  const exception = await store.exceptions.get(action.exception);
  const ids = incidents.flatMap(({ alerts }) => alerts);
  return exception && { exception, hits: await excepting(exception, ids) };
}

/** Counts the hits of an alert for the exception. */
export async function countExcepted(
  { exceptions }: Pick<StoreTransaction, "exceptions">,
  { exception, hits }: ExceptedPart,
  alert: string,
): Promise<void> {
  for (const hit of hits.get(alert) ?? []) {
    await exceptions.addHit(exception.id, hit);
  }
}
