import { z } from "zod";
import { coverage } from "./coverage.ts";
import { eventView } from "./event.ts";
import { ruleLanguage } from "./language.ts";
import { unreadable } from "./page.ts";

export const huntRequest = z
  .object({
    language: ruleLanguage,
    query: z.string().min(1).max(1_000_000),
    from: z.string().optional().describe("Earliest time of the events, in ISO 8601."),
    to: z.string().optional().describe("Latest time of the events, in ISO 8601."),
    limit: z.number().int().min(1).max(1000).default(200).describe("Events listed; all are counted."),
  })
  .strict()
  .meta({ id: "HuntRequest", description: "A search over the stored events." });
export type HuntRequest = Readonly<z.infer<typeof huntRequest>>;

export const huntResult = z
  .object({
    rows: z.array(eventView).describe("Newest first."),
    total: z.number(),
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
