import type { CombinedWork, IncidentRecord } from "../../alert/incident-record.ts";

export interface IncidentReader {
  /** The work on incidents, by their current keys. Incidents that nobody worked on are absent. */
  work(keys: readonly string[]): Promise<ReadonlyMap<string, CombinedWork>>;
  /** The current keys of the incidents that records belong to, by the ids that the audit trail names them with. */
  keysOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export interface IncidentWriter extends IncidentReader {
  /** The records that `work` combines. */
  records(key: string): Promise<readonly IncidentRecord[]>;
  /** Adds a record, or replaces the one with its id. Its alert must be stored. */
  put(record: IncidentRecord): Promise<void>;
}
