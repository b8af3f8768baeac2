import type { FormatItem } from "../../record.ts";

/** What can be wrong with an event log, and what to do about it. */
const remedies = {
  "evtx.header": "Check that the file is an event log as Windows writes it.",
  "evtx.truncated": "Copy or export the log again. Everything before this place was read.",
  "evtx.record": "Export the log again if the machine still has it. Reading went on after it.",
  "evtx.chunk": "Compare with another copy of the log.",
  "evtx.block": "None needed if the log was copied while in use; otherwise compare with another copy.",
  "evtx.checksum": "The records were read. Compare with another copy before you use them as evidence.",
} as const;

export type EvtxProblemCode = keyof typeof remedies;

/** `offset` is in bytes from the start of the file. `rejected`: records were lost. `warning`: none were. */
export function evtxProblem(
  code: EvtxProblemCode,
  severity: "rejected" | "warning",
  at: { readonly file: string; readonly offset: number },
  message: string,
): FormatItem {
  return { kind: "problem", severity, problem: { code, message, at, remedy: remedies[code] } };
}
