import { decodeGroup } from "./encode.ts";
import {
  addSavedChunk,
  deletedRows,
  digestOf,
  emptyGroup,
  type Group,
  type GroupRow,
  markChanged,
  occurrencesOf,
  runsOf,
  savedGroup,
  slotOf,
  takeChangedRows,
} from "./group.ts";
import { evaluateMeasure, type GroupFinding } from "./measure.ts";
import { compareOccurrences, type Occurrence } from "./occurrence.ts";
import { type CorrelationPlan, timeSpanOf } from "./plan.ts";

const DAY = 86_400_000;

/** A finding with the time slot in which it starts. */
export interface SlotFinding {
  readonly slot: number;
  readonly finding: GroupFinding;
}

/** The differences between the findings of a group and those reported before. */
export interface SlotChanges {
  /** New findings, and reported ones with other events than before. */
  readonly changed: readonly SlotFinding[];
  /** The slots of findings that late events disproved. */
  readonly withdrawn: readonly number[];
}

/**
 * The groups of one plan, least recently used first. Groups with a new occurrence are pending until they are evaluated;
 * saved groups stay encoded until they are used.
 */
export class OccurrenceTable {
  readonly #plan: CorrelationPlan;
  readonly #groups = new Map<string, Group>();
  readonly #pending = new Set<string>();
  readonly #changed = new Set<string>();
  /** The number of saved chunks of evicted groups. */
  readonly #evicted = new Map<string, number>();
  /** The groups that contain a finding of another plan, by its id; computed when one is first removed. */
  #groupsByFinding: Map<string, readonly string[]> | undefined;
  #size = 0;
  #newest = Number.NEGATIVE_INFINITY;

  constructor(plan: CorrelationPlan) {
    this.#plan = plan;
  }

  /** Occurrences and groups held, as counted by the memory limit. */
  get size(): number {
    return this.#size;
  }

  add(tuple: string, occurrence: Occurrence): void {
    const group = this.#use(tuple);
    const count = occurrencesOf(group).push(occurrence);
    markChanged(group, count - 1);
    this.#resize(group, count);
    group.newest = Math.max(group.newest, occurrence.time);
    this.#newest = Math.max(this.#newest, occurrence.time);
    if (occurrence.members !== undefined) {
      this.#groupsByFinding?.set(occurrence.id, [...(this.#groupsByFinding.get(occurrence.id) ?? []), tuple]);
    }
  }

  /** Removes a finding of another plan, which late events have changed, from all groups. */
  removeFinding(id: string): void {
    for (const tuple of this.#groupsOf(id)) {
      const group = this.#use(tuple);
      const kept = occurrencesOf(group).filter((occurrence) => occurrence.id !== id);
      this.#replaceOccurrences(group, kept);
    }
    this.#groupsByFinding?.delete(id);
  }

  /** The groups with a new occurrence or an open window. */
  pending(): readonly string[] {
    return [...this.#pending];
  }

  /** Evaluates a group at the time `now`. */
  evaluate(tuple: string, now: number): SlotChanges {
    const group = this.#groups.get(tuple);
    this.#pending.delete(tuple);
    if (group === undefined) {
      return { changed: [], withdrawn: [] };
    }
    const { measure, inputs } = this.#plan;
    const sorted = occurrencesOf(group).toSorted(compareOccurrences);
    const { findings, isOpen } = evaluateMeasure(measure, inputs.length, sorted, now);
    const bySlot = new Map(findings.map((finding) => [slotOf(finding, timeSpanOf(measure)), finding]));
    const changed = [...bySlot]
      .filter(([slot, finding]) => group.reported.get(slot) !== digestOf(finding))
      .map(([slot, finding]) => ({ slot, finding }));
    const withdrawn = [...group.reported.keys()].filter((slot) => !bySlot.has(slot));
    group.reported = new Map([...bySlot].map(([slot, finding]) => [slot, digestOf(finding)]));
    if (measure.kind === "first") {
      this.#replaceOccurrences(group, runsOf(sorted, measure.history));
    }
    group.pending = isOpen;
    if (isOpen) {
      this.#pending.add(tuple);
    }
    this.#changed.add(tuple);
    return { changed, withdrawn };
  }

  /**
   * Evicts the least recently used groups, or the older half of a group that is most of the table, until at most `size`
   * is held. Returns how many groups lost recent occurrences; older ones would hardly have become findings.
   */
  evict(size: number): number {
    const recent = this.#newest - Math.max(DAY, 2 * timeSpanOf(this.#plan.measure));
    let losses = 0;
    for (const [tuple, group] of [...this.#groups]) {
      if (this.#size <= size) {
        break;
      }
      losses += group.newest >= recent ? 1 : 0;
      if (group.count > size / 2) {
        this.#evictOlderHalf(tuple, group);
      } else {
        this.#evictGroup(tuple, group);
      }
    }
    return losses;
  }

  /** Loads the saved header of a group, which comes before its chunks. */
  loadGroup(tuple: string, value: string): void {
    const header = decodeGroup(value);
    if (header === undefined) {
      return;
    }
    this.#groups.set(tuple, savedGroup(header));
    this.#size += 1 + header.count;
    this.#newest = Math.max(this.#newest, header.newest);
    if (header.pending) {
      this.#pending.add(tuple);
    }
  }

  loadChunk(tuple: string, chunk: number, value: string): void {
    const group = this.#groups.get(tuple);
    if (group !== undefined) {
      addSavedChunk(group, chunk, value);
    }
  }

  /** The rows that changed since the last call. */
  changes(): readonly GroupRow[] {
    const rows: GroupRow[] = [...this.#evicted].flatMap(([tuple, chunks]) => deletedRows(tuple, chunks));
    this.#evicted.clear();
    for (const tuple of this.#changed) {
      const group = this.#groups.get(tuple);
      if (group !== undefined) {
        rows.push(...takeChangedRows(tuple, group));
      }
    }
    this.#changed.clear();
    return rows;
  }

  #groupsOf(findingId: string): readonly string[] {
    if (this.#groupsByFinding === undefined) {
      this.#groupsByFinding = new Map();
      for (const [tuple, group] of this.#groups) {
        for (const { id } of occurrencesOf(group)) {
          this.#groupsByFinding.set(id, [...(this.#groupsByFinding.get(id) ?? []), tuple]);
        }
      }
    }
    return this.#groupsByFinding.get(findingId) ?? [];
  }

  /** Returns the group of a tuple, now the most recently used one, as changed and pending. */
  #use(tuple: string): Group {
    const group = this.#groups.get(tuple) ?? emptyGroup(this.#evicted.get(tuple) ?? 0);
    this.#size += this.#groups.delete(tuple) ? 0 : 1;
    this.#evicted.delete(tuple);
    this.#groups.set(tuple, group);
    group.pending = true;
    this.#pending.add(tuple);
    this.#changed.add(tuple);
    return group;
  }

  #replaceOccurrences(group: Group, occurrences: Occurrence[]): void {
    if (occurrences.length !== group.count) {
      group.occurrences = occurrences;
      group.changedFrom = 0;
      this.#resize(group, occurrences.length);
    }
  }

  #resize(group: Group, count: number): void {
    this.#size += count - group.count;
    group.count = count;
  }

  #evictGroup(tuple: string, group: Group): void {
    this.#size -= 1 + group.count;
    this.#groups.delete(tuple);
    this.#pending.delete(tuple);
    this.#changed.delete(tuple);
    this.#groupsByFinding = undefined;
    this.#evicted.set(tuple, group.chunks);
  }

  /** Evicts the older half up to the end of a finding: later findings stay the same, evicted ones stay reported. */
  #evictOlderHalf(tuple: string, group: Group): void {
    const { measure, inputs } = this.#plan;
    const sorted = occurrencesOf(group).toSorted(compareOccurrences);
    const middle = Math.floor(sorted.length / 2);
    const reported = new Map(group.reported);
    let from = middle;
    for (const finding of evaluateMeasure(measure, inputs.length, sorted, group.newest).findings) {
      const start = sorted.findIndex(({ id }) => id === finding.occurrences[0]?.id);
      if (start < middle) {
        from = Math.max(from, start + finding.occurrences.length);
        reported.delete(slotOf(finding, timeSpanOf(measure)));
      }
    }
    group.reported = reported;
    this.#changed.add(tuple);
    this.#replaceOccurrences(group, sorted.slice(from));
  }
}
