import type { EndFact } from "./facts.ts";
import { entityStart, nameOf } from "./keys.ts";
import { earliest, least, type ProcessFacts } from "./process-facts.ts";

/**
 * What is stored per identity: the facts about it and what was resolved from them. An identity is an entity id
 * (`entity`), a start without one (`start`), or a parent that only other records refer to (`placeholder`).
 *
 * Duplicate records of one process (Sysmon 1 and Security 4688) stay two rows: the Security row points to the agent's
 * (`mergedInto`), the agent's points back (`duplicate`), and only the agent's row is shown. A placeholder that was
 * replaced stays as a pointer to its replacement, so that its key keeps working. See docs/decisions/0029.
 */
export interface ProcessRow {
  readonly key: string;
  readonly kind: "entity" | "start" | "placeholder";
  readonly host: string;
  readonly entityId?: string;
  readonly facts: ProcessFacts;
  readonly duplicate?: string;
  readonly mergedInto?: string;
  /** The exit found by pid and time (Security 4689). */
  readonly exit?: EndFact;
  readonly parent?: ParentLink;
  /** Set if the parent is found by pid and time: the row is resolved again when the history of that pid changes. */
  readonly creatorPid?: number;
  readonly sessionKey?: string;
}

/**
 * How the parent was found. Whether an `entity` edge is exact or declared depends on the parent's records: see
 * `relations.ts`.
 */
export interface ParentLink {
  readonly key: string;
  readonly basis: "entity" | "pid-time" | "ambiguous" | "placeholder";
  readonly candidates?: readonly string[];
  /** Why it is ambiguous although only one candidate matches: see `Resolution`. */
  readonly doubt?: "age";
  /** Set if an analyst chose `key`; `computed` is the parent that the records alone give. */
  readonly chosen?: { readonly by: string; readonly at: number; readonly computed: string };
}

/** Attributes that rows are looked up by, derived from their facts alone. */
export interface Position {
  readonly pid?: number;
  readonly name?: string;
  /** Epoch milliseconds of the start; if that is unknown, of the entity id's timestamp or else the first record. */
  readonly at?: number;
  /** True if `at` is the start, false if the process may have started earlier. */
  readonly begun: boolean;
}

/** The timestamp in an entity id may be this much later than a record of the process (milliseconds). */
const ENTITY_TIME_TOLERANCE = 1000;

export function positionOf(row: Pick<ProcessRow, "facts" | "entityId">): Position {
  const { starts, ends, observed, inferred, named } = row.facts;
  const start = earliest(starts);
  const pid = least([...starts, ...ends].map((fact) => fact.pid)) ?? observed?.pid ?? inferred?.pid ?? named?.pid;
  const name = nameOf(executableOf(row.facts));
  if (start !== undefined) {
    return { pid, name, at: start.time, begun: true };
  }
  const first = least([observed?.first, inferred?.first, ...ends.map((fact) => fact.time)]);
  const encoded = row.entityId === undefined ? undefined : entityStart(row.entityId);
  if (encoded !== undefined && first !== undefined && encoded <= first + ENTITY_TIME_TOLERANCE) {
    return { pid, name, at: encoded, begun: true };
  }
  return { pid, name, at: first, begun: false };
}

export function executableOf(facts: ProcessFacts): string | undefined {
  return (
    earliest(facts.starts)?.executable ??
    earliest(facts.ends)?.executable ??
    facts.observed?.executable ??
    facts.inferred?.executable ??
    facts.named?.executable
  );
}
