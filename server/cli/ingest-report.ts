import type { IngestSummary } from "#contracts/ingest";
import { visible } from "../lib/visible.ts";
import { describe } from "./command.ts";
import { fewProblems, OF_KIND, within } from "./few.ts";

/** The result of an ingest for people: the figures, and a few problems of each kind. */
export function readable(summary: IngestSummary): string {
  const { files, records, events, duplicates, processes, sessions, alerts, suppressed, seconds, resumed } = summary;
  const ignored = summary.ignored.filter(within([[OF_KIND, ({ reason }) => reason]]));
  const warnings = summary.warnings.filter(within(fewProblems));
  const rejected = summary.rejected.filter(within(fewProblems));
  const more = [
    others(summary.ignoredTotal - ignored.length, "that were ignored"),
    others(summary.warningsTotal - warnings.length, "warnings"),
    others(summary.rejectedTotal - rejected.length, "that could not be read"),
  ] as const;
  const lines = [
    ...(resumed === undefined
      ? []
      : [`resumed ${resumed === 1 ? "once" : `${resumed} times`}; all figures are of the whole`]),
    `${files} files, ${records} records: ${events} new events, ${duplicates} stored already`,
    `${processes} processes, ${sessions} logon sessions`,
    `${alerts} alerts${suppressed > 0 ? `, ${suppressed} hidden by exceptions` : ""}`,
    `${seconds.toFixed(1)} s${seconds > 0 ? `, ${Math.round(events / seconds)} events/s` : ""}`,
    ...ignored.map(({ file, reason }) => `ignored: ${file}: ${reason}`),
    ...more[0],
    ...warnings.map((problem) => `warning: ${describe(problem)}`),
    ...more[1],
    ...rejected.map((problem) => `not read: ${describe(problem)}`),
    ...more[2],
    ...(more.flat().length > 0
      ? ["More of them: stemma ingest --list --json, or the page Ingest of the workbench."]
      : []),
  ];
  if (summary.state === "interrupted") {
    lines.push(
      `Interrupted${summary.file === undefined ? "" : ` in ${summary.file}`}. What is counted above is stored. Run the same command again to continue.`,
    );
  }
  return `${lines.map(visible).join("\n")}\n`;
}

function others(count: number, what: string): readonly string[] {
  return count > 0 ? [`… and ${count} more ${what}`] : [];
}
