import type { StartFact } from "../facts.ts";
import { entityKey, type Side } from "../keys.ts";
import type { ProcessRow } from "../process-row.ts";

/** How the parent of a process is identified by the records of its start. */
export type ParentQuestion =
  | { readonly kind: "entity"; readonly key: string }
  | {
      readonly kind: "pid";
      readonly pid: number;
      readonly time: number;
      readonly side: Side;
      readonly executable?: string;
    }
  | { readonly kind: "none"; readonly why: string };

export const NO_PARENT_RECORDED = "No record names the parent process.";

/**
 * The parent's entity id if any start record contains one, else pid and, where known, path. All start records count, so
 * that another record never removes an answer. See docs/decisions/0029.
 */
export function parentQuestion(row: ProcessRow, duplicate: ProcessRow | undefined): ParentQuestion {
  const starts = [...row.facts.starts, ...(duplicate?.facts.starts ?? [])];
  if (starts.length === 0) {
    return { kind: "none", why: whyNoStart(row) };
  }
  const plausible = starts.filter((start) => !namesItself(start));
  if (plausible.length === 0) {
    return { kind: "none", why: "The record names the process as its own parent, so the edge was removed." };
  }
  for (const { host, parentEntityId } of plausible) {
    if (parentEntityId !== undefined) {
      return { kind: "entity", key: entityKey(host, parentEntityId) };
    }
  }
  const start = plausible.find(({ parentPid }) => parentPid !== undefined);
  if (start?.parentPid === undefined) {
    return { kind: "none", why: NO_PARENT_RECORDED };
  }
  return {
    kind: "pid",
    pid: start.parentPid,
    time: start.time,
    side: start.side,
    executable:
      start.parentExecutable ??
      plausible.find(({ parentExecutable }) => parentExecutable !== undefined)?.parentExecutable,
  };
}

/** Whether the row's own record contains the parent's entity id and the edge is set already. */
export function isSettled(row: ProcessRow): boolean {
  const question = parentQuestion(row, undefined);
  return question.kind === "entity" && row.parent?.basis === "entity" && row.parent.key === question.key;
}

function whyNoStart({ kind, facts }: ProcessRow): string {
  return kind === "placeholder" || facts.observed === undefined
    ? "The start of this process was not recorded; it is known only from other records."
    : "The start of this process was not recorded; it is known only from its activity.";
}

/** A process has neither the entity id of its parent nor, while that runs, its pid. */
function namesItself({ entityId, parentEntityId, pid, parentPid }: StartFact): boolean {
  return parentEntityId === undefined ? parentPid !== undefined && parentPid === pid : parentEntityId === entityId;
}
