import type { ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { compileCondition } from "../condition/evaluate.ts";
import { allOf } from "../condition/tree.ts";
import type { StemmaEvent } from "../event/event.ts";
import { entryCondition, fieldCondition, groupsOf, isInForce, placeCondition } from "./condition.ts";
import { type LineageContext, noLineage } from "./lineage-context.ts";
import { type ListLookup, noLists } from "./lists.ts";
import { appliesTo, type ScopedRule } from "./scope.ts";

/** An event as exceptions see it. `lineage` is needed by exceptions with entries about ancestors or sessions. */
export type ExceptedEvent = Pick<StemmaEvent, "fields"> & { readonly lineage?: LineageContext };

/** An exception compiled for a run. */
export interface ActiveException {
  readonly record: Pick<ExceptionRecord, "id" | "name" | "mode">;
  /** The only step of sequences that it hides events from, counted from 1. */
  readonly step: number | undefined;
  /** Whether it has entries about ancestors or sessions. */
  readonly needsLineage: boolean;
  matches(event: ExceptedEvent): boolean;
  /** Whether the event itself can match, whatever the process graph knows about it. */
  mayMatch(event: Pick<StemmaEvent, "fields">): boolean;
}

/** The exceptions in force during a run. */
export interface ActiveExceptions {
  /** Ids of the rules whose stored alerts can be hidden; undefined if some exception applies to all rules. */
  readonly ruleIds: readonly string[] | undefined;
  /** Whether any has entries about ancestors or sessions. */
  readonly needLineage: boolean;
  /** Exceptions with the rule in their scope, in the order in which they were given; of one mode where it is named. */
  forRule(ruleId: string, mode?: ExceptionRecord["mode"]): readonly ActiveException[];
}

/** What exceptions refer to. */
export interface ExceptionContext {
  /** The loaded rules, for exceptions that apply to rules by their tags. */
  readonly rules: ReadonlyMap<string, ScopedRule>;
  readonly lists: ListLookup;
}

/** Compiles each exception that is in force at `now` (epoch milliseconds) once; the others have no effect. */
export function activeExceptions(
  exceptions: readonly ExceptionRecord[],
  now: number,
  { rules, lists }: ExceptionContext,
): ActiveExceptions {
  const all = exceptions
    .filter((one) => isInForce(one, now))
    .map((exception) => ({ exception, active: compileException(exception, lists) }));
  const byRule = new Map<string, readonly ActiveException[]>();
  const forRule = (id: string) =>
    byRule.getOrInsertComputed(id, () => {
      const rule = rules.get(id) ?? { id };
      return all.filter(({ exception }) => appliesTo(exception, rule)).map(({ active }) => active);
    });
  const named = () => [
    ...new Set([
      ...all.flatMap(({ exception }) => exception.ruleIds),
      ...[...rules.keys()].filter((id) => forRule(id).length > 0),
    ]),
  ];
  return {
    ruleIds: all.length === 0 ? [] : all.some(({ exception }) => exception.allRules === true) ? undefined : named(),
    needLineage: all.some(({ active }) => active.needsLineage),
    forRule(ruleId, mode) {
      if (all.length === 0) {
        return none;
      }
      const inScope = forRule(ruleId);
      return mode === undefined || inScope.length === 0
        ? inScope
        : inScope.filter(({ record }) => record.mode === mode);
    },
  };
}

const none: readonly ActiveException[] = [];

/** Where nothing is excepted. */
export const noExceptions: ActiveExceptions = { ruleIds: [], needLineage: false, forRule: () => none };

type Compiled = ActiveException["record"] &
  Pick<ExceptionDraft, "entries" | "alternatives" | "os" | "hosts" | "hostList" | "step">;

/** Compiles one exception, whether or not it is in force and to which rules it applies. */
export function compileException(exception: Compiled, lists: ListLookup = noLists): ActiveException {
  const place = compileCondition(placeCondition(exception, lists));
  const groups = groupsOf(exception).map((entries) => compileGroup(entries, lists));
  return {
    record: exception,
    step: exception.step,
    needsLineage: groups.some(({ anchors }) => anchors.length > 0),
    matches: ({ fields, lineage = noLineage }) =>
      place(fields) &&
      groups.some(({ onEvent, anchors }) => onEvent(fields) && anchors.every((anchor) => anchor(lineage))),
    mayMatch: ({ fields }) => place(fields) && groups.some(({ onEvent }) => onEvent(fields)),
  };
}

interface CompiledGroup {
  readonly onEvent: (fields: StemmaEvent["fields"]) => boolean;
  readonly anchors: readonly ((lineage: LineageContext) => boolean)[];
}

function compileGroup(entries: readonly ExceptionEntry[], lists: ListLookup): CompiledGroup {
  return {
    onEvent: compileCondition(allOf(entries.map((entry) => entryCondition(entry, lists)))),
    anchors: entries.flatMap((entry) =>
      entry.type === "ancestor" || entry.type === "session" ? [compileAnchor(entry, lists)] : [],
    ),
  };
}

/** Tests one entry about ancestors or the session. */
export function compileAnchor(
  entry: ExceptionEntry & { readonly type: "ancestor" | "session" },
  lists: ListLookup = noLists,
): (lineage: LineageContext) => boolean {
  const matches = compileCondition(allOf(entry.entries.map((one) => fieldCondition(one, lists))));
  const isIncluded = entry.operator === "included";
  if (entry.type === "session") {
    return ({ session }) => (session !== undefined && matches(session)) === isIncluded;
  }
  const candidates = ({ ancestors }: LineageContext) => (entry.which === "parent" ? ancestors.slice(0, 1) : ancestors);
  return (lineage) => candidates(lineage).some((ancestor) => matches(ancestor)) === isIncluded;
}
