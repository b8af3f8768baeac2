import type { Actor } from "#contracts/actor";
import type { AlertStatus } from "#contracts/alert";
import { statusOfCounts } from "../../alert/incident-status.ts";
import type { BatchRecord, OpenIncident } from "../../store/batches/port.ts";
import type { StoreTransaction } from "../../store/port.ts";
import type { Receivers } from "../deliveries.ts";
import type { ClosingDecision } from "./decide.ts";
import type { ExceptedPart } from "./excepting.ts";

/** What one write of a batch works with. */
export interface Slice {
  readonly transaction: StoreTransaction;
  readonly batch: BatchRecord;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly newId: () => string;
  /** Where escalations go. */
  readonly receivers?: Receivers;
  /** For closing, by incident. */
  readonly decided: ReadonlyMap<string, ClosingDecision>;
  /** For closing by an exception. */
  readonly excepted?: ExceptedPart | undefined;
}

/**
 * The incident in the middle of which a batch ends, with its status now, if any of its alerts was changed. Ranks it,
 * which its parts have left for the last one.
 */
export async function endedWithin({
  transaction: { alerts },
  batch: { open },
}: Slice): Promise<{ readonly open: OpenIncident; readonly after: AlertStatus } | undefined> {
  if (open === undefined) {
    return undefined;
  }
  await alerts.rankAgain(open.key);
  const counts = (await alerts.statuses([open.key])).get(open.key);
  return open.changed > 0 && counts !== undefined ? { open, after: statusOfCounts(counts) } : undefined;
}
