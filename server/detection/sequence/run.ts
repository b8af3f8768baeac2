import type { Rule } from "../rule.ts";
import { decodeState, encodeState } from "./encode.ts";
import type { StageMatch } from "./engine.ts";
import { decodeLateness, type Lateness, noLateness, observeTime } from "./lateness.ts";
import { type SequencePlan, stepsOf } from "./plan.ts";
import type { Member } from "./state.ts";
import { SequenceTable } from "./table.ts";

/** A complete sequence or sample of a rule. */
export interface SequenceFinding {
  readonly rule: Rule;
  /** The members in stage order; missing events have none. */
  readonly members: readonly Member[];
}

/** Whether an exception hides the current event from a step of a rule. */
export type IsExcepted = (rule: Rule, step: number | undefined) => boolean;

/** A row of saved state; `undefined` deletes it. */
export interface StateRow {
  readonly name: string;
  readonly value: string | undefined;
}

/** The state of all sequence rules while events arrive. */
export interface SequenceRun {
  /**
   * Applies an event with its matches, in the order of arrival, and returns the sequences it completes. Stages for
   * which `isExcepted` is true do not get the event: an exception removes events from sequences. The step of a stage is
   * counted from 1, and undefined for `until`.
   */
  apply(event: Member, matches: readonly StageMatch[], isExcepted?: IsExcepted): readonly SequenceFinding[];
  /** Advances time without an event: completes the sequences that only waited for a missing event. */
  advanceTime(time: number): readonly SequenceFinding[];
  /** The rows that changed since the last call: to be saved in the write that stores the events. */
  changes(): readonly StateRow[];
  /** The rules that received late events; each has to be run again over all events since `from`. */
  lateRules(): readonly { readonly rule: Rule; readonly plan: SequencePlan; readonly from: number }[];
  /** Replaces the state of rules by that of a run over all events since `from` in time order; older state stays. */
  adopt(other: SequenceRun, rules: readonly Rule[], from: number): void;
  /** By rule id the tuples evicted since the start because the memory was full. */
  readonly evicted: ReadonlyMap<string, number>;
  /** The state of one rule; for `adopt`. */
  ruleState(ruleId: string): RuleState | undefined;
}

/** A sequence rule with the scope of its saved rows, which another version of the rule does not share. */
export interface SequenceRule {
  readonly rule: Rule;
  readonly plan: SequencePlan;
  readonly scope: string;
}

interface RuleState extends SequenceRule {
  /** The step of each stage. */
  readonly steps: readonly number[];
  table: SequenceTable;
  lateness: Lateness;
  isLatenessChanged: boolean;
}

/** Events between two sweeps for expired state. */
const EXPIRY_INTERVAL = 4_096;
/** Events between two checks of the memory limit. */
const EVICTION_INTERVAL = 256;

/** Starts a run from the saved rows of an earlier one; `memory` limits members and tuples. */
export function startRun(
  rules: readonly SequenceRule[],
  saved: Iterable<readonly [string, string]>,
  memory: number,
): SequenceRun {
  const states: readonly RuleState[] = rules.map((rule) => ({
    ...rule,
    steps: stepsOf(rule.plan),
    table: new SequenceTable(rule.plan),
    lateness: noLateness,
    isLatenessChanged: false,
  }));
  // Only sequences that end with a missing event wait for time to pass.
  const timed = states.filter(({ plan }) => plan.stages.at(-1)?.missing === true);
  const replaced: StateRow[] = [];
  const evicted = new Map<string, number>();
  let events = 0;
  load(states, saved);

  const advanceTime = (time: number): SequenceFinding[] =>
    timed.flatMap((state) => (state.table.nextDeadline < time ? findingsOf(state, state.table.advanceTime(time)) : []));

  return {
    apply(member, matches, isExcepted) {
      const { time } = member;
      const findings = advanceTime(time);
      for (const { rule, tuples } of matches) {
        const state = states[rule];
        const stages = state === undefined ? undefined : stagesLeft(state, tuples, isExcepted);
        if (state !== undefined && stages !== undefined) {
          findings.push(...findingsOf(state, state.table.apply(member, stages)));
          const lateness = observeTime(state.lateness, time);
          state.isLatenessChanged ||= lateness !== state.lateness;
          state.lateness = lateness;
        }
      }
      events++;
      if (events % EXPIRY_INTERVAL === 0) {
        states.forEach(({ table }) => void table.dropExpired(time));
      }
      if (events % EVICTION_INTERVAL === 0) {
        evictTo(memory, states, evicted);
      }
      return findings;
    },
    advanceTime,
    changes() {
      evictTo(memory, states, evicted);
      return [...replaced.splice(0), ...states.flatMap(changedRows)];
    },
    lateRules: () =>
      states.flatMap(({ rule, plan, lateness }) =>
        lateness.from === undefined ? [] : [{ rule, plan, from: lateness.from }],
      ),
    adopt(other, adopted, from) {
      for (const { id } of adopted) {
        const ours = states.find(({ rule }) => rule.id === id);
        const theirs = other.ruleState(id);
        if (ours !== undefined && theirs !== undefined) {
          replaced.push(...replaceState(ours, theirs, from));
        }
      }
    },
    evicted,
    ruleState: (ruleId) => states.find(({ rule }) => rule.id === ruleId),
  };
}

/** The matched stages by tuple without those that exceptions hide the event from; undefined if none is left. */
function stagesLeft(
  { rule, steps }: RuleState,
  tuples: StageMatch["tuples"],
  isExcepted: IsExcepted = () => false,
): ReadonlyMap<string, ReadonlySet<number>> | undefined {
  const left = tuples.flatMap(([tuple, stages]) => {
    const some = stages.filter((stage) => !isExcepted(rule, steps[stage]));
    return some.length === 0 ? [] : [[tuple, new Set(some)] as const];
  });
  return left.length === 0 ? undefined : new Map(left);
}

function findingsOf({ rule }: RuleState, complete: readonly (readonly Member[])[]): readonly SequenceFinding[] {
  return complete.map((members) => ({ rule, members }));
}

/** Evicts the least recently used tuples of the largest rules until `memory` is not exceeded, and counts them. */
function evictTo(memory: number, states: readonly RuleState[], evicted: Map<string, number>): void {
  let held = states.reduce((sum, { table }) => sum + table.size, 0);
  while (held > memory) {
    const { rule, table } = states.reduce((most, state) => (state.table.size > most.table.size ? state : most));
    const before = table.size;
    // A tenth at a time, so that the next events do not evict again.
    evicted.set(rule.id, (evicted.get(rule.id) ?? 0) + table.evict(Math.floor(before * 0.9)));
    held -= before - table.size;
  }
}

function changedRows(state: RuleState): readonly StateRow[] {
  const rows: StateRow[] = [];
  for (const [tuple, keyState] of state.table.changes()) {
    const value = keyState === undefined ? undefined : encodeState(keyState);
    rows.push({ name: JSON.stringify([state.scope, tuple]), value });
  }
  if (state.isLatenessChanged) {
    rows.push({ name: JSON.stringify([state.scope]), value: JSON.stringify(state.lateness) });
    state.isLatenessChanged = false;
  }
  return rows;
}

/** Replaces the state of a rule except for tuples without an event since `from`; returns the rows to delete. */
function replaceState(ours: RuleState, theirs: RuleState, from: number): readonly StateRow[] {
  const deleted: StateRow[] = [];
  for (const [tuple, state] of ours.table.states()) {
    if (state.newest >= from) {
      deleted.push({ name: JSON.stringify([ours.scope, tuple]), value: undefined });
    } else if (!theirs.table.has(tuple)) {
      theirs.table.load(tuple, state);
    }
  }
  ours.table = theirs.table;
  ours.lateness = { newest: Math.max(ours.lateness.newest, theirs.lateness.newest), from: undefined };
  ours.isLatenessChanged = true;
  return deleted;
}

function load(states: readonly RuleState[], saved: Iterable<readonly [string, string]>): void {
  const byScope = new Map(states.map((state) => [state.scope, state]));
  for (const [name, value] of saved) {
    const names: unknown = JSON.parse(name);
    const [scope, tuple] = Array.isArray(names) ? names : [];
    const ruleState = byScope.get(String(scope));
    if (ruleState === undefined) {
      continue;
    }
    if (typeof tuple !== "string") {
      ruleState.lateness = decodeLateness(value) ?? noLateness;
      continue;
    }
    const state = decodeState(value);
    if (state !== undefined) {
      ruleState.table.load(tuple, state);
    }
  }
}
