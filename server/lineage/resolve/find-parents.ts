import { assertNever } from "../../lib/result.ts";
import { formerParents, laterChoice, type ParentChoice } from "../process-facts.ts";
import { type ParentLink, type ProcessRow, positionOf } from "../process-row.ts";
import type { PidTimeline } from "./assign-exits.ts";
import { type ParentQuestion, parentQuestion } from "./parent-question.ts";
import { pidText } from "./pid-ranges.ts";
import { placeholderRow, type Release, releasedBy } from "./placeholders.ts";
import type { ProcessRecords } from "./resolve-records.ts";
import { holderAt } from "./timeline.ts";

export interface FoundParents {
  /** Processes whose parent changed. */
  readonly changed: readonly ProcessRow[];
  /** Placeholders of parents that are not known. */
  readonly placeholders: readonly ProcessRow[];
  readonly released: readonly Release[];
}

/** What parents are looked up in. */
export interface ParentSources {
  /** By `pidText`: the histories of the pids that processes name as their creator's, around the time of their start. */
  readonly timelines: ReadonlyMap<string, readonly PidTimeline[]>;
  /** Parents that analysts chose: the key that was chosen and the key that the process is shown under. */
  readonly chosen: ReadonlyMap<string, string>;
}

/** Finds the parent of each process by what its records contain: entity id, or else pid and time. */
export function findParents(children: readonly ProcessRecords[], sources: ParentSources): FoundParents {
  const changed: ProcessRow[] = [];
  const placeholders: ProcessRow[] = [];
  const released: Release[] = [];
  for (const child of children) {
    const { row } = child;
    const { parent, creatorPid, placeholder } = parentOf(child, sources);
    if (JSON.stringify([row.parent, row.creatorPid]) !== JSON.stringify([parent, creatorPid])) {
      changed.push({ ...row, parent, creatorPid });
    }
    placeholders.push(...(placeholder === undefined ? [] : [placeholder]));
    released.push(...releasedByChild(child, parent));
  }
  return { changed, placeholders, released };
}

/** The analyst's choice for a process: it may have been made on either of its records. */
export function choiceOf({ row, duplicate }: ProcessRecords): ParentChoice | undefined {
  const [own, other] = [row.facts.choice, duplicate?.facts.choice];
  return own === undefined || other === undefined ? (own ?? other) : laterChoice(own, other);
}

interface Answer {
  readonly parent: ParentLink | undefined;
  readonly creatorPid?: number;
  readonly placeholder?: ProcessRow;
}

function parentOf(child: ProcessRecords, { timelines, chosen }: ParentSources): Answer {
  const question = parentQuestion(child.row, child.duplicate);
  switch (question.kind) {
    case "none":
      return { parent: undefined };
    case "entity":
      // No choice overrules an entity id.
      return { parent: { key: question.key, basis: "entity" } };
    case "pid": {
      const { link, placeholder } = parentByPid(child.row, question, timelines);
      const parent = withChoice(link, choiceOf(child), chosen);
      const isReferenced = parent.key === placeholder?.key;
      return { parent, creatorPid: question.pid, placeholder: isReferenced ? placeholder : undefined };
    }
    default:
      return assertNever(question);
  }
}

function parentByPid(
  { key: self, host }: ProcessRow,
  question: ParentQuestion & { readonly kind: "pid" },
  timelines: ParentSources["timelines"],
): { readonly link: ParentLink; readonly placeholder?: ProcessRow } {
  const { pid, executable } = question;
  const found = timelineAt(timelines, host, question);
  if (found === undefined) {
    throw new Error("the history of a creator's pid was not loaded");
  }
  const holder = holderAt(found.timeline, { ...question, self });
  switch (holder.kind) {
    case "found":
      return { link: { key: holder.key, basis: "pid-time" } };
    case "ambiguous": {
      const { key, candidates, doubt } = holder;
      return { link: { key, basis: "ambiguous", candidates, ...(doubt === undefined ? {} : { doubt }) } };
    }
    case "unknown": {
      const placeholder = placeholderRow(host, pid, executable, holder.boundary);
      return { link: { key: placeholder.key, basis: "placeholder" }, placeholder };
    }
    default:
      return assertNever(holder);
  }
}

/** The loaded history that contains the moment of a question. */
export function timelineAt(
  timelines: ParentSources["timelines"],
  host: string,
  { pid, time }: { readonly pid: number; readonly time: number },
): PidTimeline | undefined {
  return timelines.get(pidText({ host, pid }))?.find(({ probe }) => probe.from <= time && time <= probe.to);
}

/** The chosen parent instead of the computed one, as long as it is a known process. The edge stays ambiguous. */
function withChoice(
  computed: ParentLink,
  choice: ParentChoice | undefined,
  chosen: ParentSources["chosen"],
): ParentLink {
  const key = choice?.parent === undefined ? undefined : chosen.get(choice.parent);
  if (choice === undefined || key === undefined) {
    return computed;
  }
  const by = { by: choice.by, at: choice.at, computed: computed.key };
  if (key === computed.key) {
    return { ...computed, chosen: by };
  }
  const matching = computed.candidates ?? (computed.basis === "placeholder" ? [] : [computed.key]);
  return { key, basis: "ambiguous", candidates: [...new Set([...matching, key])], chosen: by };
}

/** Placeholders that the process or its duplicate record referred to until now or earlier. */
function releasedByChild({ row, duplicate }: ProcessRecords, parent: ParentLink | undefined): readonly Release[] {
  const at = positionOf(row).at ?? 0;
  const current =
    row.parent?.basis === "placeholder" && row.parent.key !== parent?.key
      ? [releasedBy(row.key, at, row.parent.key, parent)]
      : [];
  const former = [row, ...(duplicate === undefined ? [] : [duplicate])].flatMap((record) =>
    formerParents(record.facts).map((placeholder) => releasedBy(record.key, at, placeholder, parent)),
  );
  return [...current, ...former];
}
