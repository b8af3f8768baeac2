import { z } from "zod";
import { closeReason } from "./alert.ts";
import { unreadable } from "./page.ts";
import { answerValue, verdictOutcome } from "./playbook.ts";
import { timestamp } from "./time.ts";

/** What became of a playbook's questions. The definitions are in docs/decisions/0078. */

export const statisticsPeriod = z
  .enum(["30d", "90d", "365d", "all"])
  .meta({ id: "StatisticsPeriod", description: "Which answers count, by when they were given." });
export type StatisticsPeriod = z.infer<typeof statisticsPeriod>;

export const playbookStatisticsQuery = z.object({ period: statisticsPeriod.default("90d") });

const duration = {
  median: z.number().optional().describe("Milliseconds; absent if there is none."),
  p90: z.number().optional().describe("Nine of ten took at most so many milliseconds."),
};

export const stepStatistics = z
  .object({
    stepId: z.string(),
    question: z.string().optional().describe("Absent: the playbook does not have the step any more."),
    asked: z.number().describe("Alerts that were asked: the sum of `answered`, `elsewhere`, `open` and `unanswered`."),
    answered: z.number().describe("Alerts for which an answer was recorded in the period."),
    elsewhere: z
      .number()
      .describe("Answered by the same question of another alert of the incident, or before the period."),
    open: z.number().describe("Without an answer so far: the alert is not closed."),
    unanswered: z.number().describe("The alert was closed, or got another playbook, without an answer."),
    values: z
      .array(z.object({ value: answerValue, count: z.number() }))
      .describe("The latest answer for each alert, those that raise concern first: the sum is `answered`."),
    againstSuggestion: z.number().describe("Of these, answers against what the checks suggested."),
    withoutData: z.number().describe("Of these, answers that lower concern although data was missing."),
    decided: z
      .object({
        alerts: z.number().describe("Closed alerts with a verdict, to which an answer to the step counts."),
        decided: z.number().describe("Those whose verdict would be another one without the step."),
      })
      .describe("A step decides if the playbook without it would give another verdict on the other answers."),
    time: z
      .object({
        measured: z.number().describe("Answers whose time is known."),
        ...duration,
        interrupted: z.number().describe("Answers after a pause of more than 30 minutes, which has no time."),
        unpreceded: z.number().describe("Answers before which the person recorded nothing there: no time is known."),
      })
      .describe(
        "From what the same person recorded before on the alert or its incident to the answer. One answer for several " +
          "alerts of an incident is one here, and one that was changed later is, too.",
      ),
    agreement: z
      .object({
        pairs: z.number().describe("Answers after one by somebody else about exactly the same."),
        agreed: z.number().describe("Those that were the same."),
      })
      .describe("Each answer is compared with the latest earlier one by another person for an alert that is the same."),
    hints: z
      .array(z.enum(["never-decides", "analysts-disagree"]))
      .describe(
        "For the author. It decided none of at least 5 verdicts; analysts agreed in less than 80 % of at least 5 pairs.",
      ),
  })
  .meta({ id: "StepStatistics", description: "What became of one question of a playbook." });
export type StepStatistics = Readonly<z.infer<typeof stepStatistics>>;

export const playbookStatistics = z
  .object({
    playbook: z.object({ id: z.string(), title: z.string(), version: z.string() }),
    period: statisticsPeriod,
    from: timestamp.optional().describe("Answers from then on count. Absent: all of them."),
    truncated: z
      .boolean()
      .describe("There are so many alerts that older answers of the period were not read: `from` is later."),
    alerts: z
      .object({
        walked: z.number().describe("Alerts with an answer in the period under this playbook."),
        open: z.number().describe("Those that are not closed now."),
        otherPlaybook: z.number().describe("Those that have another playbook now; their verdict is not this one's."),
        closed: z.array(
          z.object({ reason: closeReason.optional().describe("Absent: none was recorded."), count: z.number() }),
        ),
        verdicts: z
          .array(z.object({ outcome: verdictOutcome, count: z.number() }))
          .describe("Of the closed ones with this playbook: what the present steps make of the answers."),
        overridden: z.number().describe("Closed against the verdict."),
        secondAnalyst: z
          .object({ closed: z.number(), overridden: z.number().describe("Of these, against the verdict.") })
          .describe("Closed by a person who gave none of the answers."),
        walk: z
          .object({ measured: z.number(), ...duration })
          .describe("From the first to the last answer, pauses included, where there are two at different times."),
      })
      .describe("The alerts themselves, as they are now."),
    steps: z.array(stepStatistics).describe("In the order of the playbook."),
    former: z.array(stepStatistics).describe("Steps that only former versions had, by id."),
    unreadable: unreadable.optional().describe("What is missing because it is damaged in the store."),
  })
  .meta({ id: "PlaybookStatistics", description: "What became of the questions of a playbook, by step." });
export type PlaybookStatistics = Readonly<z.infer<typeof playbookStatistics>>;
