import { z } from "zod";

/** How wide an exception is: measured on what is stored, and judged by its form. See docs/decisions/0085. */

export const breadth = z
  .object({
    score: z.number().describe("From 0, one exact situation, to 100, everything that the rules find."),
    level: z.enum(["narrow", "acceptable", "broad", "refused"]),
    reasons: z.array(
      z.object({
        group: z.number().optional().describe("Index in `alternatives`; absent: in `entries`."),
        entry: z.number().optional().describe("Index of the entry that the reason is about."),
        weight: z.enum(["good", "warning", "refusal"]),
        text: z.string(),
      }),
    ),
  })
  .meta({ id: "Breadth", description: "How much an exception may hide." });
export type Breadth = Readonly<z.infer<typeof breadth>>;

const distinct = z
  .object({ count: z.number(), isMore: z.literal(true).optional().describe("There are more than `count`.") })
  .meta({ id: "DistinctCount", description: "How many different values there are, exact up to a bound." });
export type DistinctCount = Readonly<z.infer<typeof distinct>>;

export const coveredActivity = z
  .object({
    alerts: z.number().describe("Stored alerts of the rules."),
    ruleShare: z.number().optional().describe("Their share of the stored alerts of the rules, 0 to 1."),
    allShare: z.number().optional().describe("Their share of all stored alerts, 0 to 1."),
    events: z.number().optional().describe("Stored events, whether or not a rule matches them."),
    commandLines: distinct.describe("Different command lines, of alerts and events."),
    templates: distinct.describe("Different command lines, numbers and random names set aside."),
    parents: distinct,
    hosts: distinct,
    users: distinct,
    rules: distinct.describe("Rules whose alerts it covers."),
  })
  .meta({ id: "CoveredActivity", description: "What an entry, or the whole exception, covers in what is stored." });
export type CoveredActivity = Readonly<z.infer<typeof coveredActivity>>;

export const measuredBreadth = z
  .object({
    alerts: z.number().describe("Stored alerts of the rules: what the shares refer to."),
    together: coveredActivity,
    entries: z.array(coveredActivity).describe("Each entry alone: those of `entries`, then those of `alternatives`."),
    eventsTruncation: z.string().optional().describe("Why not all events were looked at, if so."),
  })
  .meta({ id: "MeasuredBreadth", description: "What an exception covers, counted on what is stored." });
export type MeasuredBreadth = Readonly<z.infer<typeof measuredBreadth>>;
