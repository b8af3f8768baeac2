import { hash } from "node:crypto";
import { compileLazily } from "../../condition/evaluate.ts";
import type { StemmaEvent } from "../../event/event.ts";
import { planFingerprint } from "../plan-fingerprint.ts";
import type { Rule } from "../rule.ts";
import { createRuleIndex } from "../rule-index.ts";
import { defaultMemory } from "../sequence/engine.ts";
import type { StateRow } from "../sequence/run.ts";
import type { Member } from "../sequence/state.ts";
import type { IndexFactory } from "../shared-index.ts";
import { type Found, sizeOf } from "./find.ts";
import { joinOnward, type Occurrence, type Onward, onwardOf } from "./occurrence.ts";
import type { CorrelationInput, CorrelationPlan } from "./plan.ts";
import { type InCell, OccurrenceTable } from "./table.ts";

/** Events of a finding that are named one by one; all are counted. */
export const mostMembers = 100;

/** The groups of a rule that an event takes part in: a plain value, so another thread can work it out. */
export interface InputMatch {
  /** Place of the rule in `CorrelationEngine.rules`. */
  readonly rule: number;
  readonly groups: readonly GroupMatch[];
}

interface GroupMatch extends Pick<Occurrence, "inputs" | "values" | "onward"> {
  /** Place of the plan among those of the rule. */
  readonly node: number;
  readonly tuple: string;
}

/** What a rule has found in one group. */
export interface CorrelationFinding {
  readonly rule: Rule;
  readonly plan: CorrelationPlan;
  /** Follows from the rule, the group and the stretch of time in which it begins. */
  readonly id: string;
  /** The values that its events share, as `valuesOfTuple` reads them. */
  readonly tuple: string;
  readonly found: Found;
}

/** What has changed since it was last asked. */
export interface CorrelationOutcome {
  /** New findings, and known ones with other events than before. */
  readonly findings: readonly CorrelationFinding[];
  /** Ids of findings that there are no more. */
  readonly gone: readonly string[];
}

export interface CorrelationRun {
  /** Takes an event with what it matches; rules for which `isExcepted` holds do not see it. The order plays no part. */
  take(event: Member, matches: readonly InputMatch[], isExcepted?: (rule: Rule) => boolean): void;
  /** What all rules find when time has come to `passed`: asked of the groups that got something new. */
  settle(passed: number): CorrelationOutcome;
  /** What has changed since it was last asked: to be saved in the write that stored the events or the alerts. */
  changes(): readonly StateRow[];
  /** Groups given up since the start because the memory was full, by the ids of their rules. */
  readonly evicted: ReadonlyMap<string, number>;
}

/** Conditions of all rules that correlate, in one index. */
export interface CorrelationEngine {
  readonly rules: readonly Rule[];
  /** What the event matches; most events match nothing. Pure. */
  match(event: Pick<StemmaEvent, "id" | "fields">): readonly InputMatch[];
  /** `saved` are the rows of an earlier run; rows of rules that are not there are left alone. */
  start(saved?: Iterable<readonly [string, string]>, options?: { readonly memory?: number }): CorrelationRun;
}

/** One plan of a rule: the rule's own first, plans that it counts findings of behind it. */
interface Node {
  readonly plan: CorrelationPlan;
  /** Where its findings are counted; the rule's own are told of. */
  readonly up: { readonly node: number; readonly place: number; readonly input: CorrelationInput } | undefined;
}

/** A condition on events, by the place of its plan and its place there. */
interface Leaf {
  readonly node: number;
  readonly place: number;
  readonly input: CorrelationInput & { readonly kind: "events" };
}

interface Part {
  readonly rule: Rule;
  readonly plan: CorrelationPlan;
  readonly nodes: readonly Node[];
  readonly leaves: readonly Leaf[];
}

/** `createIndex` tells which conditions to test on an event; what is found is the same with any. */
export function createCorrelationEngine(
  rules: readonly Rule[],
  createIndex: IndexFactory = createRuleIndex,
): CorrelationEngine {
  const parts = rules.flatMap((rule) => (rule.body.kind === "correlation" ? [partOf(rule, rule.body.plan)] : []));
  const units = parts.flatMap(({ leaves }, rule) =>
    leaves.map((leaf) => ({
      rule,
      leaf,
      condition: leaf.input.condition,
      matches: compileLazily(leaf.input.condition),
    })),
  );
  const candidates = createIndex(units.map(({ condition }) => condition));
  return {
    rules: parts.map(({ rule }) => rule),
    match(event) {
      const positions = candidates(event.fields);
      if (positions.length === 0) {
        return none;
      }
      const matched = new Map<number, Leaf[]>();
      for (const position of positions) {
        const unit = units[position];
        if (unit?.matches(event.fields)) {
          matched.getOrInsertComputed(unit.rule, (): Leaf[] => []).push(unit.leaf);
        }
      }
      return matched.size === 0
        ? none
        : [...matched].map(([rule, leaves]) => ({ rule, groups: groupsOf(event, parts[rule]?.nodes ?? [], leaves) }));
    },
    start: (saved = [], { memory = defaultMemory } = {}) => new Run(parts, saved, memory),
  };
}

const none: readonly InputMatch[] = [];

function partOf(rule: Rule, plan: CorrelationPlan): Part {
  const nodes: Node[] = [];
  const leaves: Leaf[] = [];
  const visit = (of: CorrelationPlan, up: Node["up"]): void => {
    const node = nodes.push({ plan: of, up }) - 1;
    for (const [place, input] of of.inputs.entries()) {
      if (input.kind === "findings") {
        visit(input.plan, { node, place, input });
      } else {
        leaves.push({ node, place, input });
      }
    }
  };
  visit(plan, undefined);
  return { rule, plan, nodes, leaves };
}

/** The plans with their inputs that an event, or a finding of a plan, takes part in further up. */
function leadOf(nodes: readonly Node[], up: Node["up"]): readonly { plan: CorrelationPlan; input: CorrelationInput }[] {
  const node = up === undefined ? undefined : nodes[up.node];
  return up === undefined || node === undefined
    ? []
    : [{ plan: node.plan, input: up.input }, ...leadOf(nodes, node.up)];
}

interface RunningPart extends Part {
  /** Names this state: of another version of the rule it is of no use. */
  readonly scope: string;
  readonly tables: readonly OccurrenceTable[];
}

/** Events between two looks whether too much is held. */
const ROOM = 256;

class Run implements CorrelationRun {
  readonly #parts: readonly RunningPart[];
  readonly #memory: number;
  /** Rows of other versions of the rules: of no use any more. */
  readonly #stale: StateRow[] = [];
  readonly evicted = new Map<string, number>();
  #taken = 0;

  constructor(parts: readonly Part[], saved: Iterable<readonly [string, string]>, memory: number) {
    this.#memory = memory;
    this.#parts = parts.map((part) => ({
      ...part,
      scope: planFingerprint(part.plan),
      tables: part.nodes.map(({ plan }) => new OccurrenceTable(plan)),
    }));
    this.#load(saved);
  }

  take({ id, time }: Member, matches: readonly InputMatch[], isExcepted?: (rule: Rule) => boolean): void {
    for (const { rule, groups } of matches) {
      const part = this.#parts[rule];
      if (part === undefined || isExcepted?.(part.rule) === true) {
        continue;
      }
      for (const { node, tuple, ...seen } of groups) {
        part.tables[node]?.add(tuple, { id, time, ...seen });
      }
    }
    this.#taken++;
    if (this.#taken % ROOM === 0) {
      this.#makeRoom();
    }
  }

  settle(passed: number): CorrelationOutcome {
    const findings: CorrelationFinding[] = [];
    const gone: string[] = [];
    for (const part of this.#parts) {
      // What is counted further up comes first.
      for (const [node, { plan, up }] of [...part.nodes.entries()].reverse()) {
        const table = part.tables[node];
        for (const tuple of table?.pending() ?? []) {
          const settled = table?.settle(tuple, passed) ?? { changed: [], gone: [] };
          if (up !== undefined) {
            passUp(part, up, tuple, settled);
            continue;
          }
          const { rule } = part;
          findings.push(
            ...settled.changed.map(({ cell, found }) => ({
              rule,
              plan,
              id: findingId(rule.id, tuple, cell),
              tuple,
              found,
            })),
          );
          gone.push(...settled.gone.map((cell) => findingId(rule.id, tuple, cell)));
        }
      }
    }
    return { findings, gone };
  }

  changes(): readonly StateRow[] {
    this.#makeRoom();
    const rows: StateRow[] = this.#stale.splice(0);
    for (const { rule, scope, tables } of this.#parts) {
      for (const [node, table] of tables.entries()) {
        for (const { tuple, chunk, value } of table.changes()) {
          rows.push({
            name: JSON.stringify([rule.id, scope, node, tuple, ...(chunk === undefined ? [] : [chunk])]),
            value,
          });
        }
      }
    }
    return rows;
  }

  #makeRoom(): void {
    const tables = this.#parts.flatMap((part) => part.tables.map((table) => ({ table, id: part.rule.id })));
    let held = tables.reduce((sum, { table }) => sum + table.size, 0);
    while (held > this.#memory) {
      const { table: largest, id } = tables.reduce((most, one) => (one.table.size > most.table.size ? one : most));
      const before = largest.size;
      // A tenth at a time, so that the next events do not have to make room again.
      const costly = largest.makeRoom(Math.floor(before * 0.9));
      if (costly > 0) {
        this.evicted.set(id, (this.evicted.get(id) ?? 0) + costly);
      }
      held -= before - largest.size;
    }
  }

  #load(saved: Iterable<readonly [string, string]>): void {
    const parts = new Map(this.#parts.map((part) => [part.rule.id, part]));
    const chunks: (() => void)[] = [];
    for (const [name, value] of saved) {
      const names: unknown = JSON.parse(name);
      const [ruleId, scope, node, tuple, chunk] = Array.isArray(names) ? names : [];
      const part = parts.get(String(ruleId));
      const table = part?.scope === scope ? part?.tables[Number(node)] : undefined;
      if (part !== undefined && table === undefined) {
        this.#stale.push({ name, value: undefined });
      } else if (chunk === undefined) {
        table?.loadGroup(String(tuple), value);
      } else {
        chunks.push(() => table?.loadChunk(String(tuple), Number(chunk), value));
      }
    }
    // A group before its chunks, whatever the order of the rows.
    for (const load of chunks) {
      load();
    }
  }
}

/** The groups of all plans that an event takes part in, each with all inputs of the plan that it satisfies there. */
function groupsOf(
  { id, fields }: Pick<StemmaEvent, "id" | "fields">,
  nodes: readonly Node[],
  leaves: readonly Leaf[],
): readonly GroupMatch[] {
  const groups = new Map<string, { readonly node: number; readonly tuple: string; inputs: number[]; seen: Onward[] }>();
  for (const { node, place, input } of leaves) {
    const of = nodes[node];
    if (of === undefined) {
      continue;
    }
    const seen = onwardOf(fields, id, of.plan, input, leadOf(nodes, of.up));
    for (const tuple of seen.tuples) {
      const group = groups.getOrInsertComputed(`${node} ${tuple}`, () => ({ node, tuple, inputs: [], seen: [] }));
      group.inputs.push(place);
      group.seen.push(seen);
    }
  }
  return [...groups.values()].map(({ node, tuple, inputs, seen }) => {
    const [first] = seen;
    const { values, onward } = seen.length === 1 && first !== undefined ? first : joinOnward(seen);
    return { node, tuple, inputs, values, ...(onward === undefined ? {} : { onward }) };
  });
}

/** Findings of a plan into the groups of the plan that counts them. */
function passUp(
  { rule, tables }: RunningPart,
  up: NonNullable<Node["up"]>,
  tuple: string,
  { changed, gone }: { readonly changed: readonly InCell[]; readonly gone: readonly number[] },
): void {
  const table = tables[up.node];
  const idOf = (cell: number) => findingId(`${rule.id} ${up.node} ${up.place}`, tuple, cell);
  for (const cell of gone) {
    table?.removeFinding(idOf(cell));
  }
  for (const { cell, found } of changed) {
    const id = idOf(cell);
    const { tuples, values, onward } = joinOnward(found.occurrences.flatMap((one) => one.onward ?? []));
    table?.removeFinding(id);
    for (const further of tuples) {
      table?.add(further, {
        id,
        time: completingMemberOf(found)?.time ?? 0,
        inputs: [up.place],
        values,
        ...(onward === undefined ? {} : { onward }),
        members: membersOf(found),
        size: sizeOf(found),
        group: tuple,
      });
    }
  }
}

/** The occurrence with which the finding became true. */
export function completingMemberOf({ occurrences, reachedAt }: Found): Occurrence | undefined {
  return occurrences[reachedAt];
}

/** The events of a finding in order of time: the first ones, with the one that made it true. */
export function membersOf({ occurrences, reachedAt }: Found): readonly Member[] {
  const listed =
    occurrences.length <= mostMembers
      ? occurrences
      : [...occurrences.slice(0, mostMembers - 1), occurrences[Math.max(reachedAt, mostMembers - 1)]];
  const members = new Map<string, Member>();
  for (const occurrence of listed) {
    for (const { id, time } of occurrence === undefined ? [] : (occurrence.members ?? [occurrence])) {
      if (members.size < mostMembers || occurrence === listed.at(-1)) {
        members.set(id, { id, time });
      }
    }
  }
  return [...members.values()].sort((left, right) => left.time - right.time);
}

function findingId(ruleId: string, tuple: string, cell: number): string {
  return hash("sha256", ["correlation", ruleId, tuple, String(cell)].join("\u0000"), "base64url").slice(0, 22);
}
