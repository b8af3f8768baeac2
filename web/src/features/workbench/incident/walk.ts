import type { IncidentQuestion } from "#contracts/incident";
import type { StepView } from "#contracts/playbook";

/** A step of an alert: where a question of the incident is answered. */
export interface Place {
  readonly alertId: string;
  readonly stepId: string;
}

/** The question of the incident that a step of an alert asks. Closed alerts ask none while others are open. */
export function questionOf(
  questions: readonly IncidentQuestion[],
  alertId: string,
  { topic, about }: Pick<StepView, "topic" | "about">,
): IncidentQuestion | undefined {
  return questions.find(
    (question) =>
      question.topic === topic &&
      question.about === about &&
      question.processes.some(({ alertIds }) => alertIds.includes(alertId)),
  );
}

/** Where to answer a question: at the alert that is open if it asks it, else at the one that the incident names. */
export function placeOf(question: IncidentQuestion, alertId: string, steps: readonly StepView[]): Place {
  const own = steps.find((step) => questionOf([question], alertId, step) !== undefined);
  return own === undefined ? question.lead : { alertId, stepId: own.id };
}

export const isLeft = ({ required, state }: IncidentQuestion): boolean => required && state !== "answered";

/**
 * The required question after or before another one; optional ones are opened from the lists. After the last one comes
 * the first that is left.
 */
export function questionBeside(
  questions: readonly IncidentQuestion[],
  from: string,
  by: 1 | -1,
): IncidentQuestion | undefined {
  const walked = questions.filter(({ id, required }) => required || id === from);
  const at = walked.findIndex(({ id }) => id === from);
  return at === -1
    ? undefined
    : (walked[at + by] ?? (by === 1 ? walked.find((other) => other.id !== from && isLeft(other)) : undefined));
}

/** Questions about one subject, in the order in which they come up. */
export function bySubject(
  questions: readonly IncidentQuestion[],
): readonly { readonly subject: string; readonly questions: readonly IncidentQuestion[] }[] {
  const groups = Map.groupBy(questions, ({ about, subject }) => `${about} ${subject}`);
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    return first === undefined ? [] : [{ subject: first.subject, questions: members }];
  });
}

/** What an answer to a question counts for. */
export type AnswerScope = "all" | "open" | "own";

/** Keys of the processes in a scope, as the question lists them. */
export function processesIn(question: IncidentQuestion, scope: AnswerScope, alertId: string): readonly string[] {
  return question.processes
    .filter(
      ({ answer, alertIds }) =>
        scope === "all" || (scope === "open" ? answer === undefined : alertIds.includes(alertId)),
    )
    .map(({ key }) => key);
}

/** "9 processes: cmd.exe under WmiPrvSE.exe on 2 hosts, 27 alerts". */
export function subjectWords({ subject, processes }: Pick<IncidentQuestion, "subject" | "processes">): string {
  const hosts = new Set(processes.map(({ host }) => host));
  const alerts = new Set(processes.flatMap(({ alertIds }) => alertIds)).size;
  const where = hosts.size === 1 ? `on ${[...hosts][0]}` : `on ${hosts.size} hosts`;
  return `${counted(processes.length, "process", "processes")}: ${subject}${subject.includes(" on ") ? "" : ` ${where}`}, ${counted(alerts, "alert")}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** The scopes to choose from: a question about a session or the incident is answered for all of it. */
export function scopesOf(question: IncidentQuestion, alertId: string): readonly AnswerScope[] {
  const count = (scope: AnswerScope) => processesIn(question, scope, alertId).length;
  if (question.about !== "process" || question.processes.length < 2) {
    return ["all"];
  }
  const isPartly = count("open") > 0 && count("open") < count("all");
  return isPartly ? ["all", "open", "own"] : ["all", "own"];
}
