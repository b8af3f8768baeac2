import type { EventSourceId } from "#contracts/event-source";
import type { Activity } from "#contracts/lineage";
import type { MutableFields } from "../values.ts";
import type { WindowsEvent } from "../windows-event.ts";

/** Adds the ECS fields of a record, given its named values; `record` has its header and its unnamed values. */
export type MapRecord = (fields: MutableFields, data: ReadonlyMap<string, string>, record: WindowsEvent) => void;

/**
 * What is known about an event source beyond its names. One record per source, listed in `../sources.ts`: see
 * docs/adding-a-format.md.
 */
export interface EventSource {
  readonly id: EventSourceId;
  /** Module and dataset of the integration that collects it. */
  dataset?(channel: string): Dataset | undefined;
  /** What its event codes mean. */
  readonly records: ReadonlyMap<string, RecordType>;
  /** Maps records whose type has no mapping of its own. */
  readonly map: MapRecord;
  /** Set when it records starts and ends of processes. */
  readonly side?: Side;
  /** Its own clock, when the records have one besides the time of the event log. */
  readonly clock?: RecordClock;
  /** Corrects an ECS document of this source where collectors differ from the mapping here. */
  normalise?(fields: MutableFields, event: WindowsEvent): void;
}

export interface Dataset {
  readonly module: string;
  readonly dataset: string;
}

/** What one event code means. */
export interface RecordType {
  readonly action?: string;
  /** Actions that `map` gives some records instead. */
  readonly otherActions?: readonly string[];
  readonly category?: readonly string[];
  readonly type?: readonly string[];
  /** `audited`: either, as the keywords of the record or its values say. */
  readonly outcome?: "success" | "failure" | "audited";
  readonly map?: MapRecord;
  /** The fields that `map` can produce, if it is made of steps (`steps.ts`). */
  readonly produces?: readonly string[];
  /** The channel to which it is written, where that is not the first of the source. */
  readonly channel?: string;
  /** Its provider, where it is not that of the source: the record type applies to no other. */
  readonly provider?: string;
  /** Which moment of a process it records. */
  readonly process?: "start" | "end";
  /** What it records about a logon session. */
  readonly logon?: "opened" | "failed" | "closed" | "explicit" | "privileged";
  /** As which activity of its process it counts. */
  readonly activity?: keyof Activity;
}

/**
 * Who recorded a start or end of a process: an agent (Sysmon, an endpoint sensor) or the Windows Security log. The two
 * may record the same process; the agent's record has more detail and leads.
 */
export type Side = "agent" | "security";

export interface RecordClock {
  /** The value with the time in UTC. */
  readonly field: string;
  /** Event codes whose value can be hours off, as after a virtual machine was resumed. */
  readonly unreliable: ReadonlySet<number>;
}
