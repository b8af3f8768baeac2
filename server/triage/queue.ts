import type { Incident, QueuePage, QueueQuery } from "#contracts/queue";
import type { CombinedWork } from "../alert/incident-record.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { Store } from "../store/port.ts";
import { withPaths } from "./alert-summary.ts";
import { incidentQuestionsOf } from "./incident/questions.ts";
import { withOverridden } from "./overridden.ts";

/** A page of the queue, with the breadcrumb of every listed alert and the work on its incidents. */
export async function queuePageOf(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  query: QueueQuery,
): Promise<QueuePage> {
  const page = await store.alerts.queue(query);
  const [alerts, worked] = await Promise.all([
    withPaths(
      store.lineage,
      page.items.flatMap((item) => item.alerts),
    ),
    query.group === "lineage" ? store.incidents.work(page.items.map(({ key }) => key)) : undefined,
  ]);
  const marked = await withOverridden(store, alerts);
  const byId = new Map(marked.map((alert) => [alert.id, alert]));
  const items: Incident[] = [];
  for (const item of page.items) {
    const work = worked?.get(item.key);
    const listed = item.alerts.map((alert) => byId.get(alert.id) ?? alert);
    const isOverridden = work?.closed?.overridden === true || listed.some(({ overridden }) => overridden === true);
    items.push({
      ...item,
      ...(work === undefined ? {} : { ...shown(work), verdict: await verdictOf(store, playbooks, item.key) }),
      ...(isOverridden ? { overridden: true } : {}),
      alerts: listed,
    });
  }
  return { ...page, items };
}

function shown({ assignee, tags, comments, reopened }: CombinedWork): Partial<Incident> {
  return { assignee, tags: [...tags], comments: comments.length, reopened: reopened?.text };
}

/** Of an incident that somebody worked on; undefined as long as nothing was answered. */
async function verdictOf(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  key: string,
): Promise<Incident["verdict"]> {
  const found = await incidentQuestionsOf(store, playbooks, key);
  if (found === undefined || found.questions.every(({ state }) => state === "open")) {
    return undefined;
  }
  const { outcome, required, answered } = found.verdict;
  return { outcome, required, answered };
}
