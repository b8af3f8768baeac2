import { z } from "zod";
import { problem } from "./problem.ts";

/** The result of one ingest, printed by `stemma ingest --json` and listed on the Ingest page. */
export const ingestSummary = z.object({
  id: z.string(),
  startedAt: z.string(),
  actor: z.string(),
  paths: z.array(z.string()),
  state: z.enum(["running", "done", "interrupted"]),
  /** Files read, archive members counted singly. */
  files: z.number(),
  /** Files left alone because they are no telemetry, by reason. */
  ignored: z.array(z.object({ file: z.string(), reason: z.string() })),
  records: z.number(),
  /** New events stored; `duplicates` were known already. */
  events: z.number(),
  duplicates: z.number(),
  /** Inputs or parts of them that could not be read; everything readable was kept. */
  rejected: z.array(problem),
  rejectedTotal: z.number(),
  warnings: z.array(problem),
  processes: z.number(),
  sessions: z.number(),
  /** New alerts raised, building blocks included; `suppressed` ones were hidden by exceptions. */
  alerts: z.number(),
  suppressed: z.number(),
  bytes: z.number(),
  seconds: z.number(),
});
export type IngestSummary = Readonly<z.infer<typeof ingestSummary>>;
