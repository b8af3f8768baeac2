import { z } from "zod";
import { alertSummary } from "./alert.ts";
import { timestamp } from "./time.ts";

/** What a dry run finds by running the rules again with the exception in place. See docs/decisions/0083. */

export const raisedInstead = z
  .object({
    rule: z.object({ id: z.string(), name: z.string(), version: z.string() }),
    time: timestamp,
    host: z.string(),
    user: z.string().optional(),
    eventIds: z.array(z.string()).describe("The first events that it would rest on."),
    commandLine: z.string().optional().describe("Of the event that completes it."),
  })
  .meta({ id: "RaisedInstead", description: "An alert that is not stored and would be raised with the exception." });
export type RaisedInstead = Readonly<z.infer<typeof raisedInstead>>;

/** A dry run that has not ended. `breadth` is in `dryRunSoFar` of `exception.ts`, which knows its schema. */
export const soFarFields = {
  tested: z.number().describe("Alerts of the rules that were judged until now, the newest first."),
  closesNow: z.array(alertSummary).describe("The newest open alerts that saving would close."),
  totals: z.object({ closesNow: z.number(), wouldHide: z.number() }).describe("Until now."),
} as const;
