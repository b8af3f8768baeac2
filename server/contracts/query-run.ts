import { z } from "zod";
import { coverage, windowCoverage } from "./coverage.ts";
import { fields, sourceRef } from "./event.ts";
import { timestamp } from "./time.ts";

export const queryTarget = z.enum(["events", "alerts", "logons"]).meta({
  id: "QueryTarget",
  description: "What a query searches.",
});

export const queryRun = z
  .object({
    id: z.string(),
    label: z.string(),
    target: queryTarget,
    outcome: z
      .enum(["hits", "no-hits", "partly-covered", "no-data", "cannot-run"])
      .describe(
        "`no-hits`: the data is complete and nothing matches. `partly-covered`: nothing matches, but hits would have " +
          "been recorded only for a part of the window or by some of the sources. `no-data`: hits could not have been " +
          "recorded. `cannot-run`: the alert lacks a value in every group.",
      ),
    total: z.number().describe("Distinct hits; exact."),
    rows: z.array(
      z.object({
        id: z.string(),
        time: timestamp,
        fields,
        source: sourceRef.optional(),
        sources: z
          .array(sourceRef)
          .optional()
          .describe("All records of the row, if several logs recorded the same process; `source` first."),
        processKey: z.string().optional(),
        alertId: z.string().optional(),
        sessionKey: z.string().optional(),
        groups: z.array(z.number()).describe("Indexes of the groups that match, strongest first."),
      }),
    ),
    truncationReason: z.string().optional(),
    columns: z.array(z.string()).describe("Fields worth showing."),
    groups: z
      .array(
        z.object({
          text: z.string(),
          label: z.string(),
          state: z.enum(["ran", "cannot-run"]),
          missing: z.array(z.string()).describe("Fields that the alert lacks."),
          hits: z.number(),
          notes: z.array(z.string()).describe("Remarks, such as a template field with several values."),
        }),
      )
      .describe("The alternatives of the query, joined by OR; the strongest evidence first."),
    window: z.object({
      from: timestamp,
      to: timestamp,
      anchor: z.enum(["event", "detection"]).describe("The time that the window is relative to."),
      at: timestamp.describe("That time."),
      text: z.string(),
    }),
    coverage: z.array(coverage),
    windowCoverage,
    reason: z.string().describe("One sentence: what the outcome means."),
    milliseconds: z.number(),
  })
  .meta({ id: "QueryRun", description: "The result of one query of a playbook step." });
export type QueryRun = Readonly<z.infer<typeof queryRun>>;
