import type { ProcessNode } from "#contracts/lineage";
import { parentQuestion } from "./parent-question.ts";
import type { ProcessRow } from "./process-row.ts";

/** What the reader knows of a parent when it shows a child. */
export interface ParentState {
  /** Something other than its children tells of it. */
  readonly observed: boolean;
  readonly name?: string;
  readonly pid?: number;
}

/**
 * The parent edge as people see it, with how sure it is and by which values it was made; or why there is none. `inLoop` is
 * set when this is the edge at which a circle of parents is cut.
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
    return { parentUnknown: "The records name parents in a circle, which cannot be: the edge was cut here." };
  }
  const { key } = link;
  const pid = row.creatorPid ?? "unknown";
  switch (link.basis) {
    case "entity":
      return parent.observed
        ? { parent: { key, certainty: "exact", why: "Its record names the parent's entity id." } }
        : {
            parent: {
              key,
              certainty: "declared",
              why: "Its record names the parent's entity id, but nothing else was recorded of that process.",
            },
          };
    case "pid-time":
      return {
        parent: {
          key,
          certainty: "pid-time",
          why: `Process ${pid} of this host is named as the creator, and this one had that number at the time.`,
        },
      };
    case "ambiguous":
      return {
        parent: {
          key,
          certainty: "ambiguous",
          why:
            (link.candidates?.length ?? 0) > 1
              ? `Process ${pid} of this host is named as the creator, and more than one can have had that number at the time.`
              : `Process ${pid} of this host is named as the creator; neither the start nor the name of this one could be checked.`,
          candidates: link.candidates === undefined ? undefined : [...link.candidates],
        },
      };
    case "placeholder":
      return {
        parent: {
          key,
          certainty: "declared",
          why:
            parent.name === undefined
              ? `Only the number of the creator is known (process ${pid}); no record tells what it was.`
              : `Its record names ${parent.name} (process ${pid}) as the creator, and no start of that process was recorded.`,
        },
      };
  }
}
