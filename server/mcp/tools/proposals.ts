import { z } from "zod";
import type { DryRun } from "#contracts/exception";
import { exceptionDraft, exceptionMode } from "#contracts/exception";
import { exceptionEntry } from "#contracts/exception-entry";
import { answerValue, evidenceReference } from "#contracts/playbook";
import { proposalState } from "#contracts/proposal";
import { fail } from "../../lib/result.ts";
import { answered, counted, type Tool, tool } from "../tool.ts";
import { alertId, cursor } from "./alerts.ts";

const rationale = z.string().min(1).max(4000).describe("Why, for the person who decides. Plain text, a few sentences.");
const proposalId = z.string().min(1).max(100);

const draft = {
  name: z.string().min(1).max(200),
  reason: z.string().min(1).max(4000).describe("Why this activity is expected."),
  ruleIds: z.array(z.string().min(1)).min(1).max(100).optional().describe("Default: the rule of the alert."),
  entries: z
    .array(exceptionEntry)
    .min(1)
    .max(50)
    .describe("All must match. Keep the entries of get_exception_draft unless you have a reason."),
  mode: exceptionMode.default("shadow"),
  expires: z.iso.datetime().optional(),
  breadthReason: z.string().max(4000).optional().describe("Needed if the breadth is `broad`."),
};

export const proposalTools: readonly Tool[] = [
  tool({
    name: "list_proposals",
    title: "Proposals",
    description: "What was proposed, newest first, and what people decided.",
    effect: "read",
    input: z.object({
      alert: alertId.optional(),
      state: proposalState.optional(),
      limit: z.number().int().min(1).max(100).default(20),
      cursor,
    }),
    async run(query, { api, signal }) {
      const page = await api.call("proposals", { query }, signal);
      return answered(page, ({ items, total, next }) => ({
        summary: `${counted(items.length, total, "proposal")}.`,
        data: { next, proposals: items.map(({ origin: _, ...proposal }) => proposal) },
      }));
    },
  }),
  tool({
    name: "propose_answer",
    title: "Propose an answer",
    description:
      "Proposes an answer to a step of the playbook. It counts for nothing until a person takes it. Pin the events that " +
      "support it, with ids from the tools. A new proposal for a step replaces your earlier one.",
    effect: "propose",
    input: z.object({
      alert: alertId,
      step: z.string().min(1).max(200).describe("Id of a step, from get_playbook."),
      value: answerValue,
      note: z.string().max(4000).default("").describe("The note of the answer, if a person takes it."),
      evidence: z
        .array(evidenceReference.omit({ label: true }))
        .max(50)
        .default([]),
      rationale,
    }),
    async run({ alert: id, step, ...body }, { api, client, signal }) {
      const proposal = await api.call("proposeAnswer", { params: { id, step }, body: { ...body, client } }, signal);
      return answered(proposal, (data) => ({
        summary: "Proposed. A person decides; it counts for nothing yet.",
        data,
      }));
    },
  }),
  tool({
    name: "get_exception_draft",
    title: "Draft of an exception",
    description: "The narrowest exception for the activity of an alert, with the reason for each entry, to start from.",
    effect: "read",
    input: z.object({ alert: alertId }),
    async run({ alert: id }, { api, signal }) {
      const suggested = await api.call("exceptionDraft", { params: { id } }, signal);
      return answered(suggested, (data) => ({ summary: "A draft; nothing was saved.", data }));
    },
  }),
  tool({
    name: "propose_exception",
    title: "Propose an exception",
    description:
      "Runs a draft against all stored events and alerts, reports how broad it is and what it would hide, and proposes " +
      "it. It hides nothing until a person saves it. With `dryRunOnly` nothing is proposed.",
    effect: "propose",
    input: z.object({
      alert: alertId,
      ...draft,
      rationale,
      dryRunOnly: z.boolean().default(false).describe("Only report what the exception would do."),
    }),
    async run({ alert: id, rationale, dryRunOnly, ruleIds, ...given }, { api, client, signal }) {
      const alert = await api.call("alert", { params: { id } }, signal);
      if (!alert.ok) {
        return alert;
      }
      const whole = exceptionDraft.parse({ ...given, ruleIds: ruleIds ?? [alert.value.rule.id], fromAlert: id });
      const run = await api.call("exceptionDryRun", { body: whole }, signal);
      if (!run.ok) {
        return run;
      }
      const dryRun = dryRunShape(run.value);
      const { breadth, totals, confirmedMalicious } = run.value;
      const found = `Breadth: ${breadth.level} (${breadth.score} of 100). It would close ${totals.closesNow} open alerts and would have hidden ${totals.wouldHide} others; ${confirmedMalicious.length} of these were confirmed as malicious.`;
      if (dryRunOnly) {
        return { ok: true, value: { summary: `${found} Nothing was proposed.`, data: { draft: whole, dryRun } } };
      }
      if (breadth.level === "broad" && (whole.breadthReason ?? "").trim() === "") {
        const detail = "The draft is broad. Give a breadthReason, or narrow it to a user and a host.";
        return fail({ code: "exception.breadth-reason-missing", detail });
      }
      const body = { draft: whole, rationale, client };
      const proposal = await api.call("proposeException", { params: { id }, body }, signal);
      return answered(proposal, (data) => ({
        summary: `Proposed. A person decides; it hides nothing yet. ${found}`,
        data: { proposal: data, dryRun },
      }));
    },
  }),
  tool({
    name: "withdraw_proposal",
    title: "Withdraw a proposal",
    description: "Withdraws an open proposal of your own that no longer holds.",
    effect: "propose",
    input: z.object({ proposal: proposalId }),
    async run({ proposal: id }, { api, signal }) {
      const withdrawn = await api.call("withdrawProposal", { params: { id } }, signal);
      return answered(withdrawn, ({ state, decision }) => ({ summary: "Withdrawn.", data: { id, state, decision } }));
    },
  }),
];

function dryRunShape({ eventsTested, eventsMatched, span, totals, hosts, users, rules, perDay, ...run }: DryRun) {
  const alerts = (list: DryRun["closesNow"]) =>
    list.slice(0, 10).map(({ id, time, host, process }) => ({ id, time, host, commandLine: process.commandLine }));
  return {
    eventsTested,
    eventsMatched,
    span,
    totals,
    hosts,
    users,
    rules,
    perDay,
    breadth: run.breadth,
    entryMatches: run.entryMatches,
    closesNow: alerts(run.closesNow),
    wouldHide: alerts(run.wouldHide),
    confirmedMalicious: alerts(run.confirmedMalicious),
    truncationReason: run.truncationReason,
  };
}
