import type { Rule } from "../detection/rule.ts";
import type { ReadOptions } from "../ingest/read.ts";
import type { Prepared } from "./prepare.ts";

/** What the thread that prepares is started with. Rules are plain values and are compiled there again. */
export interface ThreadTask {
  readonly paths: readonly string[];
  readonly read: Omit<ReadOptions, "stdin">;
  readonly rules: readonly Rule[];
  /** So many batches may be under way at a time. */
  readonly ahead: number;
}

/** From the thread. It is sent one `"next"` for each batch that was taken. */
export type FromThread = { readonly kind: "prepared"; readonly prepared: Prepared } | { readonly kind: "done" };
