import type { Account } from "#contracts/account";
import type { Activity } from "#contracts/lineage";
import type { EndFact, StartFact } from "./facts.ts";
import { entityStart, nameOf } from "./keys.ts";

/**
 * What is kept of one identity: the facts that name it, and what was derived from them. An identity is an entity id
 * (`entity`), a start without one (`start`), or a parent that only others tell of (`placeholder`). Twins stay two rows:
 * the Security row points to the agent's (`mergedInto`), the agent's back to it (`twin`), and only the agent's row is
 * shown. A placeholder that gave way to a known process stays as a pointer to it, so that its key goes on leading
 * somewhere. Of what is shown, nothing depends on the order in which facts arrived.
 */
export interface ProcessRow {
  readonly key: string;
  readonly kind: "entity" | "start" | "placeholder";
  readonly host: string;
  readonly entityId?: string;
  readonly facts: ProcessFacts;
  readonly duplicate?: string;
  readonly mergedInto?: string;
  /** The exit found by pid and time (Security 4689), when there is one. */
  readonly exit?: EndFact;
  readonly parent?: ParentLink;
  /**
   * Set when the parent has to be found by pid and time; the row is looked at again when that pid's history changes.
   */
  readonly creatorPid?: number;
  readonly sessionKey?: string;
}

export interface ProcessFacts {
  /** By event id. Nearly always one; the same start in another rendering would be a second. */
  readonly starts: readonly StartFact[];
  /** Exits that carry the entity id. */
  readonly ends: readonly EndFact[];
  /** From anything it did, while no start is known; never more than one value of each. */
  readonly observed?: ObservedAttributes;
  /** From its children, by their parent entity id. */
  readonly inferred?: InferredAttributes;
  /** What the pid and path of a placeholder are. */
  readonly named?: { readonly pid: number; readonly executable?: string };
  /** The last word of a person on which of several possible parents it has. */
  readonly choice?: ParentChoice;
  /** Placeholders that gave way to what is known of this process: see `Workspace`. */
  readonly replacedPlaceholders?: readonly ReplacedPlaceholder[];
}

/** A placeholder that stood for the parent of a process, or for a process that an exit ended (`exit`: its event id). */
export interface ReplacedPlaceholder {
  readonly key: string;
  readonly exit?: string;
}

/** Made by a person, so it is a fact like any record: it outlives every new look at the records. */
export interface ParentChoice {
  /** Undefined takes an earlier choice back. */
  readonly parent?: string;
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface ObservedAttributes {
  readonly first: number;
  readonly pid?: number;
  readonly executable?: string;
  readonly user?: Account;
}

export interface InferredAttributes extends Omit<ObservedAttributes, "user"> {
  readonly commandLine?: string;
  readonly user?: string;
}

/**
 * How the parent was found, as it is stored. Whether an entity edge is `exact` or `declared` depends on the parent's
 * own records.
 */
export interface ParentLink {
  readonly key: string;
  readonly basis: "entity" | "pid-time" | "ambiguous" | "placeholder";
  readonly candidates?: readonly string[];
  /** Why it is ambiguous though only one fits: see `timeline.ts`. */
  readonly doubt?: "age";
  /** Set where `key` was chosen by a person; `computed` is what the records alone give. */
  readonly chosen?: { readonly by: string; readonly at: number; readonly computed: string };
}

/** Values of a row that are looked up by, worked out from its facts alone. */
export interface Position {
  readonly pid?: number;
  readonly name?: string;
  /** Where the process stands in time: its start, else what its entity id says, else when it was first heard of. */
  readonly at?: number;
  /** True when `at` is its beginning, false when it may have begun earlier. */
  readonly begun: boolean;
}

export function positionOf(row: Pick<ProcessRow, "facts" | "entityId">): Position {
  const { starts, ends, observed, inferred, named } = row.facts;
  const start = earliest(starts);
  const pid = least([...starts, ...ends].map((fact) => fact.pid)) ?? observed?.pid ?? inferred?.pid ?? named?.pid;
  const name = nameOf(executableOf(row.facts));
  if (start !== undefined) {
    return { pid, name, at: start.time, begun: true };
  }
  const heard = least([observed?.first, inferred?.first, ...ends.map((fact) => fact.time)]);
  const written = row.entityId === undefined ? undefined : entityStart(row.entityId);
  if (written !== undefined && heard !== undefined && written <= heard + 1000) {
    return { pid, name, at: written, begun: true };
  }
  return { pid, name, at: heard, begun: false };
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

/**
 * What others tell of a process. Once its own start is known with pid and path, hearsay adds nothing: it is neither
 * kept nor shown from then on.
 */
export function inferredAttributes(facts: ProcessFacts): Pick<ProcessFacts, "observed" | "inferred"> {
  return facts.starts.some((start) => start.pid !== undefined && start.executable !== undefined) ? {} : facts;
}

/** Something other than its children tells of it. */
export function isObserved(facts: ProcessFacts): boolean {
  return facts.starts.length > 0 || facts.ends.length > 0 || facts.observed !== undefined;
}

/** Same time and place in the list whatever came first. */
export function earliest<T extends { readonly time: number; readonly source: { readonly eventId: string } }>(
  facts: readonly T[],
): T | undefined {
  return facts.reduce<T | undefined>(
    (best, fact) => (best === undefined || byTime(fact, best) < 0 ? fact : best),
    undefined,
  );
}

export function byTime(
  a: { readonly time: number; readonly source: { readonly eventId: string } },
  b: { readonly time: number; readonly source: { readonly eventId: string } },
): number {
  return a.time - b.time || (a.source.eventId < b.source.eventId ? -1 : a.source.eventId > b.source.eventId ? 1 : 0);
}

export function least<T extends string | number>(values: readonly (T | undefined)[]): T | undefined {
  return values.reduce<T | undefined>(
    (best, value) => (value !== undefined && (best === undefined || value < best) ? value : best),
    undefined,
  );
}

/** Adds facts to those that are known; the same fact twice changes nothing. */
export function addFacts(known: ProcessFacts, more: ProcessFacts): ProcessFacts {
  const joined: ProcessFacts = {
    starts: union(known.starts, more.starts),
    ends: union(known.ends, more.ends),
    observed: both(known.observed, more.observed, (a, b) => ({
      ...common(a, b),
      user: leastUser(a.user, b.user),
    })),
    inferred: both(known.inferred, more.inferred, (a, b) => ({
      ...common(a, b),
      commandLine: least([a.commandLine, b.commandLine]),
      user: least([a.user, b.user]),
    })),
    named: known.named ?? more.named,
    choice: both(known.choice, more.choice, laterChoice),
    replacedPlaceholders: both(known.replacedPlaceholders, more.replacedPlaceholders, mergeReplacedPlaceholders),
  };
  return inferredAttributes(joined) === joined ? joined : { ...joined, observed: undefined, inferred: undefined };
}

/** Of two choices the later one holds, whichever was stored first. */
export function laterChoice(a: ParentChoice, b: ParentChoice): ParentChoice {
  const order = a.at - b.at || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return order < 0 ? b : a;
}

/** Each of them once, in an order of their own. */
export function mergeReplacedPlaceholders(
  known: readonly ReplacedPlaceholder[],
  more: readonly ReplacedPlaceholder[],
): readonly ReplacedPlaceholder[] {
  const all = new Map([...known, ...more].map((one) => [JSON.stringify([one.key, one.exit]), one]));
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function common(a: Omit<ObservedAttributes, "user">, b: Omit<ObservedAttributes, "user">) {
  return {
    first: Math.min(a.first, b.first),
    pid: least([a.pid, b.pid]),
    executable: least([a.executable, b.executable]),
  };
}

/** One of the two accounts, the same one whichever came first. */
export function leastUser(a: Account | undefined, b: Account | undefined): Account | undefined {
  if (a === undefined || b === undefined) {
    return a ?? b;
  }
  return JSON.stringify([a.domain, a.name, a.id]) <= JSON.stringify([b.domain, b.name, b.id]) ? a : b;
}

function both<T>(a: T | undefined, b: T | undefined, join: (a: T, b: T) => T): T | undefined {
  return a === undefined || b === undefined ? (a ?? b) : join(a, b);
}

function union<T extends { readonly time: number; readonly source: { readonly eventId: string } }>(
  known: readonly T[],
  more: readonly T[],
): readonly T[] {
  const ids = new Set(known.map((fact) => fact.source.eventId));
  const fresh = more.filter((fact) => !ids.has(fact.source.eventId) && ids.add(fact.source.eventId));
  return fresh.length === 0 ? known : [...known, ...fresh].sort(byTime);
}

export const NO_FACTS: ProcessFacts = { starts: [], ends: [] };

export const NO_ACTIVITY: Activity = {
  network: 0,
  dns: 0,
  file: 0,
  registry: 0,
  module: 0,
  access: 0,
  injection: 0,
};
