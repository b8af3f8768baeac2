import { planFingerprint } from "../plan-fingerprint.ts";
import type { Rule } from "../rule.ts";
import type { StateRow } from "../sequence/run.ts";
import type { Member } from "../sequence/state.ts";
import type { InputMatch } from "./engine.ts";
import { type CorrelationFinding, completingOccurrence, findingId, membersOf } from "./finding.ts";
import { sizeOf } from "./measure.ts";
import { mergeGroupKeys } from "./occurrence.ts";
import type { CorrelationRule, PlanNode } from "./plan-tree.ts";
import { OccurrenceTable, type SlotChanges } from "./table.ts";

/** The changes of findings since the last collection. */
export interface CorrelationOutcome {
  /** New findings, and known ones with other events than before. */
  readonly findings: readonly CorrelationFinding[];
  /** The ids of findings that late events disproved. */
  readonly withdrawn: readonly string[];
}

/** The state of all correlation rules while events arrive. */
export interface CorrelationRun {
  /** Adds an event with its matches, in any order; rules for which `isExcepted` is true do not get the event. */
  apply(event: Member, matches: readonly InputMatch[], isExcepted?: (rule: Rule) => boolean): void;
  /** Evaluates the groups with new events or open windows, at the time `now`. */
  collectFindings(now: number): CorrelationOutcome;
  /** The rows that changed since the last call: to be saved in the write that stores the events or the alerts. */
  changes(): readonly StateRow[];
  /** By rule id the groups evicted since the start because the memory was full. */
  readonly evicted: ReadonlyMap<string, number>;
}

interface RuleState extends CorrelationRule {
  /** Part of the names of its saved rows, which another version of the rule does not share. */
  readonly fingerprint: string;
  /** One for each of `nodes`. */
  readonly tables: readonly OccurrenceTable[];
}

/** Events between two checks of the memory limit. */
const EVICTION_INTERVAL = 256;

/** Starts a run from the saved rows of an earlier one; `memory` limits occurrences and groups. */
export function createCorrelationRun(
  rules: readonly CorrelationRule[],
  saved: Iterable<readonly [string, string]>,
  memory: number,
): CorrelationRun {
  const states: readonly RuleState[] = rules.map((rule) => ({
    ...rule,
    fingerprint: planFingerprint(rule.plan),
    tables: rule.nodes.map(({ plan }) => new OccurrenceTable(plan)),
  }));
  // Rows of other versions of the rules.
  const stale: StateRow[] = load(states, saved).map((name) => ({ name, value: undefined }));
  const evicted = new Map<string, number>();
  let events = 0;
  return {
    apply({ id, time }, matches, isExcepted) {
      for (const { rule, groups } of matches) {
        const state = states[rule];
        if (state === undefined || isExcepted?.(state.rule) === true) {
          continue;
        }
        for (const { node, tuple, ...group } of groups) {
          state.tables[node]?.add(tuple, { id, time, ...group });
        }
      }
      events++;
      if (events % EVICTION_INTERVAL === 0) {
        evictTo(memory, states, evicted);
      }
    },
    collectFindings(now) {
      const outcomes = states.map((state) => collectFrom(state, now));
      return {
        findings: outcomes.flatMap(({ findings }) => findings),
        withdrawn: outcomes.flatMap(({ withdrawn }) => withdrawn),
      };
    },
    changes() {
      evictTo(memory, states, evicted);
      return [...stale.splice(0), ...states.flatMap(changedRows)];
    },
    evicted,
  };
}

function collectFrom(state: RuleState, now: number): CorrelationOutcome {
  const { rule, nodes, tables } = state;
  const findings: CorrelationFinding[] = [];
  const withdrawn: string[] = [];
  // Plans whose findings are counted come after the plan that counts them.
  for (const [node, { plan, parent }] of [...nodes.entries()].reverse()) {
    const table = tables[node];
    for (const tuple of table?.pending() ?? []) {
      const changes = table?.evaluate(tuple, now) ?? { changed: [], withdrawn: [] };
      if (parent !== undefined) {
        addToParent(state, parent, tuple, changes);
        continue;
      }
      for (const { slot, finding } of changes.changed) {
        findings.push({ rule, plan, id: findingId(rule.id, tuple, slot), tuple, finding });
      }
      withdrawn.push(...changes.withdrawn.map((slot) => findingId(rule.id, tuple, slot)));
    }
  }
  return { findings, withdrawn };
}

/** Adds findings of a plan to the groups of the plan that counts them. */
function addToParent(
  { rule, tables }: RuleState,
  parent: NonNullable<PlanNode["parent"]>,
  tuple: string,
  { changed, withdrawn }: SlotChanges,
): void {
  const table = tables[parent.node];
  const idOf = (slot: number) => findingId(`${rule.id} ${parent.node} ${parent.index}`, tuple, slot);
  for (const slot of withdrawn) {
    table?.removeFinding(idOf(slot));
  }
  for (const { slot, finding } of changed) {
    const id = idOf(slot);
    const keys = mergeGroupKeys(finding.occurrences.flatMap((occurrence) => occurrence.parent ?? []));
    table?.removeFinding(id);
    for (const parentTuple of keys.tuples) {
      table?.add(parentTuple, {
        id,
        time: completingOccurrence(finding)?.time ?? 0,
        inputs: [parent.index],
        values: keys.values,
        ...(keys.parent === undefined ? {} : { parent: keys.parent }),
        members: membersOf(finding),
        size: sizeOf(finding),
        group: tuple,
      });
    }
  }
}

function changedRows({ rule, fingerprint, tables }: RuleState): readonly StateRow[] {
  return tables.flatMap((table, node) =>
    table.changes().map(({ tuple, chunk, value }) => {
      const name = [rule.id, fingerprint, node, tuple, ...(chunk === undefined ? [] : [chunk])];
      return { name: JSON.stringify(name), value };
    }),
  );
}

/** Evicts the least recently used groups of the largest tables until `memory` is not exceeded, and counts losses. */
function evictTo(memory: number, states: readonly RuleState[], evicted: Map<string, number>): void {
  const tables = states.flatMap((state) => state.tables.map((table) => ({ table, ruleId: state.rule.id })));
  let held = tables.reduce((sum, { table }) => sum + table.size, 0);
  while (held > memory) {
    const { table, ruleId } = tables.reduce((most, one) => (one.table.size > most.table.size ? one : most));
    const before = table.size;
    // A tenth at a time, so that the next events do not evict again.
    const losses = table.evict(Math.floor(before * 0.9));
    if (losses > 0) {
      evicted.set(ruleId, (evicted.get(ruleId) ?? 0) + losses);
    }
    held -= before - table.size;
  }
}

/** Loads saved rows; returns the names of rows of other versions of the rules. */
function load(states: readonly RuleState[], saved: Iterable<readonly [string, string]>): readonly string[] {
  const byRule = new Map(states.map((state) => [state.rule.id, state]));
  const stale: string[] = [];
  const loadChunks: (() => void)[] = [];
  for (const [name, value] of saved) {
    const names: unknown = JSON.parse(name);
    const [ruleId, fingerprint, node, tuple, chunk] = Array.isArray(names) ? names : [];
    const state = byRule.get(String(ruleId));
    const table = state?.fingerprint === fingerprint ? state?.tables[Number(node)] : undefined;
    if (state !== undefined && table === undefined) {
      stale.push(name);
    } else if (chunk === undefined) {
      table?.loadGroup(String(tuple), value);
    } else {
      loadChunks.push(() => table?.loadChunk(String(tuple), Number(chunk), value));
    }
  }
  // The header of a group comes before its chunks, whatever the order of the rows.
  for (const loadChunk of loadChunks) {
    loadChunk();
  }
  return stale;
}
