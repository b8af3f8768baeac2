import { z } from "zod";
import { alertStatus, alertSummary, severity } from "./alert.ts";
import { pageOf, pageQuery } from "./page.ts";
import { timeBound, timestamp } from "./time.ts";

export const queueGrouping = z.enum(["lineage", "rule", "host", "user", "none"]).meta({
  id: "QueueGrouping",
  description: "What the alerts of one row have in common. `lineage`: the incident. `none`: one row per alert.",
});
export type QueueGrouping = z.infer<typeof queueGrouping>;

export const queueQuery = pageQuery.extend({
  group: queueGrouping.default("lineage"),
  status: z.array(alertStatus).default(["open", "acknowledged", "escalated"]),
  severity: z.array(severity).default([]).describe("Empty, as for the other lists: all."),
  rule: z.array(z.string()).default([]).describe("Rule ids."),
  host: z.array(z.string()).default([]),
  user: z.array(z.string()).default([]).describe("User keys."),
  tactic: z.array(z.string()).default([]),
  from: timeBound.optional().describe("Earliest time of the event."),
  to: timeBound.optional().describe("Latest time of the event."),
  text: z.string().max(500).optional().describe("Words that occur in the alert."),
  buildingBlocks: z.boolean().default(false).describe("Whether alerts of building-block rules are listed too."),
});
export type QueueQuery = Readonly<z.infer<typeof queueQuery>>;

export const facet = z
  .object({ value: z.string(), label: z.string(), count: z.number() })
  .meta({ id: "Facet", description: "A value to filter by, and how many alerts have it." });

export const incident = z
  .object({
    key: z.string(),
    title: z.string(),
    severity: severity.describe("The highest of its alerts."),
    riskScore: z.number().describe("The highest of its alerts."),
    latest: timestamp,
    hosts: z.array(z.string()),
    users: z.array(z.string()),
    ruleCount: z.number(),
    alertCount: z.number().describe("Exact."),
    alerts: z.array(alertSummary).describe("At most 50, newest first."),
    similar: z
      .object({ total: z.number(), benign: z.number() })
      .optional()
      .describe(
        "Alerts with the rule and command-line template of the leading one, and how many were closed as benign.",
      ),
  })
  .meta({ id: "Incident", description: "One row of the queue: alerts that share what the queue is grouped by." });
export type Incident = Readonly<z.infer<typeof incident>>;

export const queuePage = pageOf(incident)
  .extend({
    totalAlerts: z.number(),
    counts: z
      .object({ open: z.number(), acknowledged: z.number(), escalated: z.number(), closed: z.number() })
      .describe("Alerts by status under all other filters."),
    facets: z
      .object({
        severity: z.array(facet),
        rule: z.array(facet),
        tactic: z.array(facet),
        host: z.array(facet),
        user: z.array(facet),
      })
      .describe("Values to filter by, each under all other filters."),
    histogram: z
      .array(z.object({ from: timestamp, to: timestamp, count: z.number() }))
      .describe("Alerts by time of the event."),
    emptyReason: z.string().optional().describe("Why there are no rows, if there are none."),
  })
  .meta({ id: "QueuePage", description: "A page of the queue, with what is needed to filter it." });
export type QueuePage = Readonly<z.infer<typeof queuePage>>;
