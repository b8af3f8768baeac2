import type { AnswerValue, VerdictOutcome } from "#contracts/playbook";
import type { PlaybookStatistics, StepStatistics } from "#contracts/playbook-statistics";
import { medianOf, p90Of } from "../../lib/quantiles.ts";
import type { Playbook, Step } from "../playbook.ts";
import { type Deciding, outcomeOf } from "../verdict.ts";
import { agreementOf } from "./agreement.ts";
import type { CountingAnswer, RecordedAnswer, StatisticsFacts, WalkedAlert } from "./facts.ts";
import { type Preceding, precedingActs, timesOf } from "./times.ts";

/** What a hint needs: fewer say nothing about a step. */
const HINTS = { verdicts: 5, pairs: 5, agreement: 0.8 } as const;

const values: readonly AnswerValue[] = ["raises", "lowers", "unresolved", "not-applicable"];
const outcomes: readonly VerdictOutcome[] = ["malicious", "suspicious", "benign", "undetermined"];

/** What of the statistics depends on the answers alone, and not on how they were read. */
export type Counted = Pick<PlaybookStatistics, "alerts" | "steps" | "former">;

/** An answer with the alert that it was recorded for. */
interface AnsweredAlert {
  readonly answer: RecordedAnswer;
  readonly alert: WalkedAlert;
}

/** The statistics of a playbook, whatever the order of the facts. See docs/decisions/0078. */
export function statisticsOf(
  playbook: Pick<Playbook, "version"> & Deciding,
  { answers, alerts, acts }: StatisticsFacts,
): Counted {
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  const answered = answers
    .flatMap((answer): AnsweredAlert[] => {
      const alert = byId.get(answer.alertId);
      return alert === undefined ? [] : [{ answer, alert }];
    })
    .toSorted((a, b) => inOrder(a.answer, b.answer));
  const walked = [...Map.groupBy(answered, ({ alert }) => alert)].map(
    ([alert, own]): Walked => ({
      alert,
      answers: own.map(({ answer }) => answer),
      steps: new Map(own.map(({ answer }) => [answer.stepId, answer])),
      verdict: verdictOf(playbook, alert),
    }),
  );
  const preceding = precedingActs([...acts, ...answered.map(actOf)]);
  const byStep = Map.groupBy(answered, ({ answer }) => answer.stepId);
  const shown = new Set(playbook.steps.map(({ id }) => id));
  const stepOf = (id: string, step?: Step) => stepStatistics({ id, step }, playbook, walked, byStep.get(id), preceding);
  return {
    alerts: totalsOf(walked),
    steps: playbook.steps.map((step) => stepOf(step.id, step)),
    former: [...byStep.keys()]
      .filter((id) => !shown.has(id))
      .sort()
      .map((id) => stepOf(id)),
  };
}

/** An alert with what was recorded for it under the playbook. */
interface Walked {
  readonly alert: WalkedAlert;
  /** Oldest first. */
  readonly answers: readonly RecordedAnswer[];
  /** The latest one to each step. */
  readonly steps: ReadonlyMap<string, RecordedAnswer>;
  /** Undefined: it is not closed, or has another playbook now. */
  readonly verdict?: GivenVerdict;
}

interface GivenVerdict {
  readonly outcome: VerdictOutcome;
  /** The answers that count. */
  readonly given: ReadonlySet<string>;
  /** The steps without which the outcome would be another one. */
  readonly deciding: ReadonlySet<string>;
}

/**
 * A step decided if the playbook without it would give another verdict on the other answers. To leave out only the
 * answer would tell nothing: without that of any required step there is no verdict at all.
 */
function verdictOf(playbook: Deciding, { isClosed, counting }: WalkedAlert): GivenVerdict | undefined {
  if (!isClosed || counting === undefined) {
    return undefined;
  }
  const outcome = outcomeOf(playbook, counting);
  const without = (stepId: string) =>
    outcomeOf(
      { ...playbook, steps: playbook.steps.filter(({ id }) => id !== stepId) },
      counting.filter((one: CountingAnswer) => one.stepId !== stepId),
    );
  const given = new Set(counting.map(({ stepId }) => stepId));
  return { outcome, given, deciding: new Set([...given].filter((stepId) => without(stepId) !== outcome)) };
}

function stepStatistics(
  { id, step }: { readonly id: string; readonly step?: Step },
  { version }: Pick<Playbook, "version">,
  walked: readonly Walked[],
  recorded: readonly AnsweredAlert[] = [],
  preceding: Preceding,
): StepStatistics {
  const latest = walked.flatMap(({ steps }) => steps.get(id) ?? []);
  const states = walked.map((one) => stateOf(one, id, step === undefined ? undefined : version));
  const count = (state: StepState) => states.filter((one) => one === state).length;
  const [elsewhere, open, unanswered] = [count("elsewhere"), count("open"), count("unanswered")];
  const conflicts = latest.flatMap(({ conflict }) => conflict ?? []);
  const withoutData = conflicts.filter((conflict) => conflict === "without-data").length;
  const verdicts = walked.flatMap(({ verdict }) =>
    verdict !== undefined && verdict.outcome !== "undetermined" && verdict.given.has(id) ? [verdict] : [],
  );
  const decided = {
    alerts: verdicts.length,
    decided: verdicts.filter(({ deciding }) => deciding.has(id)).length,
  };
  const agreement = agreementOf(recorded.map(({ answer, alert }) => ({ ...answer, shape: alert.shape })));
  return {
    stepId: id,
    question: step?.question,
    asked: latest.length + elsewhere + open + unanswered,
    answered: latest.length,
    ...{ elsewhere, open, unanswered },
    values: values.map((value) => ({ value, count: latest.filter((one) => one.value === value).length })),
    againstSuggestion: conflicts.length - withoutData,
    withoutData,
    decided,
    time: timesOf(recorded.map(actOf), preceding),
    agreement,
    hints: step === undefined ? [] : hintsOf({ decided, agreement }),
  };
}

type StepState = "answered" | "elsewhere" | "open" | "unanswered" | "not-asked";

/**
 * What became of a step for one alert. Who walked an alert with another version may not have been asked: it counts only
 * where there is an answer. `version`: that of the playbook now; undefined: it does not have the step.
 */
function stateOf({ alert, answers, steps }: Walked, stepId: string, version: string | undefined): StepState {
  if (steps.has(stepId)) {
    return "answered";
  }
  if (alert.counting?.some((one) => one.stepId === stepId)) {
    return "elsewhere";
  }
  if (version === undefined || answers.at(-1)?.version !== version) {
    return "not-asked";
  }
  return alert.isClosed || alert.counting === undefined ? "unanswered" : "open";
}

function hintsOf({
  decided,
  agreement: { pairs, agreed },
}: Pick<StepStatistics, "decided" | "agreement">): StepStatistics["hints"] {
  return [
    ...(decided.alerts >= HINTS.verdicts && decided.decided === 0 ? (["never-decides"] as const) : []),
    ...(pairs >= HINTS.pairs && agreed < HINTS.agreement * pairs ? (["analysts-disagree"] as const) : []),
  ];
}

function totalsOf(walked: readonly Walked[]): Counted["alerts"] {
  const closed = walked.filter(({ alert }) => alert.isClosed);
  const verdicts = walked.flatMap(({ verdict }) => verdict?.outcome ?? []);
  const bySecond = closed.filter(
    ({ alert: { closedBy, counting = [] }, answers }) =>
      closedBy !== undefined && ![...answers, ...counting].some(({ person }) => person === closedBy),
  );
  const overridden = (some: readonly Walked[]) => some.filter(({ alert }) => alert.overridden).length;
  const walks = walked
    .map(({ answers }) => (answers.at(-1)?.at ?? 0) - (answers[0]?.at ?? 0))
    .filter((time) => time > 0)
    .sort((a, b) => a - b);
  return {
    walked: walked.length,
    open: walked.length - closed.length,
    otherPlaybook: walked.filter(({ alert }) => alert.counting === undefined).length,
    closed: [...Map.groupBy(closed, ({ alert }) => alert.closedAs)]
      .map(([reason, some]) => ({ reason, count: some.length }))
      .toSorted((a, b) => b.count - a.count || byText(a.reason ?? "", b.reason ?? "")),
    verdicts: outcomes
      .map((outcome) => ({ outcome, count: verdicts.filter((one) => one === outcome).length }))
      .filter(({ count }) => count > 0),
    overridden: overridden(closed),
    secondAnalyst: { closed: bySecond.length, overridden: overridden(bySecond) },
    walk: { measured: walks.length, median: medianOf(walks), p90: p90Of(walks) },
  };
}

const actOf = ({ answer: { person, at }, alert: { incident } }: AnsweredAlert) => ({ incident, person, at });

/** Of two answers of one moment the one that raises more concern is the later one, in whatever order they are given. */
function inOrder(a: RecordedAnswer, b: RecordedAnswer): number {
  return (
    a.at - b.at ||
    values.indexOf(b.value) - values.indexOf(a.value) ||
    byText(a.person, b.person) ||
    byText(a.version, b.version)
  );
}

const byText = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);
