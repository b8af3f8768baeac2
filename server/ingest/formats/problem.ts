import type { ProblemCode } from "#contracts/problem-codes";
import type { FormatItem } from "../record.ts";

/** Where a record begins. */
export interface RecordLocation {
  readonly file: string;
  /** In bytes. */
  readonly offset: number;
  /** 1-based, in text formats. */
  readonly line?: number;
}

/** A record of a text format that cannot be read. */
export function rejectedRecord(code: ProblemCode, message: string, at: RecordLocation): FormatItem {
  return {
    kind: "problem",
    severity: "rejected",
    problem: {
      code,
      message,
      at,
      remedy: "Export this record again. Every record of the file that can be read was kept.",
    },
  };
}
