import { z } from "zod";
import { alertStatus, alertSummary, severity } from "./alert.ts";
import { statusCounts } from "./incident.ts";
import { pageOf, pageQuery } from "./page.ts";
import { verdictOutcome } from "./playbook.ts";
import { timeBound, timestamp } from "./time.ts";

export const queueGrouping = z.enum(["lineage", "rule", "host", "user", "none"]).meta({
  id: "QueueGrouping",
  description: "What the alerts of one row have in common. `lineage`: the incident. `none`: one row per alert.",
});
export type QueueGrouping = z.infer<typeof queueGrouping>;

export const queueSort = z.enum(["risk", "latest", "severity", "size"]).meta({
  id: "QueueSort",
  description:
    "What comes first. `risk`: the rank of the incident; other groups have none and are sorted by severity. `size`: " +
    "the most alerts. Single alerts are sorted by severity or by time only.",
});
export type QueueSort = z.infer<typeof queueSort>;

export const queueQuery = pageQuery.extend({
  group: queueGrouping.default("lineage"),
  sort: queueSort.default("risk"),
  shape: z
    .string()
    .max(100)
    .optional()
    .describe("Only incidents of this shape, each in a row of its own. Otherwise those of one shape share a row."),
  assignee: z.array(z.string()).default([]).describe("Alerts of incidents that are assigned to one of these people."),
  unassigned: z
    .stringbool()
    .or(z.boolean())
    .default(false)
    .describe("Also, or only, alerts of incidents that nobody is assigned to."),
  tag: z.array(z.string()).default([]).describe("Alerts of incidents with one of these tags."),
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

export const incidentRank = z
  .object({
    score: z.number(),
    rules: z.number().describe("Distinct rules that matched."),
    severity,
    hosts: z.number(),
    alerts: z.number(),
    rarity: z.number().describe("1: seen in no other incident here; less, the more incidents have the same alerts."),
  })
  .meta({
    id: "IncidentRank",
    description:
      "Why an incident is where it is: the score is the product of the others. Dismissed alerts are left out.",
  });
export type IncidentRank = Readonly<z.infer<typeof incidentRank>>;

export const incident = z
  .object({
    key: z.string(),
    rank: incidentRank.optional().describe("Absent for groups other than incidents, and for building blocks."),
    status: alertStatus.optional().describe("Of the incident, from all of its alerts. Absent for other groups."),
    counts: statusCounts.optional().describe("All alerts of the incident by status. Absent for other groups."),
    assignee: z.string().optional(),
    tags: z.array(z.string()).optional(),
    comments: z.number().optional(),
    reopened: z.string().optional().describe("Why the incident is open again after it was closed."),
    overridden: z
      .literal(true)
      .optional()
      .describe("Set if the incident, or one of the listed alerts, was closed against the verdict."),
    verdict: z
      .object({ outcome: verdictOutcome, required: z.number(), answered: z.number() })
      .optional()
      .describe("Absent as long as nothing was answered."),
    folded: z
      .object({
        shape: z.string().describe("For `shape` in the query."),
        incidents: z.number(),
        hosts: z.number(),
        keys: z.array(z.string()).describe("Keys of the incidents, the leading one first; at most 500."),
      })
      .optional()
      .describe("Set if the row stands for several incidents: the same rules on the same command lines."),
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
    totalIncidents: z.number().describe("Rows before those of one shape were folded."),
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
        assignee: z.array(facet).describe("Incidents by assignee; those of nobody have the value ``."),
        tag: z.array(facet).describe("Incidents by tag."),
      })
      .describe("Values to filter by, each under all other filters."),
    histogram: z
      .array(z.object({ from: timestamp, to: timestamp, count: z.number() }))
      .describe("Alerts by time of the event."),
    emptyReason: z.string().optional().describe("Why there are no rows, if there are none."),
  })
  .meta({ id: "QueuePage", description: "A page of the queue, with what is needed to filter it." });
export type QueuePage = Readonly<z.infer<typeof queuePage>>;
