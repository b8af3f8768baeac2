import type { ListedProposal, Proposal, ProposalPage } from "#contracts/proposal";
import type { AlertRecord } from "../alert/record.ts";
import { alertReferenceOf } from "../alert/summary.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { Store } from "../store/port.ts";
import type { ProposalReader } from "../store/proposals/port.ts";

/**
 * A page of proposals with what each is about: the alert, and the question that an answer is for. The alerts of a page
 * are asked for at once.
 */
export async function proposalPageOf(
  store: Pick<Store, "proposals" | "alerts">,
  playbooks: Pick<Playbooks, "forAlert">,
  query: Parameters<ProposalReader["page"]>[0],
): Promise<ProposalPage> {
  const page = await store.proposals.page(query);
  const ids = [...new Set(page.items.map(({ alertId }) => alertId))];
  const found = ids.length === 0 ? [] : (await store.alerts.find({ ids, limit: ids.length })).items;
  const alerts = new Map(found.map((alert) => [alert.id, alert]));
  return { ...page, items: page.items.map((proposal) => listed(proposal, alerts.get(proposal.alertId), playbooks)) };
}

function listed(
  proposal: Proposal,
  alert: AlertRecord | undefined,
  playbooks: Pick<Playbooks, "forAlert">,
): ListedProposal {
  if (alert === undefined) {
    return proposal;
  }
  const about = alertReferenceOf(alert);
  if (proposal.kind === "exception") {
    return { ...proposal, alert: about };
  }
  const step = playbooks.forAlert(alert)?.steps.find(({ id }) => id === proposal.stepId);
  return { ...proposal, alert: about, question: step?.question };
}
