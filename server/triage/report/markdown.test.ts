import fc from "fast-check";
import { marked } from "marked";
import { expect, it } from "vitest";
import type { ShiftReport } from "#contracts/shift-report";
import { markdownText } from "../../lib/markdown-text.ts";
import { durationText, reportMarkdown } from "./markdown.ts";

const times = { count: 2, acted: 1, median: 65 * 60_000, p90: 65 * 60_000, waiting: 1, automatic: 0 };

function reportWith(value: string): ShiftReport {
  return {
    range: { from: "2026-06-17T06:00:00.000Z", to: "2026-06-17T14:00:00.000Z" },
    madeAt: "2026-06-17T14:02:10.000Z",
    opened: { alerts: 2, incidents: 1, newIncidents: 1 },
    closed: {
      ...{ alerts: 1, incidents: 0, againstVerdict: 1 },
      byReason: [{ reason: "false-positive", alerts: 1, incidents: 0 }],
      byVerdict: [{ alerts: 1, incidents: 0 }],
    },
    escalated: { alerts: 1, incidents: 1 },
    reopened: { alerts: 1, incidents: 1 },
    triage: { alerts: times, incidents: { count: 1, acted: 0, waiting: 1, automatic: 0 } },
    open: { alerts: 1, incidents: 1, byStatus: [{ status: "escalated", alerts: 1, incidents: 1 }] },
    rules: {
      items: [
        { id: "r", name: value, severity: "high", raised: 2, incidents: 1, closed: { total: 1, falsePositive: 1 } },
      ],
      total: 1,
    },
    matrix: [{ tactic: value, alerts: 2, techniques: [{ id: value, name: value, alerts: 2, incidents: 1 }] }],
    handedOver: {
      items: [
        {
          ...{ key: "k", title: value, severity: "high", status: "escalated", assignee: value, alerts: 1 },
          since: "2026-06-17T06:12:30.000Z",
          left: { outcome: "malicious", required: 17, answered: 15 },
        },
      ],
      total: 3,
    },
    exceptions: [
      {
        id: "e",
        name: value,
        mode: "shadow",
        at: "2026-06-17T07:00:00.000Z",
        actor: value,
        rules: value,
        hits: 2,
        disabled: true,
      },
    ],
    people: [{ name: value, answers: 1, closed: 2, escalated: 3, otherStatus: 4, incidentChanges: 5, exceptions: 6 }],
  };
}

/** The tags of the HTML that a renderer makes of it, without their content. */
const tagsOf = (markdown: string) =>
  [...marked.parse(markdown, { async: false }).matchAll(/<[^>]*>/g)].map(([tag]) => tag);

it("says what happened, with times in the zone that was asked for", () => {
  const text = reportMarkdown(reportWith("Rule one"), "Europe/Berlin");
  for (const line of [
    "2026-06-17 08:00 to 2026-06-17 16:00 (Europe/Berlin), made at 2026-06-17 16:02.",
    "- Opened: 2 alerts in 1 incident, 1 of them new",
    "- Closed: 1 alert; 0 incidents left without open alerts",
    "- Open at the end: 1 alert in 1 incident (1 escalated)",
    "| false-positive | 1 | 0 |",
    "- Alerts: 1 of 2 acted on, median 1 h 5 min, nine of ten within 1 h 5 min; 1 waiting, 0 closed without a person",
    "- New incidents: 0 of 1 acted on; 1 waiting, 0 closed without a person",
    "| Rule one | escalated | Rule one | 1 | 2026-06-17 08:12 | 2 of 17 | malicious |",
    "1 of 3 incidents.",
    "| Rule one | high | 2 | 1 | 1 / 1 |",
    "| Rule one | shadow, disabled | 2026-06-17 09:00 | Rule one | Rule one | 2 |",
    "| Rule one | 1 | 2 | 3 | 4 | 5 | 6 |",
  ]) {
    expect(text.split("\n")).toContain(line);
  }
});

it.each([
  "<script>alert(1)</script>",
  "![x](http://192.0.2.1/a.png)",
  "[x](javascript:alert(1))",
  "https://192.0.2.1/x www.example.net",
  "a | b | c",
  "a\n\n# heading\n- item",
  "`code` **bold** _x_ ~~y~~",
  "- item",
  "1. item",
  "# heading",
  "> quote",
  "===",
  "&lt;b&gt; &copy;",
  "\\",
  "@everyone",
  "\u202etxt.exe\u0000",
])("renders %j as text, with the same elements as a plain name", (value) => {
  expect(tagsOf(reportMarkdown(reportWith(value), "UTC"))).toEqual(tagsOf(reportMarkdown(reportWith("plain"), "UTC")));
});

it("renders any text as text, in a table and in a list", () => {
  const lists = (value: string) =>
    tagsOf(`| a | b |\n| --- | --- |\n| ${markdownText(value)} | x |\n\n- ${markdownText(value)}\n`);
  const plain = lists("plain");
  const pieces = fc.constantFrom(
    ..."\\`*_{}[]()<>#+-.!|~&@:/=\"'$^ \n\t\r0a1w",
    "http://",
    "www.",
    "\\|",
    "&amp;",
    "a@b.cd",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      // A bare address of a mail is the one thing that renderers make a link of without any sign that can be escaped.
      expect(lists(parts.join("")).filter((tag) => !/^<a href="mailto:|^<\/a>/.test(tag))).toEqual(plain);
    }),
    { numRuns: 2_000 },
  );
});

it("shows the value itself once it is rendered", () => {
  const html = marked.parse(`- ${markdownText("a|b <i> *c* C:\\x #1 https://x.example")}`, { async: false });
  expect(html).toBe("<ul>\n<li>a|b &lt;i&gt; *c* C:\\x #1 https://x.example</li>\n</ul>\n");
});

it.each([
  [400, "0 s"],
  [59_400, "59 s"],
  [60_000, "1 min"],
  [3_900_000, "1 h 5 min"],
  [86_400_000 + 60_000, "1 d 1 min"],
  [3 * 86_400_000 + 7_200_000 + 60_000, "3 d 2 h"],
])("writes %d ms as %s", (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});
