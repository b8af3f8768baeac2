import type { StartFact } from "./facts.ts";
import { entityKey, type Side } from "./keys.ts";
import type { ProcessRow } from "./process-row.ts";

/** What the records of a process ask about its parent. */
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

/**
 * Its parent's entity id where one is given; else the pid and, where known, the path; else there is nothing to go by.
 * What any record of the start says counts, so another one never takes an answer away.
 */
export function parentQuestion(row: ProcessRow, twin: ProcessRow | undefined): ParentQuestion {
  const starts = [...row.facts.starts, ...(twin?.facts.starts ?? [])];
  if (starts.length === 0) {
    return {
      kind: "none",
      why:
        row.kind === "placeholder" || row.facts.observed === undefined
          ? "Only other records tell of this process: its start, which would name the parent, was not recorded."
          : "Its activity was recorded, but not its start, which would name the parent.",
    };
  }
  const sensible = starts.filter((start) => !namesItself(start));
  if (sensible.length === 0) {
    return {
      kind: "none",
      why: "Its record names the process as its own parent, which cannot be: the edge was cut.",
    };
  }
  for (const { host, parentEntityId } of sensible) {
    if (parentEntityId !== undefined) {
      return { kind: "entity", key: entityKey(host, parentEntityId) };
    }
  }
  const teller = sensible.find((start) => start.parentPid !== undefined);
  if (teller?.parentPid === undefined) {
    return { kind: "none", why: "No record says which process started it." };
  }
  return {
    kind: "pid",
    pid: teller.parentPid,
    time: teller.time,
    side: teller.side,
    executable:
      teller.parentExecutable ?? sensible.find((start) => start.parentExecutable !== undefined)?.parentExecutable,
  };
}

/** A process cannot have the entity id of the one that starts it, nor its number while that one runs. */
function namesItself({ entityId, parentEntityId, pid, parentPid }: StartFact): boolean {
  return parentEntityId === undefined ? parentPid !== undefined && parentPid === pid : parentEntityId === entityId;
}
