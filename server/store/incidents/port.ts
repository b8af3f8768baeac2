import type { CombinedWork, IncidentRecord } from "../../alert/incident-record.ts";

export interface IncidentReader {
  /** The work on incidents, by their current keys. Incidents that nobody worked on are absent. */
  work(keys: readonly string[]): Promise<ReadonlyMap<string, CombinedWork>>;
}

export interface IncidentWriter extends IncidentReader {
  /** The records that `work` combines. */
  records(key: string): Promise<readonly IncidentRecord[]>;
  /** Adds a record, or replaces the one with its id. Its alert must be stored. */
  put(record: IncidentRecord): Promise<void>;
}
