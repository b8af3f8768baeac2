import type { Actor } from "#contracts/actor";
import type { BatchRecord } from "../../store/batches/port.ts";
import type { StoreTransaction } from "../../store/port.ts";
import type { Receivers } from "../deliveries.ts";
import type { ClosingDecision } from "./decide.ts";

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
}
