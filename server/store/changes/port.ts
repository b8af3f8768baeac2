import type { AuditHead } from "../audit/port.ts";

/** Where the store is: between two equal looks nothing was written that people see. */
export interface StoreLook {
  /** The end of the audit trail. */
  readonly audit?: AuditHead;
  /** Grows whenever an alert, the work on an incident or the progress of a batch is written, by whichever process. */
  readonly alerts: number;
  /** Another text when other people have incidents open at other servers of the store; absent if there are none. */
  readonly watchers?: string;
}

/** An alert or a record of work on an incident, as the audit trail names them. */
export interface WorkedOn {
  readonly kind: "alert" | "incident";
  readonly id: string;
}

export interface ChangesReader {
  /** Costs the same whatever is stored: a row or two that are found at once, in one round trip. */
  look(): Promise<StoreLook>;
  /** The current keys of the incidents that these belong to. Those that are gone, or in none, are absent. */
  incidentsOf(subjects: readonly WorkedOn[]): Promise<readonly (WorkedOn & { readonly key: string })[]>;
}
