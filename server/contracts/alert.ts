import { z } from "zod";
import { account } from "./account.ts";
import { eventView, fields, sourceRef } from "./event.ts";
import { ruleLanguage } from "./language.ts";
import { timestamp } from "./time.ts";

export const severity = z.enum(["low", "medium", "high", "critical"]).meta({
  id: "Severity",
  description: "The severity that the rule's author chose.",
});
export type Severity = z.infer<typeof severity>;

export const alertStatus = z.enum(["open", "acknowledged", "escalated", "closed"]).meta({
  id: "AlertStatus",
  description: "Where an alert is in the workflow.",
});
export type AlertStatus = z.infer<typeof alertStatus>;

export const closeReason = z.enum(["benign", "false-positive", "true-positive", "duplicate", "exception"]).meta({
  id: "CloseReason",
  description: "Why an alert was closed. `exception`: an exception closed it; analysts cannot choose this reason.",
});
export type CloseReason = z.infer<typeof closeReason>;

export const incidentRemoval = z
  .object({
    at: timestamp,
    actor: z.string(),
    reason: z.string(),
    to: z.string().optional().describe("The incident that it was split off into. Absent: it is on its own."),
  })
  .meta({ id: "IncidentRemoval", description: "Who removed an alert from its incident, when and why." });

export const incidentMerge = z
  .object({ into: z.string(), at: timestamp, actor: z.string(), reason: z.string() })
  .meta({ id: "IncidentMerge", description: "Who merged the incident of an alert into another, when and why." });

export const technique = z
  .object({
    id: z.string().describe("Such as `T1047`."),
    name: z.string(),
    tactic: z.string().optional(),
  })
  .meta({ id: "Technique", description: "A technique of MITRE ATT&CK." });

export const alertSummary = z
  .object({
    id: z.string(),
    rule: z.object({ id: z.string(), name: z.string(), version: z.string(), language: ruleLanguage }),
    severity,
    riskScore: z.number().describe("0 to 100, from the rule."),
    time: timestamp.describe("When the event happened, not when it was detected."),
    detectedAt: timestamp,
    host: z.string(),
    user: account.optional(),
    process: z.object({
      key: z.string().optional(),
      name: z.string().optional(),
      pid: z.number().optional(),
      executable: z.string().optional(),
      commandLine: z.string().optional(),
      parentName: z.string().optional(),
      basis: z
        .enum(["record", "pid"])
        .optional()
        .describe(
          "How the process of the leading record is known. `record`: it identifies its process. `pid`: it has only a " +
            "process id, which exactly one known process had at that time. Absent: the process is not known.",
        ),
    }),
    path: z
      .array(z.object({ key: z.string(), name: z.string(), pid: z.number().optional() }))
      .describe("Processes from the lineage root down to the process of the alert."),
    rootKey: z.string().optional().describe("The process at the start of `path`."),
    incidentKey: z.string().describe("The incident of the alert. There is one per lineage root."),
    merged: incidentMerge.optional().describe("Set if analysts merged its incident with another one."),
    removed: incidentRemoval.optional().describe("Set if an analyst removed the alert from its incident."),
    status: alertStatus,
    closeReason: closeReason.optional(),
    overridden: z.literal(true).optional().describe("Set if it was closed against the verdict."),
    message: z.string(),
    buildingBlock: z.boolean().describe("Input for other rules; not in the queue unless asked for."),
    techniques: z.array(technique),
    commandTemplate: z
      .string()
      .optional()
      .describe("The command line with variable parts as `*`. Alerts with one template are usually the same activity."),
    sources: z.array(sourceRef).describe("The records that the alert is based on."),
  })
  .meta({ id: "Alert", description: "An alert as lists show it." });
export type AlertSummary = Readonly<z.infer<typeof alertSummary>>;

export const alertReference = alertSummary
  .pick({ rule: true, severity: true, host: true, status: true })
  .extend({ processName: z.string().optional() })
  .meta({ id: "AlertReference", description: "What tells an alert from others where something else is listed." });
export type AlertReference = Readonly<z.infer<typeof alertReference>>;

export const matchedPart = z
  .object({
    of: z.string().optional().describe("For a correlation of several rules: the rule that the part belongs to."),
    text: z.string().describe("The part of the rule, in its own language."),
    field: z.string().optional(),
    values: z.array(z.string()).describe("The values of `field` in the alert."),
    outcome: z.boolean().describe("Whether the part matched."),
  })
  .meta({ id: "MatchedPart", description: "One part of a rule and the values that it was compared with." });
export type MatchedPart = Readonly<z.infer<typeof matchedPart>>;

export const transition = z
  .object({
    at: timestamp,
    actor: z.string(),
    from: alertStatus,
    to: alertStatus,
    reason: closeReason.optional(),
    note: z.string().optional(),
    batch: z.string().optional().describe("Id of the batch that it was part of."),
    overridden: z.literal(true).optional().describe("Set if the alert was closed against the verdict."),
    duplicateOf: z.string().optional().describe("The alert that it was closed as a duplicate of."),
    incident: z
      .enum(["removed", "restored", "split", "merged", "unmerged"])
      .optional()
      .describe("Set if the alert left or rejoined its incident; the status is then unchanged."),
  })
  .meta({ id: "Transition", description: "One entry in the history of an alert." });
export type Transition = Readonly<z.infer<typeof transition>>;

const counted = z
  .object({
    of: z.enum(["events", "rules", "values"]),
    field: z.string().optional().describe("Whose values are counted; absent for events and rules."),
    count: z.number(),
    least: z.number().optional().describe("The lower bound that the rule sets."),
    most: z.number().optional().describe("The upper bound that the rule sets."),
    values: z.array(z.string()).describe("The first of the different values."),
  })
  .describe("A number that the rule has a bound for.");

export const alertCorrelation = z
  .object({
    measure: z.enum(["count", "ordered", "first"]).describe("Counted events, ordered events, or a first occurrence."),
    asked: z.string().describe("The condition in words: `3 or more events within 5 minutes`."),
    terms: z
      .array(z.object({ field: z.string(), value: z.string().optional() }))
      .describe("The values that all events of the group share."),
    newTerms: z.array(z.string()).optional().describe("Values that had not occurred before."),
    count: z.number().describe("Events in the group; exact, also when fewer are listed."),
    from: timestamp.describe("Time of the first event."),
    to: timestamp.describe("Time of the last event."),
    reached: timestamp.describe("Time of the event with which the condition became true."),
    window: z.number().describe("The time that the rule looks over, in milliseconds."),
    counted: z.array(counted),
    rules: z
      .array(z.object({ id: z.string(), name: z.string(), count: z.number() }))
      .describe("For a correlation of rules: how often each occurred."),
    suppressed: z
      .object({ count: z.number(), duration: z.number().describe("In milliseconds.") })
      .optional()
      .describe("Further occurrences for which no alert was raised, because alerts on these values are suppressed."),
  })
  .meta({
    id: "AlertCorrelation",
    description: "What a rule over many events found: the group, the counts, the times.",
  });
export type AlertCorrelation = Readonly<z.infer<typeof alertCorrelation>>;

export const similarAlerts = z
  .object({
    commandTemplate: z.string(),
    total: z.number(),
    closed: z.array(z.object({ reason: closeReason, count: z.number() })),
    escalated: z.number(),
    hosts: z.number(),
    users: z.number(),
    firstSeen: timestamp,
  })
  .meta({ id: "SimilarAlerts", description: "Alerts of the same rule and command-line template, and their outcome." });

export const alertDetail = alertSummary
  .extend({
    fields,
    matched: z.array(matchedPart),
    correlation: alertCorrelation
      .extend({
        knownFrom: timestamp
          .optional()
          .describe("When the data of the host begins. Earlier occurrences would not be known."),
      })
      .optional()
      .describe("Only for a rule over many events."),
    members: z
      .object({ items: z.array(eventView), total: z.number() })
      .optional()
      .describe("Only for a rule over several or many events: the first of them, in the order of the rule."),
    history: z.array(transition).describe("Oldest first."),
    ruleDetail: z.object({
      description: z.string(),
      query: z.string(),
      falsePositives: z.array(z.string()),
      references: z.array(z.string()),
      source: z.string().describe("The file of the rule, relative to its folder."),
    }),
    similar: similarAlerts,
    related: z
      .object({ sameHost: z.number(), sameUser: z.number(), sameIncident: z.number() })
      .describe("How many other alerts share the host, the user, the incident."),
    openProposals: z.number().describe("Proposals on the alert that wait for a person."),
    escalation: z.object({ at: timestamp, actor: z.string(), note: z.string() }).optional(),
  })
  .meta({ id: "AlertDetail", description: "An alert with everything that is known about it." });
export type AlertDetail = Readonly<z.infer<typeof alertDetail>>;

export const transitionRequest = z
  .object({
    to: alertStatus,
    reason: closeReason.optional().describe("Required for `closed`, and only allowed there."),
    note: z
      .string()
      .max(4000)
      .default("")
      .describe("Required for `escalated`, and for a duplicate: why the other alert covers it."),
    duplicateOf: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Required for a duplicate: the id of the alert that it repeats."),
    override: z
      .string()
      .max(4000)
      .optional()
      .describe(
        "The analyst's own reason for closing against the verdict, in at least three different words. It is kept in " +
          "the audit trail, and the alert is marked.",
      ),
  })
  .strict()
  .meta({ id: "TransitionRequest", description: "A change of an alert's status." });
export type TransitionRequest = Readonly<z.infer<typeof transitionRequest>>;

export const incidentMembershipRequest = z
  .object({
    removed: z.boolean().describe("True removes the alert from its incident, false restores it."),
    reason: z.string().max(4000).default(""),
  })
  .strict()
  .meta({ id: "IncidentMembershipRequest", description: "Whether an alert belongs to its incident." });
export type IncidentMembershipRequest = Readonly<z.infer<typeof incidentMembershipRequest>>;
