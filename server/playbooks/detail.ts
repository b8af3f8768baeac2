import type { PlaybookSummary } from "#contracts/playbook";
import type { PlaybookDetail } from "#contracts/playbook-detail";
import type { Playbook } from "./playbook.ts";
import { bindQuery } from "./query-condition.ts";
import { stepTexts, textsOf } from "./view.ts";

/** A playbook for the list of playbooks. */
export function playbookSummary(playbook: Playbook): PlaybookSummary {
  const { applies } = playbook;
  return {
    id: playbook.id,
    title: playbook.title,
    version: playbook.version,
    source: playbook.source,
    summary: playbook.summary,
    origin: playbook.origin,
    applies: {
      ruleIds: [...applies.ruleIds],
      techniques: [...applies.techniques],
      tags: [...applies.tags],
      events: applies.events?.label,
      fallback: applies.fallback,
    },
    steps: playbook.steps.length,
    queries: playbook.queries.length,
  };
}

/** A playbook as it is written, without an alert. */
export function playbookDetail(playbook: Playbook): PlaybookDetail {
  return {
    ...playbookSummary(playbook),
    file: playbook.file,
    folder: playbook.folder,
    decision: playbook.decision,
    steps: playbook.steps.map((step) => ({
      ...stepTexts(step),
      focus: [...step.focus],
      queries: [...step.queryIds],
      osquery: [...step.osquery],
    })),
    queries: playbook.queries.map((query) => ({
      id: query.id,
      label: query.label,
      target: query.target,
      from: query.from,
      to: query.to,
      // Without the values of an alert, templates stay as they are written.
      groups: bindQuery(query, {}).map(({ label, text }) => ({ label, text })),
    })),
    checks: playbook.checks.map(({ id, stepId, on, where, rows, suggests, because }) => ({
      ...{ id, stepId, on, where: where?.text, suggests, because },
      rows: `${rows.operator} ${rows.count}`,
    })),
    ...textsOf(playbook),
    checklists: playbook.checklists.map(({ verdict, title, items }) => ({ verdict, title, items: [...items] })),
    warnings: [...playbook.warnings],
  };
}
