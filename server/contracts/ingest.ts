import { z } from "zod";
import { pageOf } from "./page.ts";
import { problem } from "./problem.ts";
import { timestamp } from "./time.ts";

export const ingestSummary = z
  .object({
    id: z.string(),
    startedAt: timestamp,
    actor: z.string(),
    paths: z.array(z.string()).describe("As given to the command."),
    state: z.enum(["running", "done", "interrupted"]),
    file: z.string().optional().describe("The file read last: how far an unfinished ingest came."),
    resumed: z.number().optional().describe("How many times it was interrupted and then continued; absent for never."),
    files: z.number().describe("Files read; every archive member counts."),
    ignored: z.array(z.object({ file: z.string(), reason: z.string() })).describe("Files that are not telemetry."),
    ignoredTotal: z.number().describe("Exact, also when not all are listed."),
    records: z.number(),
    events: z.number().describe("New events."),
    duplicates: z.number().describe("Events that were stored already."),
    rejected: z.array(problem).describe("What could not be read. Everything readable was kept."),
    rejectedTotal: z.number().describe("Exact, also when not all are listed."),
    warnings: z.array(problem),
    warningsTotal: z.number().describe("Exact, also when not all are listed."),
    processes: z.number(),
    sessions: z.number(),
    alerts: z.number().describe("New alerts, building blocks included."),
    suppressed: z.number().describe("Alerts that exceptions hid."),
    bytes: z.number(),
    seconds: z.number(),
  })
  .meta({ id: "IngestSummary", description: "The result of one ingest, as `stemma ingest --json` prints it." });
export type IngestSummary = Readonly<z.infer<typeof ingestSummary>>;

export const ingestList = pageOf(ingestSummary).meta({ id: "IngestList", description: "Ingests, newest first." });
