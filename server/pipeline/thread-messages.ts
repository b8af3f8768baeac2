import type { Rule } from "../detection/rule.ts";
import type { ReadOptions } from "../ingest/read.ts";
import type { PreparedBatch } from "./prepare.ts";

/** The task of the preparing thread. Rules are plain values, which the thread compiles again. */
export interface ThreadTask {
  readonly paths: readonly string[];
  readonly read: Omit<ReadOptions, "stdin">;
  readonly rules: readonly Rule[];
  /** Batches in transit at a time at most. */
  readonly ahead: number;
}

/** Messages from the thread, which gets one `"next"` for each batch that was received. */
export type FromThread = { readonly kind: "prepared"; readonly prepared: PreparedBatch } | { readonly kind: "done" };
