import type { IncidentDetail, IncidentQuestions } from "#contracts/incident";
import { accountLabel } from "../alert/account-label.ts";
import { visible } from "../lib/visible.ts";
import { incidentQuestionsOf } from "../triage/incident/questions.ts";
import { incidentOf } from "../triage/incident/view.ts";
import { currentIncident, noIncident } from "../triage/incident/work.ts";
import { incidentNamed } from "./bundle.ts";
import { type Command, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { loadContent, withStore } from "./open.ts";
import { json, table } from "./terminal.ts";

const usage = `Usage: stemma incident INCIDENT|ALERT [--limit N] [--json]

Shows an incident: status, verdict, the work on it, its alerts, what is left to answer, and what happened so far. Names it
by its key, or by one of its alerts. Changes nothing.
  --limit N  at most N alerts, the newest, with their history (default 100); how many there are is said
  --json     one JSON object on standard output
  --db FILE  the database (default stemma.db, or STEMMA_STORE)`;

export const incidentCommand: Command = {
  name: "incident",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" } },
        numbers: ["limit"],
        folders: ["playbooks"],
        positionals: { least: 1, most: 1, what: "the key of an incident, or the id of an alert" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(incidentCommand, read.error, terminal);
    }
    const { config, positionals, number, flag } = read.value;
    return withStore(incidentCommand, config, { readOnly: true }, terminal, async (store) => {
      const key = await currentIncident(store, await incidentNamed(store, positionals[0] ?? ""));
      const { playbooks } = await loadContent(config);
      const [incident, questions] = await Promise.all([
        incidentOf(store, key, { limit: number("limit") ?? 100 }),
        incidentQuestionsOf(store, playbooks, key),
      ]);
      if (incident === undefined || questions === undefined) {
        return cannotRun(incidentCommand, { ...noIncident, remedy: "List alerts with: stemma alerts" }, terminal);
      }
      terminal.out(flag("json") ? json({ incident, questions }) : readable(incident, questions, terminal.width));
      return 0;
    });
  },
};

function readable(
  incident: IncidentDetail,
  { questions, verdict }: IncidentQuestions,
  width: number | undefined,
): string {
  const { work, counts } = incident;
  const statuses = (["open", "acknowledged", "escalated", "closed"] as const).filter((status) => counts[status] > 0);
  const left = questions.filter(({ state, required }) => required && state !== "answered");
  const lines = [
    `${incident.title}  (${incident.key})`,
    `status    ${incident.status}: ${statuses.map((status) => `${counts[status]} ${status}`).join(", ")}`,
    `verdict   ${verdict.outcome}: ${verdict.text}`,
    `answered  ${verdict.answered} of ${verdict.required} required questions`,
    `hosts     ${incident.hosts.join(", ")}`,
    `assignee  ${work.assignee ?? "nobody"}`,
    ...(work.tags.length === 0 ? [] : [`tags      ${work.tags.join(", ")}`]),
    ...(work.closed === undefined
      ? []
      : [`closed    ${work.closed.at} as ${work.closed.reason} by ${work.closed.actor}`]),
    ...(work.reopened === undefined ? [] : [`reopened  ${work.reopened.at}: ${work.reopened.text}`]),
    "",
    left.length === 0 ? "Every required question is answered." : `Left to answer (${left.length}):`,
    ...left.map(({ text, subject, processes }) => {
      const open = processes.filter(({ required, answer }) => required === true && answer === undefined).length;
      return `  ${text}  (${subject}${open > 1 ? `, ${open} processes` : ""})`;
    }),
    "",
    `Alerts, the newest first: ${incident.items.length} of ${incident.total}`,
  ].map(visible);
  const alerts = table(
    ["time", "severity", "status", "host", "user", "process", "rule", "id"],
    incident.items.map(({ time, severity, status, host, user, process, rule, id }) => [
      ...[time, severity, status, host, user === undefined ? "" : accountLabel(user)],
      ...[process.name ?? "", rule.name, id],
    ]),
    width,
  );
  const history = incident.history.filter(({ change, work: of }) => change !== undefined || of !== undefined);
  const happened = history.map(({ at, alert, change, work: of }) =>
    visible(
      of === undefined
        ? `  ${at}  ${change?.actor}: ${alert?.ruleName} ${change?.incident ?? `${change?.from} → ${change?.to}`}`
        : `  ${at}  ${of.actor}: ${of.text}`,
    ),
  );
  const changes = happened.length === 0 ? ["Nobody has changed anything yet."] : ["History:", ...happened];
  if (incident.historyTruncationReason !== undefined) {
    changes.push(`Not all: ${incident.historyTruncationReason}.`);
  }
  return `${[...lines, alerts, "", ...changes].join("\n")}\n`;
}
