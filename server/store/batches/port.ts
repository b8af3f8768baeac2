import type { AlertStatus, CloseReason } from "#contracts/alert";
import type { Batch, BatchCoverage } from "#contracts/batch";
import type { Page, PageRequest } from "#contracts/page";
import type { IncidentRecord } from "../../alert/incident-record.ts";

/** A batch as it is stored. */
export interface BatchRecord extends Batch {
  /** Absent: it undoes another one. */
  readonly of?: BatchCoverage;
  /** How many parts it has; 0 as long as they are being written. */
  readonly parts: number;
  /** The part that comes next. */
  readonly next: number;
  /** Who works on it: another one has taken over if this changed. */
  readonly runner: string;
  /** Who asked for its end. */
  readonly cancelledBy?: string;
  /** The incident of which the last part had some alerts, and the next one has more. */
  readonly open?: OpenIncident;
}

/** What has happened to an incident as far as its parts were done. */
export interface OpenIncident {
  readonly key: string;
  /** Its status before. */
  readonly before: AlertStatus;
  /** How many of its alerts were changed. */
  readonly changed: number;
  /** Why others of them were left. */
  readonly left: readonly string[];
}

/**
 * What one write of a batch deals with. What the write changed is kept with it in the same transaction, so a part is
 * done exactly once, and can be undone.
 */
export interface BatchPart {
  readonly batch: string;
  /** From 0 on. */
  readonly number: number;
  readonly incidents: readonly PartIncident[];
  /** What was changed; absent as long as the part was not done. */
  readonly changed?: readonly ChangedIncident[];
}

export interface PartIncident {
  readonly key: string;
  readonly alerts: readonly string[];
  /** Rules of all its covered alerts that could be changed, in all parts. */
  readonly rules: readonly string[];
  /** Whether the next part has more of its alerts. */
  readonly continues?: boolean;
}

export interface ChangedIncident {
  readonly key: string;
  readonly alerts: readonly ChangedAlert[];
  /** What the batch changed of the work on the incident: before and after. */
  readonly work?: { readonly before: ChangedWork; readonly after: ChangedWork };
}

export interface ChangedAlert {
  readonly id: string;
  /** The status before. */
  readonly from: AlertStatus;
  readonly reason?: CloseReason;
}

/** What one part of a batch left as it was for one reason. Where nothing was left, nothing is stored. */
export interface BatchLeft {
  readonly batch: string;
  /** Of the part. */
  readonly number: number;
  /** Of the reason. */
  readonly code: string;
  readonly incidents: readonly LeftIncident[];
}

export interface LeftIncident {
  readonly key: string;
  /** Those that were left. If the incident was left as a whole: one of its alerts, or none if it has none any more. */
  readonly alerts: readonly string[];
}

/** An item of the list of what a batch left. */
export interface LeftItem extends Pick<BatchLeft, "code"> {
  readonly key: string;
  readonly alert?: string;
}

export type ChangedWork = Partial<Pick<IncidentRecord, "assignee" | "tags" | "closed" | "reopened">>;

export interface BatchReader {
  get(id: string): Promise<BatchRecord | undefined>;
  /** The latest first, then by id. */
  page(query: PageRequest): Promise<Page<BatchRecord>>;
  /** Batches that wait or run, the oldest first. */
  unended(): Promise<readonly BatchRecord[]>;
  part(batch: string, number: number): Promise<BatchPart | undefined>;
  /** What a batch left, by the code of the reason and then in the order of its parts. */
  left(batch: string, query: PageRequest & Partial<Pick<BatchLeft, "code">>): Promise<Page<LeftItem>>;
}

export interface BatchWriter extends BatchReader {
  /** Adds a batch, or replaces the one with its id. */
  put(batch: BatchRecord): Promise<void>;
  putPart(part: BatchPart): Promise<void>;
  putLeft(left: BatchLeft): Promise<void>;
}
