import { z } from "zod";
import { eventView, fields, sourceRef } from "./event.ts";
import { ruleLanguage } from "./language.ts";
import { account } from "./lineage.ts";

export const severity = z.enum(["low", "medium", "high", "critical"]);
export type Severity = z.infer<typeof severity>;

export const alertStatus = z.enum(["open", "acknowledged", "escalated", "closed"]);
export type AlertStatus = z.infer<typeof alertStatus>;

export const closeReason = z.enum(["benign", "false-positive", "true-positive", "duplicate", "exception"]);
export type CloseReason = z.infer<typeof closeReason>;

/** Who removed an alert from its incident, and why. A removed alert has its own row in the queue. */
export const incidentRemoval = z.object({ at: z.string(), actor: z.string(), reason: z.string() });

export const technique = z.object({ id: z.string(), name: z.string(), tactic: z.string().optional() });

export const alertSummary = z.object({
  id: z.string(),
  rule: z.object({ id: z.string(), name: z.string(), version: z.string(), language: ruleLanguage }),
  severity,
  riskScore: z.number(),
  /** Time of the event, not of the detection. */
  time: z.string(),
  detectedAt: z.string(),
  host: z.string(),
  user: account.optional(),
  process: z.object({
    key: z.string().optional(),
    name: z.string().optional(),
    pid: z.number().optional(),
    executable: z.string().optional(),
    commandLine: z.string().optional(),
    parentName: z.string().optional(),
  }),
  /** Names from the lineage root down to the process of the alert. */
  path: z.array(z.object({ key: z.string(), name: z.string(), pid: z.number().optional() })),
  rootKey: z.string().optional(),
  /** The incident that the alert belongs to: one per lineage root. */
  incidentKey: z.string(),
  removed: incidentRemoval.optional(),
  status: alertStatus,
  closeReason: closeReason.optional(),
  message: z.string(),
  buildingBlock: z.boolean(),
  techniques: z.array(technique),
  /** The command line with its variable parts replaced by `*`. Alerts that share a template are usually the same activity. */
  commandTemplate: z.string().optional(),
  sources: z.array(sourceRef),
});
export type AlertSummary = Readonly<z.infer<typeof alertSummary>>;

/** One matched part of a rule with the value that matched it. */
export const matchedPart = z.object({
  /** Of a correlation of several rules: the rule that it is a part of. */
  of: z.string().optional(),
  text: z.string(),
  field: z.string().optional(),
  values: z.array(z.string()),
  outcome: z.boolean(),
});
export type MatchedPart = Readonly<z.infer<typeof matchedPart>>;

export const transition = z.object({
  at: z.string(),
  actor: z.string(),
  from: alertStatus,
  to: alertStatus,
  reason: closeReason.optional(),
  note: z.string().optional(),
  /** Set when the alert was removed from its incident or restored to it; the status is then unchanged. */
  incident: z.enum(["removed", "restored"]).optional(),
});
export type Transition = Readonly<z.infer<typeof transition>>;

/** One number that a rule asks for, and what it is. */
const counted = z.object({
  /** Absent: events, or rules that occur. */
  field: z.string().optional(),
  of: z.enum(["events", "rules", "values"]),
  count: z.number(),
  least: z.number().optional(),
  most: z.number().optional(),
  /** The different values, the first ones. */
  values: z.array(z.string()),
});

const term = z.object({ field: z.string(), value: z.string().optional() });

/** What a rule about many events found: the group, the numbers, the time. */
export const alertCorrelation = z.object({
  measure: z.enum(["count", "ordered", "first"]),
  /** What the rule asks, in words: "3 or more events within 5 minutes". */
  asked: z.string(),
  /** The values that all events share; one without a value has none. */
  terms: z.array(term),
  /** Values that had not occurred before. */
  newTerms: z.array(z.string()).optional(),
  /** Exact, also where fewer events are listed. */
  count: z.number(),
  /** Of the first and the last event, and of the one with which it became true. */
  from: z.string(),
  to: z.string(),
  reached: z.string(),
  /** Milliseconds that the rule looks over. */
  window: z.number(),
  counted: z.array(counted),
  /** By rule that was correlated: how often it occurs. */
  rules: z.array(z.object({ id: z.string(), name: z.string(), count: z.number() })),
  /** What else occurred while further alerts about the same values were held back. */
  suppressed: z.object({ count: z.number(), duration: z.number() }).optional(),
});
export type AlertCorrelation = Readonly<z.infer<typeof alertCorrelation>>;

/** Alerts of the same rule with the same command-line template, and how they were closed. */
export const similarAlerts = z.object({
  commandTemplate: z.string(),
  total: z.number(),
  closed: z.array(z.object({ reason: closeReason, count: z.number() })),
  escalated: z.number(),
  hosts: z.number(),
  users: z.number(),
  firstSeen: z.string(),
});

export const alertDetail = alertSummary.extend({
  fields,
  matched: z.array(matchedPart),
  /** Of a rule about many events; `knownFrom`: when the data of the host begins that could have shown earlier ones. */
  correlation: alertCorrelation.extend({ knownFrom: z.string().optional() }).optional(),
  /** Of a rule over several or many events: the first of them, in the order of the rule; `total` counts all. */
  members: z.object({ items: z.array(eventView), total: z.number() }).optional(),
  history: z.array(transition),
  ruleDetail: z.object({
    description: z.string(),
    query: z.string(),
    falsePositives: z.array(z.string()),
    references: z.array(z.string()),
    source: z.string(),
  }),
  similar: similarAlerts,
  related: z.object({ sameHost: z.number(), sameUser: z.number(), sameIncident: z.number() }),
  escalation: z.object({ at: z.string(), actor: z.string(), note: z.string() }).optional(),
});
export type AlertDetail = Readonly<z.infer<typeof alertDetail>>;

export const queueGrouping = z.enum(["lineage", "rule", "host", "user", "none"]);
export type QueueGrouping = z.infer<typeof queueGrouping>;

const instant = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), "must be a time in ISO 8601, such as 2026-01-31T09:00:00Z");

export const queueQuery = z.object({
  group: queueGrouping.default("lineage"),
  status: z.array(alertStatus).default(["open", "acknowledged", "escalated"]),
  severity: z.array(severity).default([]),
  rule: z.array(z.string()).default([]),
  host: z.array(z.string()).default([]),
  user: z.array(z.string()).default([]),
  tactic: z.array(z.string()).default([]),
  /** ISO 8601, event time. */
  from: instant.optional(),
  to: instant.optional(),
  text: z.string().max(500).optional(),
  buildingBlocks: z.boolean().default(false),
  cursor: z.string().optional(),
  limit: z.number().int().min(1).max(500).default(100),
});
export type QueueQuery = Readonly<z.infer<typeof queueQuery>>;

export const facet = z.object({ value: z.string(), label: z.string(), count: z.number() });

/** One row of the queue: alerts that share a process lineage, or whatever else the queue is grouped by. */
export const incident = z.object({
  key: z.string(),
  title: z.string(),
  severity,
  riskScore: z.number(),
  latest: z.string(),
  hosts: z.array(z.string()),
  users: z.array(z.string()),
  ruleCount: z.number(),
  alertCount: z.number(),
  /** At most 50, newest first; `alertCount` is exact. */
  alerts: z.array(alertSummary),
  similar: z.object({ total: z.number(), benign: z.number() }).optional(),
});
export type Incident = Readonly<z.infer<typeof incident>>;

/** One entry in the history of an incident. `at` is the time of the detection or of the change. */
export const incidentHistoryEntry = z.object({
  at: z.string(),
  alert: z.object({ id: z.string(), ruleName: z.string(), host: z.string(), processName: z.string().optional() }),
  /** Absent: the alert was raised. */
  change: transition.optional(),
});
export type IncidentHistoryEntry = Readonly<z.infer<typeof incidentHistoryEntry>>;

/** A whole incident: its alerts across rules and hosts, the alerts removed from it, and one history of all of them. */
export const incidentDetail = z.object({
  key: z.string(),
  /** Newest first; `total` is exact. */
  alerts: z.array(alertSummary),
  total: z.number(),
  next: z.string().optional(),
  /** Alerts under the same lineage root that an analyst removed from the incident. */
  removed: z.array(alertSummary),
  removedTotal: z.number(),
  hosts: z.array(z.string()),
  /** Oldest first, of the alerts listed here. */
  history: z.array(incidentHistoryEntry),
});
export type IncidentDetail = Readonly<z.infer<typeof incidentDetail>>;

export const incidentMembershipRequest = z
  .object({ removed: z.boolean(), reason: z.string().max(4000).default("") })
  .strict();
export type IncidentMembershipRequest = Readonly<z.infer<typeof incidentMembershipRequest>>;

export const queuePage = z.object({
  items: z.array(incident),
  total: z.number(),
  totalAlerts: z.number(),
  next: z.string().optional(),
  counts: z.object({ open: z.number(), acknowledged: z.number(), escalated: z.number(), closed: z.number() }),
  facets: z.object({
    severity: z.array(facet),
    rule: z.array(facet),
    tactic: z.array(facet),
    host: z.array(facet),
    user: z.array(facet),
  }),
  histogram: z.array(z.object({ from: z.string(), to: z.string(), count: z.number() })),
  /** Why the page is empty, when it is. */
  emptyReason: z.string().optional(),
});
export type QueuePage = Readonly<z.infer<typeof queuePage>>;

export const transitionRequest = z
  .object({
    to: alertStatus,
    reason: closeReason.optional(),
    note: z.string().max(4000).default(""),
    /** Closing as benign against the verdict needs the analyst's own reason; it is kept in the audit trail. */
    override: z.string().max(4000).optional(),
  })
  .strict();
export type TransitionRequest = Readonly<z.infer<typeof transitionRequest>>;
