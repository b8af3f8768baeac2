import type { ShiftReport, ShiftTactic, TimeToTriage } from "#contracts/shift-report";
import { markdownText } from "../../lib/markdown-text.ts";

/** Rules with a row of their own. */
const MOST_RULES = 25;

const number = (value: number) => value.toLocaleString("en");
const counted = (value: number, one: string) => `${number(value)} ${value === 1 ? one : `${one}s`}`;
const both = ({ alerts, incidents }: { readonly alerts: number; readonly incidents: number }) =>
  `${counted(alerts, "alert")} in ${counted(incidents, "incident")}`;

/** The report as Markdown, with times in a time zone. Every value from outside is escaped. */
export function reportMarkdown(report: ShiftReport, zone: string): string {
  const time = timeIn(zone);
  const { opened, closed, escalated, reopened, open, triage } = report;
  const sections = [
    `# Shift report\n\n${time(report.range.from)} to ${time(report.range.to)} (${zone}), made at ${time(report.madeAt)}.`,
    section("Summary", [
      list([
        `Opened: ${both(opened)}, ${number(opened.newIncidents)} of them new`,
        `Closed: ${counted(closed.alerts, "alert")}; ${counted(closed.incidents, "incident")} left without open alerts`,
        `Escalated: ${both(escalated)}`,
        ...(reopened.alerts > 0 ? [`Reopened: ${both(reopened)}`] : []),
        `Open at the end: ${both(open)}${open.alerts === 0 ? "" : ` (${open.byStatus.map(({ status, alerts }) => `${number(alerts)} ${status}`).join(", ")})`}`,
      ]),
    ]),
    section("Closed", [
      table(
        ["Reason", "Alerts", "Incidents"],
        closed.byReason.map(({ reason, alerts, incidents }) => [
          reason ?? "not recorded",
          number(alerts),
          number(incidents),
        ]),
        "Nothing was closed.",
      ),
      closed.alerts === 0
        ? ""
        : table(
            ["Verdict", "Alerts", "Incidents"],
            closed.byVerdict.map(({ verdict, alerts, incidents }) => [
              verdict ?? "none (closed without a playbook, or by a rule or an exception)",
              number(alerts),
              number(incidents),
            ]),
            "",
          ),
      closed.againstVerdict === 0 ? "" : `${counted(closed.againstVerdict, "alert")} closed against the verdict.`,
    ]),
    section("Time to triage", [
      "From being raised to the first act of a person: a change of status, an answer, or work on the incident.",
      list([triageText("Alerts", triage.alerts), triageText("New incidents", triage.incidents)]),
    ]),
    section("Handed over", [
      table(
        ["Incident", "Status", "Assignee", "Open alerts", "Open since", "Left to answer", "Verdict so far"],
        report.handedOver.items.map(({ title, status, assignee, alerts, since, left }) => [
          markdownText(title),
          status,
          assignee === undefined ? "nobody" : markdownText(assignee),
          number(alerts),
          time(since),
          left === undefined ? "unknown" : `${number(left.required - left.answered)} of ${number(left.required)}`,
          left?.outcome ?? "unknown",
        ]),
        "No open incident is escalated or assigned.",
      ),
      ofTotal(report.handedOver.items.length, report.handedOver.total, "incident"),
    ]),
    section("Noisiest rules", [
      table(
        ["Rule", "Severity", "Alerts", "Incidents", "False positives / closed"],
        report.rules.items
          .slice(0, MOST_RULES)
          .map(({ name, severity, raised, incidents, closed: ended }) => [
            markdownText(name),
            severity,
            number(raised),
            number(incidents),
            ended.total === 0 ? "none closed" : `${number(ended.falsePositive)} / ${number(ended.total)}`,
          ]),
        "No rule raised an alert, and none was closed.",
      ),
      ofTotal(Math.min(report.rules.items.length, MOST_RULES), report.rules.total, "rule"),
    ]),
    section("ATT&CK", [
      report.matrix.length === 0
        ? "No alert was raised by a rule that names a technique."
        : list(report.matrix.map(tacticText)),
    ]),
    section("Exceptions", [
      table(
        ["Exception", "Mode", "Saved", "By", "Applies to", "Hits"],
        report.exceptions.map(({ name, mode, at, actor, rules, hits, disabled }) => [
          markdownText(name),
          disabled ? `${mode}, disabled` : mode,
          time(at),
          markdownText(actor),
          markdownText(rules),
          number(hits),
        ]),
        "No exception was saved.",
      ),
    ]),
    ...(report.people === undefined
      ? []
      : [
          section("People", [
            table(
              ["Name", "Answers", "Closed", "Escalated", "Acknowledged or reopened", "Incident changes", "Exceptions"],
              report.people.map((one) => [
                markdownText(one.name),
                ...[one.answers, one.closed, one.escalated, one.otherStatus, one.incidentChanges, one.exceptions].map(
                  number,
                ),
              ]),
              "Nobody did anything.",
            ),
          ]),
        ]),
  ];
  return `${sections.join("\n\n")}\n`;
}

function section(title: string, parts: readonly string[]): string {
  return [`## ${title}`, ...parts.filter((part) => part !== "")].join("\n\n");
}

const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join("\n");

function table(head: readonly string[], rows: readonly (readonly string[])[], empty: string): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return rows.length === 0 ? empty : [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function ofTotal(shown: number, total: number, what: string): string {
  return shown < total ? `${number(shown)} of ${counted(total, what)}.` : "";
}

function triageText(what: string, { count, acted, median, p90, waiting, automatic }: TimeToTriage): string {
  const times =
    median === undefined || p90 === undefined
      ? ""
      : `, median ${durationText(median)}, nine of ten within ${durationText(p90)}`;
  return `${what}: ${number(acted)} of ${number(count)} acted on${times}; ${number(waiting)} waiting, ${number(automatic)} closed without a person`;
}

function tacticText({ tactic, alerts, techniques }: ShiftTactic): string {
  const named = techniques.map(
    (one) =>
      `${markdownText(one.id === undefined || one.id === one.name ? one.name : `${one.id} ${one.name}`)} (${number(one.alerts)})`,
  );
  return `${tactic === undefined ? "No tactic named" : markdownText(tactic)}, ${counted(alerts, "alert")}: ${named.join(", ")}`;
}

/** `4 min`, `1 h 5 min`, `2 d 3 h`. */
export function durationText(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) {
    return `${Math.round(milliseconds / 1000)} s`;
  }
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const parts = [
    [days, "d"],
    [hours, "h"],
    [rest, "min"],
  ].filter(([value]) => value !== 0);
  return parts
    .slice(0, 2)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}

/** `2026-06-17 10:00` in a time zone. */
function timeIn(zone: string): (iso: string) => string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" },
    timeZone: zone,
  });
  return (iso) => format.format(new Date(iso));
}
