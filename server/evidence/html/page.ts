import { type Bundle, bundleDataEnd, bundleDataStart, bundleLayout } from "#contracts/bundle";
import { bundleText } from "../seal.ts";
import { alertsHtml, byRuleHtml, rulesHtml } from "./alerts.ts";
import { attachedTextsHtml, questionsHtml, verdictHtml } from "./answers.ts";
import { count, duration, facts, none, time } from "./format.ts";
import { type Html, html, lines } from "./markup.ts";
import { type Anchors, processesHtml } from "./processes.ts";
import {
  auditHtml,
  coverageHtml,
  exceptionsHtml,
  hashesHtml,
  historyHtml,
  recordsHtml,
  timelineHtml,
} from "./record.ts";
import { style } from "./style.ts";

/**
 * The page that shows a bundle, and contains it. Equal bundles have equal pages. Its policy permits its own style
 * alone: nothing is loaded and nothing runs, wherever the file is opened.
 */
export function bundlePage(bundle: Bundle): string {
  const { sections, made } = bundle;
  const anchors: Anchors = {
    alerts: new Map(sections.alerts.map(({ id }, index) => [id, index + 1])),
    records: new Map(sections.records.map(({ eventId }, index) => [eventId, index + 1])),
    attachments: new Map(sections.attachments?.map(({ sha256 }, index) => [sha256, index + 1])),
  };
  const parts = partsOf(bundle, anchors);
  const { incident } = sections;
  const total = Object.values(incident.counts).reduce((sum, one) => sum + one, 0);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Stemma, layout ${bundleLayout}">
<title>${incident.title} · evidence bundle</title>
<style>
${{ html: style }}
</style>
</head>
<body>
<header>
<p class="kind">Evidence bundle</p>
<h1>${incident.title}</h1>
${facts([
  ["Status", incident.status],
  ["Hosts", incident.hosts.join(", ")],
  ["Users", incident.users.join(", ")],
  ["First alert (UTC)", time(incident.from)],
  ["Last alert (UTC)", time(incident.to)],
  ["Duration", duration(incident.from, incident.to)],
  ["Alerts", `${count(total, "alert")} of ${count(sections.rules.length, "rule")}`],
  ["Made (UTC)", html`${time(made.at)} by ${made.by}`],
  ["Made with", made.with],
])}
</header>
<nav aria-label="Contents"><ol>${parts.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>
<main>
${parts.map(
  ({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${body}
</section>
`,
)}</main>
<footer>All times are in UTC. Texts come from logs and from people; characters that would hide or reorder text are shown by their number, such as <mark>U+202E</mark>.</footer>
${{ html: bundleDataStart }}${{ html: bundleText(bundle) }}${{ html: bundleDataEnd }}
</body>
</html>
`;
  return page.html;
}

interface Part {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

function partsOf(bundle: Bundle, anchors: Anchors): readonly Part[] {
  const { incident, answers, alerts, rules, processes, timeline, coverage, exceptions, audit, records, attachments } =
    bundle.sections;
  return [
    { id: "summary", title: "Summary", body: summaryHtml(bundle) },
    {
      id: "questions",
      title: `Questions and answers (${answers.questions.length})`,
      body: questionsHtml(answers.questions, anchors),
    },
    { id: "processes", title: `Processes (${processes.nodes.length})`, body: processesHtml(processes, anchors) },
    { id: "alerts", title: `Alerts (${alerts.length})`, body: alertsHtml(alerts, anchors) },
    { id: "rules", title: `Rules (${rules.length})`, body: rulesHtml(rules) },
    { id: "timeline", title: `Timeline (${timeline.items.length})`, body: timelineHtml(timeline, anchors) },
    { id: "coverage", title: "Coverage of the logs", body: coverageHtml(coverage, incident) },
    { id: "exceptions", title: `Exceptions (${exceptions.length})`, body: exceptionsHtml(exceptions) },
    { id: "records", title: `Source records (${records.length})`, body: recordsHtml(records) },
    ...(attachments === undefined
      ? []
      : [{ id: "attachments", title: `Pasted texts (${attachments.length})`, body: attachedTextsHtml(attachments) }]),
    { id: "history", title: "History", body: historyHtml(incident.history, anchors) },
    { id: "audit", title: `Audit trail (${audit.records.length})`, body: auditHtml(audit) },
    { id: "hashes", title: "Hashes, limits, verification", body: hashesHtml(bundle) },
  ];
}

function summaryHtml({ sections: { incident, answers, alerts }, omitted }: Bundle): Html {
  const { work, counts, techniques, merged, removed } = incident;
  return html`${verdictHtml(answers)}
${byRuleHtml(alerts)}
<h3>Techniques (MITRE ATT&amp;CK)</h3>
${
  techniques.length === 0
    ? none("No rule of these alerts names one.")
    : html`<ul>${techniques.map(({ id, name, tactic, alerts: of }) => html`<li>${id} ${name}${tactic !== undefined && `, ${tactic}`}: ${count(of, "alert")}</li>`)}</ul>`
}
<h3>Work on it</h3>
${facts([
  [
    "Status",
    html`${incident.status} (${(["open", "acknowledged", "escalated", "closed"] as const).flatMap((status) => (counts[status] === 0 ? [] : [`${counts[status]} ${status}`])).join(", ")})`,
  ],
  ["Assignee", work.assignee ?? "nobody"],
  ["Tags", work.tags.join(", ")],
  [
    "Closed",
    work.closed &&
      html`as ${work.closed.reason}${work.closed.duplicateOf !== undefined && html` of alert <span class="mono">${work.closed.duplicateOf}</span>`}${work.closed.overridden === true && html`, <b>against the verdict</b>,`} by ${work.closed.actor}, ${time(work.closed.at)}${work.closed.note !== undefined && html`: ${lines(work.closed.note)}`}`,
  ],
  ["Reopened", work.reopened && html`${time(work.reopened.at)}: ${lines(work.reopened.text)}`],
  ["Incident", html`<span class="mono">${incident.key}</span>`],
])}
${merged.map(({ key, alerts, at, actor, reason }) => html`<p>Merged by ${actor}, ${time(at)}: ${count(alerts, "alert")} of <span class="mono">${key}</span>. ${lines(reason)}</p>`)}
${removed.map(({ ruleName, at, actor, reason }) => html`<p>Removed by ${actor}, ${time(at)}: an alert of ${ruleName}. ${lines(reason)}</p>`)}
${
  work.comments.length === 0
    ? none("Nobody has commented.")
    : html`<h3>Comments</h3>${work.comments.map(({ actor, at, text }) => html`<article><p class="soft">${actor}, ${time(at)}</p><p class="said">${lines(text)}</p></article>`)}`
}
${omitted.length > 0 && html`<p class="note">Not everything is in this file: <a href="#hashes">what was left out</a>.</p>`}`;
}
