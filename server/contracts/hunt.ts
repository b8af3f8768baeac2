import { z } from "zod";
import { coverage } from "./coverage.ts";
import { eventView } from "./event.ts";
import { ruleLanguage } from "./language.ts";
import { unreadable } from "./page.ts";

const search = {
  language: ruleLanguage,
  query: z.string().min(1).max(1_000_000),
  from: z.string().max(100).optional().describe("Earliest time of the events, in ISO 8601."),
  to: z.string().max(100).optional().describe("Latest time of the events, in ISO 8601."),
};

export const huntRequest = z
  .object({
    ...search,
    limit: z.number().int().min(1).max(1000).default(200).describe("Events listed; all are counted."),
  })
  .strict()
  .meta({ id: "HuntRequest", description: "A search over the stored events." });
export type HuntRequest = Readonly<z.infer<typeof huntRequest>>;

export const huntRow = eventView
  .extend({
    what: z.string().describe("What happened, in a few words, such as `File written`."),
    summary: z.string().describe("Who did it, and what it was done to, in one line."),
  })
  .meta({ id: "HuntRow", description: "An event that was found, and the same in words." });
export type HuntRow = Readonly<z.infer<typeof huntRow>>;

export const huntResult = z
  .object({
    rows: z.array(huntRow).describe("Newest first; those of a sequence together, in their order."),
    sequences: z
      .array(z.array(z.string()))
      .optional()
      .describe("For a sequence or a sample of EQL: the ids of the events of each, those that ended last first."),
    total: z.number().describe("Events, or sequences."),
    exact: z.boolean().describe("False if the search stopped early; `truncationReason` says why."),
    truncationReason: z.string().optional(),
    tested: z.number().describe("Events that were compared with the query one by one."),
    milliseconds: z.number(),
    coverage: z.array(coverage),
    emptyReason: z.string().optional().describe("What it means that nothing was found, if nothing was."),
    unreadable: unreadable.optional().describe("What could not be searched because it is damaged in the store."),
  })
  .meta({ id: "HuntResult", description: "What a search found." });
export type HuntResult = Readonly<z.infer<typeof huntResult>>;

/** What a file of events has for each, beside fields by their ECS names. */
export const huntColumn = z.enum(["time", "what", "summary", "source"]);
export type HuntColumn = z.infer<typeof huntColumn>;

/** The columns that are shown and exported unless others are chosen. */
export const defaultHuntColumns = ["time", "host.name", "what", "user.name", "summary"] as const;

export const huntExportRequest = z
  .object({
    ...search,
    format: z.enum(["csv", "ndjson"]),
    columns: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(100)
      .default([...defaultHuntColumns])
      .describe("For CSV: `time`, `what`, `summary`, `source`, or names of ECS fields. NDJSON has all fields."),
    cursor: z.string().max(500).optional().describe("The `next` of the preceding part. Absent: the first part."),
  })
  .strict()
  .meta({ id: "HuntExportRequest", description: "A part of a search as a file." });
export type HuntExportRequest = Readonly<z.infer<typeof huntExportRequest>>;

export const huntExportPart = z
  .object({
    text: z.string().describe("Whole lines, to be appended to the parts before. Oldest first."),
    rows: z.number().describe("Events in this part."),
    next: z.string().optional().describe("The cursor of the next part; absent in the last one. Opaque."),
    unreadable: unreadable.optional().describe("What this part lacks because it is damaged in the store."),
  })
  .meta({ id: "HuntExportPart", description: "Lines of a file of events." });
export type HuntExportPart = Readonly<z.infer<typeof huntExportPart>>;
