import type { ProcessNode } from "#contracts/lineage";
import type { ParentLink, ProcessRow } from "./process-row.ts";
import { parentQuestion } from "./resolve/parent-question.ts";

/** Why a process has no parent where a circle of parents is cut. */
export const CUT_HERE = "The records name parents in a circle, which cannot be: the edge was cut here.";

/** What the reader knows of a parent when it shows a child. */
export interface ParentState {
  /** Something other than its children tells of it. */
  readonly observed: boolean;
  readonly name?: string;
  readonly pid?: number;
}

/**
 * The parent edge as people see it, with how sure it is and by which values it was made; or why there is none. `inLoop`
 * is set when this is the edge at which a circle of parents is cut.
 */
export function parentEdge(
  row: ProcessRow,
  twin: ProcessRow | undefined,
  parent: ParentState | undefined,
  inLoop: boolean,
): Pick<ProcessNode, "parent" | "parentUnknown"> {
  const link = row.parent;
  if (link === undefined || parent === undefined) {
    const question = parentQuestion(row, twin);
    return { parentUnknown: question.kind === "none" ? question.why : "No record says which process started it." };
  }
  if (inLoop) {
    return { parentUnknown: CUT_HERE };
  }
  const edge = edgeOf(row, link, parent);
  const { chosen } = link;
  if (chosen === undefined) {
    const overruled = link.basis === "entity" ? (row.facts.choice ?? twin?.facts.choice) : undefined;
    return overruled?.parent === undefined || overruled.parent === link.key
      ? { parent: edge }
      : { parent: { ...edge, why: `${edge.why} That overrules what ${overruled.by} had chosen.` } };
  }
  const at = new Date(chosen.at).toISOString();
  const among =
    chosen.computed === link.key ? "which the records alone show as well" : "in place of what the records alone show";
  return {
    parent: {
      ...edge,
      why: `Chosen by ${chosen.by} on ${at.slice(0, 10)} at ${at.slice(11, 16)} UTC, ${among}. ${edge.why}`,
      chosen: { by: chosen.by, at, computed: chosen.computed },
    },
  };
}

function edgeOf(row: ProcessRow, link: ParentLink, parent: ParentState): NonNullable<ProcessNode["parent"]> {
  const { key } = link;
  const pid = row.creatorPid ?? "unknown";
  switch (link.basis) {
    case "entity":
      return parent.observed
        ? { key, certainty: "exact", why: "Its record names the parent's entity id." }
        : {
            key,
            certainty: "declared",
            why: "Its record names the parent's entity id, but nothing else was recorded of that process.",
          };
    case "pid-time":
      return {
        key,
        certainty: "pid-time",
        why: `Process ${pid} of this host is named as the creator, and this one had that number at the time.`,
      };
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
            ? `Only the number of the creator is known (process ${pid}); no record tells what it was.`
            : `Its record names ${parent.name} (process ${pid}) as the creator, and no start of that process was recorded.`,
      };
  }
}

function whyAmbiguous({ candidates = [], doubt }: ParentLink, pid: number | string): string {
  const named = `Process ${pid} of this host is named as the creator`;
  if (candidates.length > 1) {
    return `${named}, and more than one can have had that number at the time.`;
  }
  return doubt === "age"
    ? `${named}; this one had that number, but began more than a week before and may have ended unseen.`
    : `${named}; neither the start nor the name of this one could be checked.`;
}

/** A process on a circle of parents, and where it and its parent stand in time. */
export interface OnCircle {
  readonly key: string;
  readonly at: number | undefined;
  readonly parentAt: number | undefined;
}

/**
 * Whether the parent edge of a process can be the one at which a circle is cut: its parent stands no earlier than
 * itself. In every circle there is such an edge; all others are told from the two times alone, without a walk.
 */
export function canBeCut({ at, parentAt }: Pick<OnCircle, "at" | "parentAt">): boolean {
  return at !== undefined && parentAt !== undefined && parentAt >= at;
}

/** Where a circle is cut: of the edges that can be, at that of the smallest key, so every reader cuts the same one. */
export function isCutAt(key: string, circle: readonly OnCircle[]): boolean {
  const suspects = circle.filter(canBeCut);
  return suspects.some((one) => one.key === key) && suspects.every((one) => key <= one.key);
}
