/** Where a piece of evidence comes from: the first record that was read with it. */
export interface EvidenceRecord {
  readonly eventId: string;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly recordId?: string;
}

/**
 * What records say about the names of a host; `name` is always a name in lower case. A host is known by the names under
 * which records were written, and by those that this evidence mentions.
 */
export type HostEvidence = { readonly name: string; readonly value: string; readonly seen?: EvidenceRecord } & (
  | {
      /** A record of `name` contains this id of its machine or agent. */
      readonly kind: "id";
    }
  | {
      /** The host was renamed from `name` to `value` (System event 6011). */
      readonly kind: "rename";
    }
  | {
      /** The process with this entity id was recorded under `name` and under the name `value`. */
      readonly kind: "entity";
      readonly entityId: string;
    }
  | {
      /**
       * Entity ids under `name` begin with this. Hosts that were cloned share it, so it ties nobody: it says between
       * which names equal entity ids are looked for.
       */
      readonly kind: "machine";
    }
  | {
      /** A record under `name` contains this logon id of a service account: its session exists, without a logon. */
      readonly kind: "service";
    }
);

/** What a batch of records says about hosts. */
export interface HostNews {
  /** The names under which records were written. */
  readonly names: readonly string[];
  readonly evidence: readonly HostEvidence[];
}

/** Everything that is known about the names of some hosts. */
export interface KnownHosts {
  /** Each recorded name, and the host that it was decided to mean; undefined if that was not decided yet. */
  readonly names: ReadonlyMap<string, string | undefined>;
  readonly evidence: readonly HostEvidence[];
}

/** Whether evidence can tie names; the rest is only kept with them. */
export function canTie({ kind }: HostEvidence): boolean {
  return kind !== "machine" && kind !== "service";
}

/** Equal for the same piece of evidence in two records. */
export function evidenceKey({ kind, name, value }: Pick<HostEvidence, "kind" | "name" | "value">): string {
  return JSON.stringify([kind, name, value]);
}

/** The beginning of an entity id that is unique among all hosts; undefined for an id that may be used twice. */
export function machineOf(entityId: string): string | undefined {
  const text = entityId.startsWith("{") ? entityId.slice(1) : entityId;
  return text.length < SHORTEST_UNIQUE ? undefined : text.slice(0, 8).toLowerCase();
}

/** Shorter ids are numbers that a sensor counts, not unique beyond its host. */
const SHORTEST_UNIQUE = 20;
