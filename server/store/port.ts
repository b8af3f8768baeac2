import type { Problem } from "#contracts/problem";
import type { Result } from "../lib/result.ts";
import type { LineageTables } from "../lineage/tables.ts";
import type { AlertReader, AlertWriter } from "./alerts/port.ts";
import type { AuditReader, AuditWriter } from "./audit/port.ts";
import type { BatchReader, BatchWriter } from "./batches/port.ts";
import type { ChangesReader } from "./changes/port.ts";
import type { DeliveryReader, DeliveryWriter } from "./deliveries/port.ts";
import type { EngineStateReader, EngineStateWriter } from "./engine-state/port.ts";
import type { EventReader, EventWriter } from "./events/port.ts";
import type { ExceptionReader, ExceptionWriter } from "./exceptions/port.ts";
import type { StoreFigures } from "./figures.ts";
import type { FindReader } from "./find/port.ts";
import type { IncidentReader, IncidentWriter } from "./incidents/port.ts";
import type { IngestReader, IngestWriter } from "./ingests/port.ts";
import type { IntegrityReader } from "./integrity/port.ts";
import type { LineageReader } from "./lineage/port.ts";
import type { PeopleReader, PeopleWriter } from "./people/port.ts";
import type { ProposalReader, ProposalWriter } from "./proposals/port.ts";
import type { RuleVersionReader, RuleVersionWriter } from "./rule-versions/port.ts";
import type { SavedViewReader, SavedViewWriter } from "./saved-views/port.ts";
import type { SettingsReader, SettingsWriter } from "./settings/port.ts";
import type { SnapshotReader, SnapshotWriter } from "./snapshot/port.ts";
import type { TriageReader, TriageWriter } from "./triage/port.ts";
import type { ValueListReader, ValueListWriter } from "./value-lists/port.ts";
import type { SharedWatchers } from "./watchers/port.ts";

/**
 * Everything the product stores, as one reader per subject. Two adapters implement it (SQLite, and Neo4j for teams);
 * one contract suite runs on both. Times are epoch milliseconds. Every list has a limit and reports what it left out.
 * `docs/adding-a-store.md` explains what an adapter must guarantee. See docs/decisions/0002.
 */
export interface Store {
  /** Names the store in messages, without credentials. */
  readonly description: string;
  /** Events per write of an ingest: few where a write keeps all others waiting. See docs/decisions/0044. */
  readonly writeSize: number;
  readonly events: EventReader;
  readonly lineage: LineageReader;
  readonly alerts: AlertReader;
  readonly triage: TriageReader;
  readonly proposals: ProposalReader;
  readonly incidents: IncidentReader;
  readonly batches: BatchReader;
  readonly savedViews: SavedViewReader;
  readonly valueLists: ValueListReader;
  readonly deliveries: DeliveryReader;
  readonly exceptions: ExceptionReader;
  readonly audit: AuditReader;
  /** What was written since somebody looked, for those who follow. */
  readonly changes: ChangesReader;
  readonly watchers: SharedWatchers;
  readonly ingests: IngestReader;
  readonly engineState: EngineStateReader;
  readonly settings: SettingsReader;
  readonly ruleVersions: RuleVersionReader;
  readonly people: PeopleReader;
  /** What the search of the top bar reads. */
  readonly find: FindReader;
  /** Everything in the store but people, as values for copying into another one. */
  readonly snapshot: SnapshotReader;
  /** What only the store can check about itself. */
  readonly integrity: IntegrityReader;
  /** How much is stored. */
  figures(): Promise<StoreFigures>;
  /**
   * A view for one piece of reading, such as a request: what is asked of it at once, a store across a network answers
   * in one round trip. See docs/decisions/0035.
   */
  together(): StoreReader;
  /**
   * Acquires the lease to ingest, or fails with `store.ingest-running`: one ingest at a time across all processes. The
   * lease ends with its process, or shortly after if that runs on another machine. Reads and other writes are not
   * blocked.
   */
  ingestLease(): Promise<Result<{ release(): Promise<void> }, Problem>>;
  /** Runs `work` in one transaction: all of it or nothing, durable when the promise resolves. Calls are serialized. */
  write<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** How a store is opened. */
export interface OpenOptions {
  readonly readOnly?: boolean;
  /** What a store does after many writes, it does here and not in a server beside it. */
  readonly writesMuch?: boolean;
  /** Called before every query of the readers. What it throws ends the read, so that long work can be cancelled. */
  readonly beforeRead?: () => void;
}

/** The subjects that most reading is about. */
export type StoreReader = Pick<Store, "events" | "lineage" | "alerts">;

/** The writers of one transaction. What one of them wrote is visible to all of them. */
export interface StoreTransaction {
  readonly events: EventWriter;
  readonly lineage: LineageTables;
  readonly alerts: AlertWriter;
  readonly triage: TriageWriter;
  readonly proposals: ProposalWriter;
  readonly incidents: IncidentWriter;
  readonly batches: BatchWriter;
  readonly savedViews: SavedViewWriter;
  readonly valueLists: ValueListWriter;
  readonly deliveries: DeliveryWriter;
  readonly exceptions: ExceptionWriter;
  readonly audit: AuditWriter;
  readonly ingests: IngestWriter;
  readonly engineState: EngineStateWriter;
  readonly settings: SettingsWriter;
  readonly ruleVersions: RuleVersionWriter;
  readonly people: PeopleWriter;
  /** For copying another store into this one. */
  readonly restore: SnapshotWriter;
}
