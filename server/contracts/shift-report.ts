import { z } from "zod";
import { alertStatus, closeReason, severity } from "./alert.ts";
import { exceptionMode } from "./exception.ts";
import { listOf, unreadable } from "./page.ts";
import { verdictOutcome } from "./playbook.ts";
import { timeBound, timeSpan, timestamp } from "./time.ts";

/** The report of a shift: what happened over a time range. See docs/decisions/0068. */

const zone = z
  .string()
  .max(64)
  .refine(isTimeZone, "must be a time zone such as Europe/Berlin, or UTC")
  .default("UTC")
  .describe("The time zone of the Markdown.");

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

export const shiftReportQuery = z
  .object({
    from: timeBound.describe("What happened then is part of it."),
    to: timeBound.describe("What happened then is not: it is part of the next report."),
    zone,
    people: z.boolean().default(false).describe("Whether to count what each person did."),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { error: "must be after `from`", path: ["to"] });
export type ShiftReportQuery = Readonly<z.output<typeof shiftReportQuery>>;

const count = z.object({ alerts: z.number(), incidents: z.number() });

const untilAct = z
  .object({
    count: z.number().describe("How many were raised in the range."),
    acted: z.number().describe("How many of them a person acted on before the range ended."),
    median: z.number().optional().describe("Milliseconds from being raised to that; absent if there is none."),
    p90: z.number().optional().describe("Nine of ten took at most so many milliseconds."),
    waiting: z.number().describe("Nobody had acted on them, and they were not closed."),
    automatic: z.number().describe("Closed by a rule or an exception before anybody acted."),
  })
  .meta({
    id: "TimeToTriage",
    description:
      "From being raised to the first act of a person: a change of status, an answer, or work on the incident (assigning, " +
      "tagging, a comment, splitting, merging). An incident counts if its first alert was raised in the range.",
  });
export type TimeToTriage = Readonly<z.infer<typeof untilAct>>;

const closings = z.object({
  total: z.number().describe("Alerts closed with a reason."),
  falsePositive: z.number().describe("Those closed as false positive."),
});

export const shiftRule = z
  .object({
    id: z.string(),
    name: z.string(),
    severity,
    raised: z.number().describe("Alerts raised in the range."),
    incidents: z.number().describe("Incidents that these alerts belong to."),
    closed: closings.describe("Of alerts closed in the range, whenever they were raised."),
  })
  .meta({ id: "ShiftRule", description: "What a rule raised, and how its alerts were closed." });
export type ShiftRule = Readonly<z.infer<typeof shiftRule>>;

export const shiftTactic = z
  .object({
    tactic: z.string().optional().describe("Absent: the rules name none."),
    alerts: z.number(),
    techniques: z.array(
      z.object({
        id: z.string().optional().describe("Absent: the rules name only the tactic."),
        name: z.string(),
        alerts: z.number(),
        incidents: z.number(),
      }),
    ),
  })
  .meta({ id: "ShiftTactic", description: "A tactic of ATT&CK with the techniques that were seen." });
export type ShiftTactic = Readonly<z.infer<typeof shiftTactic>>;

export const shiftIncident = z
  .object({
    key: z.string(),
    title: z.string(),
    severity,
    status: alertStatus,
    assignee: z.string().optional(),
    alerts: z.number().describe("Its alerts that were not closed at the end."),
    since: timestamp.describe("When the first of these was raised."),
    left: z
      .object({
        outcome: verdictOutcome,
        required: z.number().describe("Required questions."),
        answered: z.number().describe("Those that are answered."),
      })
      .optional()
      .describe("Its questions and verdict at the time of the report. Absent: no alert is left."),
  })
  .meta({ id: "ShiftIncident", description: "An incident that the next shift takes over." });
export type ShiftIncident = Readonly<z.infer<typeof shiftIncident>>;

export const shiftPerson = z
  .object({
    name: z.string(),
    answers: z.number().describe("Answers given, counted per alert."),
    closed: z.number().describe("Alerts closed."),
    escalated: z.number().describe("Alerts escalated."),
    otherStatus: z.number().describe("Alerts acknowledged or reopened."),
    incidentChanges: z.number().describe("Assignments, tags, comments, splits and merges."),
    exceptions: z.number().describe("Exceptions saved or disabled."),
  })
  .meta({ id: "ShiftPerson", description: "What a person did, as counts of audit records." });
export type ShiftPerson = Readonly<z.infer<typeof shiftPerson>>;

export const shiftReport = z
  .object({
    range: timeSpan.describe("From `from` up to but not including `to`."),
    madeAt: timestamp,
    opened: count
      .extend({ newIncidents: z.number().describe("Incidents without an alert before the range.") })
      .describe("Alerts raised in the range, and the incidents that they belong to."),
    closed: count
      .extend({
        byReason: z.array(count.extend({ reason: closeReason.optional().describe("Absent: none was recorded.") })),
        byVerdict: z.array(
          count.extend({ verdict: verdictOutcome.optional().describe("Absent: closed without one.") }),
        ),
        againstVerdict: z.number().describe("Alerts that were closed against the verdict."),
      })
      .describe(
        "Alerts closed in the range and still closed at its end; incidents that this left without open alerts.",
      ),
    escalated: count.describe("Alerts escalated in the range, whatever became of them, and their incidents."),
    reopened: count.describe("Alerts closed before the range and not closed at its end."),
    triage: z.object({ alerts: untilAct, incidents: untilAct }),
    open: count
      .extend({ byStatus: z.array(count.extend({ status: alertStatus })) })
      .describe("Alerts that were not closed at the end, and their incidents."),
    rules: listOf(shiftRule).describe("Most alerts first."),
    matrix: z.array(shiftTactic).describe("Of alerts raised in the range, in the order of ATT&CK."),
    handedOver: listOf(shiftIncident).describe("Escalated or assigned, and not closed; escalated ones first."),
    exceptions: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          mode: exceptionMode,
          at: timestamp,
          actor: z.string(),
          rules: z.string().describe("Which rules it applies to, in words."),
          hits: z.number(),
          disabled: z.boolean(),
        }),
      )
      .describe("Exceptions saved in the range, oldest first."),
    people: z.array(shiftPerson).optional().describe("Only if asked for; by name."),
  })
  .meta({ id: "ShiftReport", description: "What happened over a time range." });
export type ShiftReport = Readonly<z.infer<typeof shiftReport>>;

export const shiftReportAnswer = z
  .object({
    report: shiftReport,
    markdown: z.string().describe("The same as text, times in `zone`."),
    unreadable: unreadable.optional().describe("What the report lacks because it is damaged in the store."),
  })
  .meta({ id: "ShiftReportAnswer", description: "A shift report, as values and as Markdown." });
export type ShiftReportAnswer = Readonly<z.infer<typeof shiftReportAnswer>>;
