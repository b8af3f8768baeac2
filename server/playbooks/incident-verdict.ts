import type { IncidentQuestion, IncidentVerdict } from "#contracts/incident";
import type { Verdict } from "#contracts/playbook";
import type { AnswersByAlert, AskedAlert } from "./questions.ts";
import { verdictOf } from "./verdict.ts";

/** The verdict of each alert, undefined where no playbook is loaded. */
export function alertVerdicts(all: readonly AskedAlert[], counting: AnswersByAlert): readonly (Verdict | undefined)[] {
  return all.map(({ alert, playbook }) =>
    playbook === undefined ? undefined : verdictOf(playbook, counting.get(alert.id) ?? []),
  );
}

/**
 * The verdict of several alerts: malicious as soon as one is, for then the rest is a question of extent; benign only if
 * every one is.
 */
export function incidentVerdictOf(
  verdicts: readonly (Verdict | undefined)[],
  questions: readonly Pick<IncidentQuestion, "required" | "processes">[],
): IncidentVerdict {
  const count = (outcome: Verdict["outcome"]) =>
    verdicts.filter((verdict) => (verdict?.outcome ?? "undetermined") === outcome).length;
  const alerts = {
    undetermined: count("undetermined"),
    benign: count("benign"),
    suspicious: count("suspicious"),
    malicious: count("malicious"),
  };
  const required = questions.filter((question) => question.required);
  const isAnswered = ({ processes }: Pick<IncidentQuestion, "processes">) =>
    processes.every((process) => !process.required || process.answer !== undefined);
  const answered = required.filter(isAnswered).length;
  return { ...decided(alerts, verdicts, required.length - answered), required: required.length, answered, alerts };
}

function decided(
  alerts: IncidentVerdict["alerts"],
  verdicts: readonly (Verdict | undefined)[],
  left: number,
): Pick<IncidentVerdict, "outcome" | "recommendation" | "text"> {
  const of = (count: number) => `${count} of ${verdicts.length} alerts ${count === 1 ? "is" : "are"}`;
  if (alerts.malicious > 0) {
    return {
      outcome: "malicious",
      recommendation: "escalate",
      text: `${of(alerts.malicious)} confirmed as malicious.`,
    };
  }
  if (alerts.undetermined > 0 || verdicts.length === 0) {
    const withoutPlaybook = verdicts.filter((verdict) => verdict === undefined).length;
    return {
      outcome: "undetermined",
      recommendation: "continue",
      text:
        withoutPlaybook > 0
          ? `${of(withoutPlaybook)} without a playbook, so no questions were asked about ${withoutPlaybook === 1 ? "it" : "them"}.`
          : `${left} required ${left === 1 ? "question is" : "questions are"} not answered.`,
    };
  }
  if (alerts.suspicious > 0) {
    return {
      outcome: "suspicious",
      recommendation: "escalate",
      text: `${of(alerts.suspicious)} not explained: missing or conflicting evidence does not close an incident.`,
    };
  }
  return { outcome: "benign", recommendation: "close", text: "Every alert is explained by known activity." };
}
