import { z } from "zod";
import { pageOf } from "./page.ts";
import { timestamp } from "./time.ts";

export const coverage = z
  .object({
    host: z.string(),
    source: z.string().describe("The log, such as `sysmon` or `security`."),
    from: timestamp.optional(),
    to: timestamp.optional(),
    events: z.number(),
  })
  .meta({
    id: "Coverage",
    description: "What one log of one host covers. Without it, no hits could as well mean no data.",
  });
export type Coverage = Readonly<z.infer<typeof coverage>>;

const stretch = { from: timestamp, to: timestamp };

export const windowCoverage = z
  .object({
    covered: z
      .array(z.object(stretch))
      .describe("When a hit would have been stored, on every host concerned; in order."),
    gaps: z
      .array(z.object({ ...stretch, why: z.string() }))
      .describe("The rest of the window, with the reason; in order."),
    stops: z
      .array(z.object({ at: timestamp, host: z.string(), what: z.string() }))
      .describe("Sensors that stopped or were reconfigured, and logs that were cleared, oldest first."),
    share: z.number().min(0).max(1).describe("The covered share of the window: 1 only if all of it is covered."),
    sources: z.array(z.string()).describe("The kinds of records that cover it, such as `Sysmon 1`."),
    hosts: z
      .array(z.object({ host: z.string(), share: z.number().min(0).max(1) }))
      .describe("The covered share of the window on each host concerned, the least covered first."),
    lanes: z
      .array(z.object({ label: z.string(), covered: z.array(z.object(stretch)) }))
      .describe("What is covered by each kind of record on one host, or else on each of several hosts."),
    text: z.string().describe("All of this in words."),
  })
  .meta({
    id: "WindowCoverage",
    description:
      "For which part of its window a query would have found what happened, by the rhythm of the records that it needs.",
  });
export type WindowCoverage = Readonly<z.infer<typeof windowCoverage>>;

export const coverageList = pageOf(coverage).meta({
  id: "CoverageList",
  description: "What the stored events cover, by host and log.",
});
