/** Problems of an event log as items of its stream. */
import type { FormatItem } from "../../record.ts";

const remedies = {
  "evtx.header": "Give an event log as Windows writes it, or rename the file to what it is.",
  "evtx.truncated": "Copy or export the log again; what comes before this place was read.",
  "evtx.record": "Export the log again where the machine still has it; all other records were read.",
  "evtx.chunk": "Compare with another copy of the log.",
  "evtx.block": "Nothing, if the log was copied while it was in use; else compare with another copy.",
  "evtx.checksum": "The records were read; compare with another copy before they serve as evidence.",
} as const;

export type EvtxProblemCode = keyof typeof remedies;

/** `offset` in bytes from the start of the file. `rejected` stands for lost records, `warning` for none. */
export function evtxProblem(
  code: EvtxProblemCode,
  severity: "rejected" | "warning",
  at: { readonly file: string; readonly offset: number },
  message: string,
): FormatItem {
  return { kind: "problem", severity, problem: { code, message, at, remedy: remedies[code] } };
}
