import type { Fields } from "#contracts/event";
import { compileLazily } from "../../condition/evaluate.ts";
import { planFingerprint } from "../plan-fingerprint.ts";
import type { Rule } from "../rule.ts";
import { createRuleIndex } from "../rule-index.ts";
import type { IndexFactory } from "../shared-index.ts";
import { decodeState, encodeState } from "./encode.ts";
import { groupStages } from "./find.ts";
import { tuplesOf } from "./join.ts";
import { decodeLateness, type Lateness, noteTime, onTime } from "./late.ts";
import { allStages, type JoinKey, type SequencePlan } from "./plan.ts";
import type { Member } from "./state.ts";
import { SequenceTable } from "./table.ts";

/** Members and join keys that all rules together may hold; about 200 bytes each. */
export const defaultMemory = 300_000;
/** Events between two looks for what can be forgotten. */
const SWEEP = 4_096;

/** A complete sequence or sample of a rule. */
export interface SequenceFinding {
  readonly rule: Rule;
  /** Members in the order of the stages; missing events have none. */
  readonly members: readonly Member[];
}

/** A row of saved state; `value` undefined takes the row away. */
export interface StateRow {
  readonly name: string;
  readonly value: string | undefined;
}

/** That an event matches stages of a rule, by tuple of join keys: a plain value, so another thread can work it out. */
export interface StageMatch {
  /** Place of the rule in `SequenceEngine.rules`. */
  readonly rule: number;
  readonly tuples: readonly (readonly [tuple: string, stages: readonly number[]])[];
}

export interface SequenceRun {
  /**
   * Takes an event with what it matches, in the order of arrival, and returns what it completes. Rules for which
   * `isExcepted` holds do not see the event: an exception takes events out of a sequence.
   */
  take(event: Member, matches: readonly StageMatch[], isExcepted?: (rule: Rule) => boolean): readonly SequenceFinding[];
  /** Time has come to `time`, though no event tells so: completes what only waited for an event to stay away. */
  passTime(time: number): readonly SequenceFinding[];
  /** What has changed since it was last asked: to be saved in the write that stored the events. */
  changes(): readonly StateRow[];
  /** Rules for which events came late, with the span to be looked at again: everything since `from`, less is not enough. */
  late(): readonly { readonly rule: Rule; readonly plan: SequencePlan; readonly from: number }[];
  /** Takes over the state of rules from a run over all events since `from` in order; what is older stays. */
  adopt(other: SequenceRun, rules: readonly Rule[], from: number): void;
  /** Tuples given up since the start because the memory was full, by the ids of their rules. */
  readonly evicted: ReadonlyMap<string, number>;
  /** Of one rule, for `adopt`. */
  part(ruleId: string): Part | undefined;
}

interface Part {
  readonly rule: Rule;
  readonly plan: SequencePlan;
  /** Names this state: of another version of the rule it is of no use. */
  readonly scope: string;
  table: SequenceTable;
  lateness: Lateness;
  changed: boolean;
}

/** Stages of all rules in one index, so that each event is tested against those that could match. */
export interface SequenceEngine {
  readonly rules: readonly Rule[];
  /** What the event matches; most events match nothing. Pure. */
  match(fields: Fields): readonly StageMatch[];
  /** `saved` are the rows of an earlier run; rows of rules that are not there, or have changed, are left alone. */
  start(saved?: Iterable<readonly [string, string]>, options?: { readonly memory?: number }): SequenceRun;
  /** The same for some of the rules. */
  only(rules: readonly Rule[]): SequenceEngine;
}

interface Unit {
  readonly part: number;
  readonly stages: readonly number[];
  readonly keys: readonly JoinKey[];
  matches(fields: Fields): boolean;
}

/** `createIndex` tells which stages to test on an event; what is found is the same with any. */
export function createSequenceEngine(
  rules: readonly Rule[],
  createIndex: IndexFactory = createRuleIndex,
): SequenceEngine {
  const parts = rules.flatMap((rule) => (rule.body.kind === "sequence" ? [{ rule, plan: rule.body.plan }] : []));
  const groups = parts.flatMap(({ plan }, part) => groupStages(allStages(plan)).map((group) => ({ ...group, part })));
  const units: readonly Unit[] = groups.map(({ part, stages, keys, condition }) => {
    return { part, stages, keys, matches: compileLazily(condition) };
  });
  const candidates = createIndex(groups.map(({ condition }) => condition));
  return {
    rules: parts.map(({ rule }) => rule),
    match(fields) {
      const positions = candidates(fields);
      if (positions.length === 0) {
        return none;
      }
      const matched = new Map<number, Map<string, number[]>>();
      for (const position of positions) {
        const unit = units[position];
        if (unit?.matches(fields)) {
          for (const tuple of tuplesOf(fields, unit.keys)) {
            const tuples = matched.getOrInsertComputed(unit.part, () => new Map<string, number[]>());
            tuples.getOrInsertComputed(tuple, (): number[] => []).push(...unit.stages);
          }
        }
      }
      return matched.size === 0 ? none : [...matched].map(([rule, tuples]) => ({ rule, tuples: [...tuples] }));
    },
    only: (some) => createSequenceEngine(some, createIndex),
    start: (saved = [], { memory = defaultMemory } = {}) =>
      startRun(
        parts.map(({ rule, plan }) => ({
          rule,
          plan,
          scope: JSON.stringify([rule.id, planFingerprint(plan)]),
          table: new SequenceTable(plan),
          lateness: onTime,
          changed: false,
        })),
        saved,
        memory,
      ),
  };
}

const none: readonly StageMatch[] = [];

function startRun(parts: readonly Part[], saved: Iterable<readonly [string, string]>, memory: number): SequenceRun {
  // Only sequences with a missing event at the end wait for time to pass.
  const patient = parts.filter(({ plan }) => plan.stages.at(-1)?.missing === true);
  const adopted: StateRow[] = [];
  const evicted = new Map<string, number>();
  let events = 0;
  load(parts, saved);

  const findings = (part: Part, complete: readonly (readonly Member[])[]): readonly SequenceFinding[] =>
    complete.map((members) => ({ rule: part.rule, members }));
  const passTime = (time: number): SequenceFinding[] =>
    patient.flatMap((part) => (part.table.nextDeadline < time ? findings(part, part.table.passTime(time)) : []));

  function makeRoom(): void {
    let held = parts.reduce((sum, { table }) => sum + table.size, 0);
    while (held > memory) {
      const largest = parts.reduce((most, part) => (part.table.size > most.table.size ? part : most));
      const before = largest.table.size;
      // A tenth at a time, so that the next events do not have to make room again.
      const { id } = largest.rule;
      evicted.set(id, (evicted.get(id) ?? 0) + largest.table.evict(Math.floor(before * 0.9)));
      held -= before - largest.table.size;
    }
  }

  return {
    take(member, matches, isExcepted) {
      const { time } = member;
      const found = passTime(time);
      for (const { rule, tuples } of matches) {
        const part = parts[rule];
        if (part !== undefined && isExcepted?.(part.rule) !== true) {
          const stages = new Map(tuples.map(([tuple, of]) => [tuple, new Set(of)]));
          found.push(...findings(part, part.table.take(member, stages)));
          const lateness = noteTime(part.lateness, time);
          part.changed ||= lateness !== part.lateness;
          part.lateness = lateness;
        }
      }
      events++;
      if (events % SWEEP === 0) {
        parts.forEach(({ table }) => void table.sweep(time));
      }
      if (events % 256 === 0) {
        makeRoom();
      }
      return found;
    },
    passTime,
    changes() {
      makeRoom();
      const rows: StateRow[] = adopted.splice(0);
      for (const part of parts) {
        for (const [tuple, state] of part.table.changes()) {
          const value = state === undefined ? undefined : encodeState(state);
          rows.push({ name: JSON.stringify([part.scope, tuple]), value });
        }
        if (part.changed) {
          rows.push({ name: JSON.stringify([part.scope]), value: JSON.stringify(part.lateness) });
          part.changed = false;
        }
      }
      return rows;
    },
    late: () =>
      parts.flatMap(({ rule, plan, lateness }) =>
        lateness.from === undefined ? [] : [{ rule, plan, from: lateness.from }],
      ),
    adopt(other, rules, from) {
      for (const { id } of rules) {
        const ours = parts.find(({ rule }) => rule.id === id);
        const theirs = other.part(id);
        if (ours !== undefined && theirs !== undefined) {
          for (const [tuple, state] of ours.table.states()) {
            if (state.newest >= from) {
              adopted.push({ name: JSON.stringify([ours.scope, tuple]), value: undefined });
            } else if (!theirs.table.has(tuple)) {
              theirs.table.load(tuple, state);
            }
          }
          ours.table = theirs.table;
          ours.lateness = { newest: Math.max(ours.lateness.newest, theirs.lateness.newest), from: undefined };
          ours.changed = true;
        }
      }
    },
    evicted,
    part: (ruleId) => parts.find(({ rule }) => rule.id === ruleId),
  };
}

function load(parts: readonly Part[], saved: Iterable<readonly [string, string]>): void {
  const byScope = new Map(parts.map((part) => [part.scope, part]));
  for (const [name, value] of saved) {
    const names: unknown = JSON.parse(name);
    const [scope, tuple] = Array.isArray(names) ? names : [];
    const part = byScope.get(String(scope));
    if (part === undefined) {
      continue;
    }
    if (typeof tuple !== "string") {
      part.lateness = decodeLateness(value) ?? onTime;
      continue;
    }
    const state = decodeState(value);
    if (state !== undefined) {
      part.table.load(tuple, state);
    }
  }
}
