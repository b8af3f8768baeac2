import type { BundleSections } from "#contracts/bundle";
import type { AnswerValue } from "#contracts/playbook";
import { accountLabel } from "../../alert/account-label.ts";
import { pauses } from "../../lib/pause.ts";
import { type AskedIncident, undecided } from "../../playbooks/asked.ts";
import { alertVerdicts, incidentVerdictOf } from "../../playbooks/incident-verdict.ts";
import { type AnswersByAlert, type AskedAlert, questionsOf } from "../../playbooks/questions.ts";
import { verdictOf } from "../../playbooks/verdict.ts";
import type { Store } from "../../store/port.ts";
import { incidentOf } from "../../triage/incident/view.ts";

/** Alerts that are asked for at least: as many as the page asks for, so that a store has planned it before. */
const PAGE = 100;

/**
 * The incident as its page shows it, with the history of all of its alerts; undefined if there is none. `mostChanges`
 * is the limit of the audit records, too, which says what it left out.
 */
export async function incidentSection(
  store: Store,
  { key, asked }: AskedIncident,
  mostChanges: number,
): Promise<BundleSections["incident"] | undefined> {
  const detail = await incidentOf(store, key, { limit: Math.max(asked.length, PAGE) }, mostChanges);
  const [first, last] = [asked[0]?.alert, asked.at(-1)?.alert];
  if (detail === undefined || first === undefined || last === undefined) {
    return undefined;
  }
  const users = asked.flatMap(({ alert }) => (alert.user === undefined ? [] : [accountLabel(alert.user)]));
  return {
    key,
    title: detail.title,
    status: detail.status,
    counts: detail.counts,
    work: detail.work,
    from: new Date(first.time).toISOString(),
    to: new Date(last.time).toISOString(),
    hosts: detail.hosts,
    users: [...new Set(users)].sort(),
    techniques: techniquesOf(asked),
    merged: detail.merged,
    removed: detail.removed.items.flatMap(({ id, rule, removed }) =>
      removed === undefined
        ? []
        : [{ id, ruleName: rule.name, at: removed.at, actor: removed.actor, reason: removed.reason }],
    ),
    history: detail.history,
  };
}

function techniquesOf(asked: readonly AskedAlert[]): BundleSections["incident"]["techniques"] {
  const counted = new Map<string, BundleSections["incident"]["techniques"][number]>();
  for (const technique of asked.flatMap(({ alert }) => alert.techniques)) {
    counted.set(technique.id, { ...technique, alerts: (counted.get(technique.id)?.alerts ?? 0) + 1 });
  }
  return [...counted.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Every question that was asked with its answers, the verdict as the page of the incident shows it, its reasons, and
 * the single answers that would change it.
 */
export async function answersSection(
  asked: readonly AskedAlert[],
  counting: AnswersByAlert,
): Promise<BundleSections["answers"]> {
  const left = undecided(asked);
  const questions = questionsOf(left, counting);
  const verdicts = alertVerdicts(left, counting);
  const verdict = incidentVerdictOf(verdicts, questions);
  const rows = Map.groupBy(
    verdicts.filter((one) => one !== undefined),
    ({ rule }) => rule.number,
  );
  return {
    verdict,
    reasons: [...rows.values()].flatMap(([first, ...others]) =>
      first === undefined ? [] : [{ outcome: first.outcome, text: first.rule.text, alerts: 1 + others.length }],
    ),
    flips: await flipsOf(left, counting, questions, verdict.outcome),
    // Those of closed alerts as well: a bundle shows what was answered, not what is left.
    questions: [...(left.length === asked.length ? questions : questionsOf(asked, counting))],
    withoutPlaybook: left.filter(({ playbook }) => playbook === undefined).length,
  };
}

const values: readonly AnswerValue[] = ["raises", "unresolved", "not-applicable", "lowers"];

/** What one answer to all processes of a question would make of the incident, where that differs from what it is. */
async function flipsOf(
  left: readonly AskedAlert[],
  counting: AnswersByAlert,
  questions: ReturnType<typeof questionsOf>,
  now: BundleSections["answers"]["verdict"]["outcome"],
): Promise<BundleSections["answers"]["flips"]> {
  const flips: BundleSections["answers"]["flips"] = [];
  const pause = pauses();
  const known = left.map(({ alert, playbook }) =>
    playbook === undefined ? undefined : verdictOf(playbook, counting.get(alert.id) ?? []),
  );
  for (const question of questions) {
    const ids = new Set(question.processes.flatMap(({ alertIds }) => alertIds));
    for (const to of values.filter((value) => value !== question.value)) {
      const verdicts = [];
      for (const [index, { alert, playbook }] of left.entries()) {
        await pause();
        const step = ids.has(alert.id) ? playbook?.steps.find(({ topic }) => topic === question.topic) : undefined;
        const given = counting.get(alert.id) ?? [];
        verdicts.push(
          step === undefined || playbook === undefined
            ? known[index]
            : verdictOf(playbook, [
                ...given.filter(({ stepId }) => stepId !== step.id),
                {
                  ...{ stepId: step.id, value: to, note: "" },
                  suggested: given.find(({ stepId }) => stepId === step.id)?.suggested,
                },
              ]),
        );
      }
      const { outcome } = incidentVerdictOf(verdicts, []);
      if (outcome !== now) {
        flips.push({ question: question.id, to, outcome });
      }
    }
  }
  return flips;
}
