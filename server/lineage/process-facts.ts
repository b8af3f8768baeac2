import type { Account } from "#contracts/account";
import type { Activity } from "#contracts/lineage";
import type { EndFact, StartFact } from "./facts.ts";

/** Everything that records state about one identity. Adding facts is commutative and idempotent: see `addFacts`. */
export interface ProcessFacts {
  /** By event id. Nearly always one; the same start from another collector would be a second. */
  readonly starts: readonly StartFact[];
  /** Exits that contain the entity id. */
  readonly ends: readonly EndFact[];
  /** From any activity of the process, while its start is not known; one value of each. */
  readonly observed?: ObservedAttributes;
  /** From its children, which refer to it by parent entity id, while its start is not known. */
  readonly inferred?: InferredAttributes;
  /** The pid and path that a placeholder was referred to by. */
  readonly named?: { readonly pid: number; readonly executable?: string };
  /** An analyst's latest choice among several possible parents. See docs/decisions/0021. */
  readonly choice?: ParentChoice;
  /** Placeholders that this row referred to before the real process was known. See docs/decisions/0029. */
  readonly replacedPlaceholders?: readonly ReplacedPlaceholder[];
}

/** A placeholder of a parent, or, with `exit` (an event id), of a process that an exit ended. */
export interface ReplacedPlaceholder {
  readonly key: string;
  readonly exit?: string;
}

/** Made by an analyst and stored as a fact, so it survives every recomputation. */
export interface ParentChoice {
  /** Undefined reverts an earlier choice. */
  readonly parent?: string;
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface ObservedAttributes {
  /** Epoch milliseconds of the first record. */
  readonly first: number;
  readonly pid?: number;
  readonly executable?: string;
  readonly user?: Account;
  /** Names of the host in the records, if any is not the host of the row; an empty name is that one. */
  readonly names?: readonly string[];
}

export interface InferredAttributes extends Omit<ObservedAttributes, "user"> {
  readonly commandLine?: string;
  readonly user?: string;
}

type Recorded = { readonly time: number; readonly source: { readonly eventId: string } };

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

/** Merges facts; the same fact twice changes nothing, and neither does the order. */
export function addFacts(known: ProcessFacts, added: ProcessFacts): ProcessFacts {
  return keptFacts(mergeFacts(known, added));
}

/** What is stored of facts: the attributes of activity and children only while no start says more. */
export function keptFacts(facts: ProcessFacts): ProcessFacts {
  return (facts.observed ?? facts.inferred) !== undefined && hasCompleteStart(facts)
    ? { ...facts, observed: undefined, inferred: undefined }
    : facts;
}

/** As `addFacts`, with all that the facts say. */
export function mergeFacts(known: ProcessFacts, added: ProcessFacts): ProcessFacts {
  return {
    starts: union(known.starts, added.starts),
    ends: union(known.ends, added.ends),
    observed: mergeOptional(known.observed, added.observed, (a, b) => ({
      ...mergeCommon(a, b),
      user: leastUser(a.user, b.user),
    })),
    inferred: mergeOptional(known.inferred, added.inferred, (a, b) => ({
      ...mergeCommon(a, b),
      commandLine: least([a.commandLine, b.commandLine]),
      user: least([a.user, b.user]),
    })),
    named: known.named ?? added.named,
    choice: mergeOptional(known.choice, added.choice, laterChoice),
    replacedPlaceholders: mergeOptional(
      known.replacedPlaceholders,
      added.replacedPlaceholders,
      mergeReplacedPlaceholders,
    ),
  };
}

/**
 * What activity and children show about a process. Nothing once a start record with pid and path is known: then these
 * attributes are neither stored nor shown.
 */
export function provisionalAttributes(facts: ProcessFacts): Pick<ProcessFacts, "observed" | "inferred"> {
  return hasCompleteStart(facts) ? {} : facts;
}

/** Whether a start says what activity and children could say. */
export function hasCompleteStart({ starts }: ProcessFacts): boolean {
  return starts.some((start) => start.pid !== undefined && start.executable !== undefined);
}

/** Whether the process has records of its own; otherwise only its children refer to it. */
export function isObserved({ starts, ends, observed }: ProcessFacts): boolean {
  return starts.length > 0 || ends.length > 0 || observed !== undefined;
}

/** The later of two choices, in whatever order they were stored. */
export function laterChoice(a: ParentChoice, b: ParentChoice): ParentChoice {
  const order = a.at - b.at || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return order < 0 ? b : a;
}

/** Each of them once, sorted. */
export function mergeReplacedPlaceholders(
  known: readonly ReplacedPlaceholder[],
  added: readonly ReplacedPlaceholder[],
): readonly ReplacedPlaceholder[] {
  const all = new Map([...known, ...added].map((one) => [JSON.stringify([one.key, one.exit]), one]));
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** Keys of the placeholders that a row referred to as its parent before that was known. */
export function formerParents({ replacedPlaceholders = [] }: ProcessFacts): readonly string[] {
  return replacedPlaceholders.filter(({ exit }) => exit === undefined).map(({ key }) => key);
}

export function earliest<T extends Recorded>(facts: readonly T[]): T | undefined {
  return facts.reduce<T | undefined>(
    (best, fact) => (best === undefined || byTime(fact, best) < 0 ? fact : best),
    undefined,
  );
}

/** By time, then by event id: a total order that does not depend on arrival. */
export function byTime(a: Recorded, b: Recorded): number {
  return a.time - b.time || (a.source.eventId < b.source.eventId ? -1 : a.source.eventId > b.source.eventId ? 1 : 0);
}

export function least<T extends string | number>(values: readonly (T | undefined)[]): T | undefined {
  return values.reduce<T | undefined>(
    (best, value) => (value !== undefined && (best === undefined || value < best) ? value : best),
    undefined,
  );
}

/** One of two accounts, the same one in either order. */
export function leastUser(a: Account | undefined, b: Account | undefined): Account | undefined {
  if (a === undefined || b === undefined) {
    return a ?? b;
  }
  return JSON.stringify([a.domain, a.name, a.id]) <= JSON.stringify([b.domain, b.name, b.id]) ? a : b;
}

function mergeCommon(a: Omit<ObservedAttributes, "user">, b: Omit<ObservedAttributes, "user">) {
  return {
    first: Math.min(a.first, b.first),
    pid: least([a.pid, b.pid]),
    executable: least([a.executable, b.executable]),
    ...(a.names === undefined && b.names === undefined ? {} : { names: mergeNames(a.names, b.names) }),
  };
}

/** Names under which a host was recorded: see `ObservedAttributes`. */
function mergeNames(
  a: readonly string[] | undefined = [OWN_NAME],
  b: readonly string[] | undefined = [OWN_NAME],
): readonly string[] {
  return [...new Set([...a, ...b])].sort();
}

/** Stands for the host of the row itself. */
const OWN_NAME = "";

/** Every name under which the records of a row were written. */
export function recordedNames({ host, facts }: { readonly host: string; readonly facts: ProcessFacts }): Set<string> {
  const { starts, ends, observed, inferred } = facts;
  const names = [...starts, ...ends].map(({ recordedHost }) => recordedHost ?? host);
  for (const attributes of [observed, inferred]) {
    names.push(...(attributes === undefined ? [] : (attributes.names ?? [OWN_NAME])).map((name) => name || host));
  }
  return new Set(names);
}

function mergeOptional<T>(a: T | undefined, b: T | undefined, merge: (a: T, b: T) => T): T | undefined {
  return a === undefined || b === undefined ? (a ?? b) : merge(a, b);
}

function union<T extends Recorded>(known: readonly T[], added: readonly T[]): readonly T[] {
  const ids = new Set(known.map((fact) => fact.source.eventId));
  const fresh = added.filter((fact) => !ids.has(fact.source.eventId) && ids.add(fact.source.eventId));
  return fresh.length === 0 ? known : [...known, ...fresh].sort(byTime);
}
