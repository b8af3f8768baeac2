import type { ProcessNode } from "#contracts/lineage";
import type { ParentLink, ProcessRow } from "./process-row.ts";
import { choiceOf } from "./resolve/find-parents.ts";
import { NO_PARENT_RECORDED, parentQuestion } from "./resolve/parent-question.ts";

/** Why a process has no parent if its edge was removed to break a cycle. */
export const BROKEN_CYCLE = "The records name parents in a cycle, so the edge was removed here.";

/** What the reader knows of a parent when it shows a child. */
export interface ParentState {
  /** Has records of its own. */
  readonly observed: boolean;
  readonly name?: string;
  readonly pid?: number;
}

/**
 * The parent edge as it is shown, with its certainty and how it was found; or why there is none. `isBroken` is set if
 * this is the edge at which a cycle of parents is broken.
 */
export function parentEdge(
  row: ProcessRow,
  duplicate: ProcessRow | undefined,
  parent: ParentState | undefined,
  isBroken: boolean,
): Pick<ProcessNode, "parent" | "parentUnknown"> {
  const link = row.parent;
  if (link === undefined || parent === undefined) {
    const question = parentQuestion(row, duplicate);
    return { parentUnknown: question.kind === "none" ? question.why : NO_PARENT_RECORDED };
  }
  if (isBroken) {
    return { parentUnknown: BROKEN_CYCLE };
  }
  const edge = edgeOf(row, link, parent);
  return { parent: link.chosen === undefined ? withOverruled(edge, row, duplicate) : withChosen(edge, link.chosen) };
}

type Edge = NonNullable<ProcessNode["parent"]>;

/** An entity id that became known later overrules an analyst's choice. See docs/decisions/0021. */
function withOverruled(edge: Edge, row: ProcessRow, duplicate: ProcessRow | undefined): Edge {
  const overruled = row.parent?.basis === "entity" ? choiceOf({ row, duplicate }) : undefined;
  return overruled?.parent === undefined || overruled.parent === edge.key
    ? edge
    : { ...edge, why: `${edge.why} This overrules the choice of ${overruled.by}.` };
}

function withChosen(edge: Edge, { by, at, computed }: NonNullable<ParentLink["chosen"]>): Edge {
  const iso = new Date(at).toISOString();
  const records =
    computed === edge.key ? "the records alone show the same parent" : "the records alone show another parent";
  return {
    ...edge,
    why: `Chosen by ${by} on ${iso.slice(0, 10)} at ${iso.slice(11, 16)} UTC; ${records}. ${edge.why}`,
    chosen: { by, at: iso, computed },
  };
}

function edgeOf(row: ProcessRow, link: ParentLink, parent: ParentState): Edge {
  const { key } = link;
  const pid = row.creatorPid ?? "unknown";
  switch (link.basis) {
    case "entity":
      return parent.observed
        ? { key, certainty: "exact", why: "Parent identified by entity id." }
        : { key, certainty: "declared", why: "Parent identified by entity id; it has no records of its own." };
    case "pid-time":
      return { key, certainty: "pid-time", why: `Parent identified by process id ${pid} and time.` };
    case "ambiguous":
      return {
        key,
        certainty: "ambiguous",
        why: whyAmbiguous(link, pid),
        candidates: link.candidates === undefined ? undefined : [...link.candidates],
      };
    case "placeholder":
      return {
        key,
        certainty: "declared",
        why:
          parent.name === undefined
            ? `Only the process id of the parent is known: ${pid}.`
            : `The record names ${parent.name} with process id ${pid}; the start of that process was not recorded.`,
      };
  }
}

function whyAmbiguous({ candidates = [], doubt }: ParentLink, pid: number | string): string {
  if (candidates.length > 1) {
    return `Several processes may have had process id ${pid} at that time.`;
  }
  return doubt === "age"
    ? `Parent identified by process id ${pid}, but it started more than a week earlier and may have ended unseen.`
    : `Parent identified by process id ${pid}, but neither its start nor its name could be verified.`;
}

/** A process in a cycle of parents, and the times of it and its parent. */
export interface CycleMember {
  readonly key: string;
  readonly at: number | undefined;
  readonly parentAt: number | undefined;
}

/**
 * Whether the parent starts no earlier than the process. Every cycle contains such an edge, so that only processes with
 * one have to be searched for cycles.
 */
export function isBackwardEdge({ at, parentAt }: Pick<CycleMember, "at" | "parentAt">): boolean {
  return at !== undefined && parentAt !== undefined && parentAt >= at;
}

/** Whether a cycle is broken at the edge of this process: of its backward edges, at the one with the smallest key. */
export function breaksCycle(key: string, cycle: readonly CycleMember[]): boolean {
  const suspects = cycle.filter(isBackwardEdge);
  return suspects.some((one) => one.key === key) && suspects.every((one) => key <= one.key);
}
