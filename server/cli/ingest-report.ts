import type { IngestSummary } from "#contracts/ingest";
import { visible } from "../lib/visible.ts";
import { describe } from "./command.ts";

/** Lines of one kind that are printed, and of those about one file. `--json` has more. */
const OF_KIND = 20;
const OF_FILE = 3;

/** The result of an ingest for people: the figures, and a few problems of each kind. */
export function readable(summary: IngestSummary): string {
  const { files, records, events, duplicates, processes, sessions, alerts, suppressed, seconds, resumed } = summary;
  const ignored = few(summary.ignored, [[OF_KIND, ({ reason }) => reason]]);
  const ofProblem = [
    [OF_KIND, ({ code }) => code],
    [OF_FILE, ({ code, at }) => `${code} ${at?.file ?? ""}`],
  ] as const satisfies readonly Limit<IngestSummary["rejected"][number]>[];
  const warnings = few(summary.warnings, ofProblem);
  const rejected = few(summary.rejected, ofProblem);
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

/** At most this many items with the same key. */
type Limit<T> = readonly [limit: number, keyOf: (item: T) => string];

/** The first items within all limits. */
function few<T>(items: readonly T[], limits: readonly Limit<T>[]): readonly T[] {
  const counts = limits.map(() => new Map<string, number>());
  return items.filter((item) => {
    const places = limits.map(([limit, keyOf], index) => ({ limit, key: keyOf(item), seen: counts[index] }));
    const isLeftOut = places.some(({ limit, key, seen }) => (seen?.get(key) ?? 0) >= limit);
    for (const { key, seen } of isLeftOut ? [] : places) {
      seen?.set(key, (seen.get(key) ?? 0) + 1);
    }
    return !isLeftOut;
  });
}
