import type { Coverage } from "#contracts/coverage";
import { channelsOf, type EventSourceId, eventSourceNames, providersOf, sourceLabel } from "#contracts/event-source";
import { and, type Condition, equals, or } from "../condition/tree.ts";
import type { Store } from "../store/port.ts";
import type { EvidenceSource } from "./playbook.ts";
import { clock, type ResolvedWindow } from "./window.ts";

export interface CoverageAnswer {
  readonly rows: readonly Coverage[];
  /** Whether the stored data could have shown a hit. */
  readonly able: boolean;
  /** Which data that is, or why it is not enough, as a sentence. */
  readonly sentence: string;
}

interface CoverageQuery {
  /** Undefined: all hosts. */
  readonly hosts?: readonly string[];
  /** The names of a host that the query excludes. */
  readonly except?: readonly string[];
  readonly shownBy: readonly EvidenceSource[];
  readonly window: ResolvedWindow;
}

/**
 * Distinguishes "no hits" from "no data". A source counts if it has ever written records of the needed kind on the
 * host, so that they are enabled, and has written anything in the window; for a query that looks ahead, anything after
 * the anchor.
 */
export async function coverageOf(store: Store, query: CoverageQuery): Promise<CoverageAnswer> {
  const { hosts, except, shownBy, window } = query;
  const inside = await store.events.coverage({ from: window.from, to: window.to, hosts });
  const aroundWindow = await store.events.coverage({
    from: moved(window.from, -margin),
    to: moved(window.to, margin),
    hosts,
  });
  const stored = inside
    .filter((row) => except?.includes(row.host) !== true)
    .map((row) => extendToEdges(row, aroundWindow, window));
  const where = hosts?.join(", ") ?? (except === undefined ? "any host" : `any host except ${except.join(", ")}`);
  const span =
    window.from === undefined || window.to === undefined
      ? "at all"
      : `between ${clock(window.from, true)} and ${clock(window.to, true)}`;
  if (stored.length === 0) {
    return { rows: [], able: false, sentence: `No events of ${where} are stored ${span}.` };
  }
  const rows = shownBy.length === 0 ? stored : await ableSources(store, stored, shownBy);
  if (rows.length === 0) {
    const needed = shownBy.map(nameOf).join(" or ");
    const have = [...new Set(stored.map((row) => sourceLabel(row.source)))].join(", ");
    return {
      rows: stored,
      able: false,
      sentence: `${needed} would show it, but none is stored for ${where}; in this window there is only ${have}.`,
    };
  }
  const looksAhead = window.to !== undefined && window.to > window.at;
  const later = rows.filter((row) => row.to === undefined || Date.parse(row.to) > window.at);
  if (looksAhead && later.length === 0) {
    const last =
      rows
        .flatMap((row) => row.to ?? [])
        .sort()
        .at(-1) ?? "";
    return {
      rows,
      able: false,
      sentence: `The records of ${where} end at ${clock(Date.parse(last), true)}, so later activity is unknown.`,
    };
  }
  const shown = looksAhead ? later : rows;
  const complete = shown.some(
    (row) =>
      Date.parse(row.from ?? "") <= (window.from ?? Infinity) && Date.parse(row.to ?? "") >= (window.to ?? -Infinity),
  );
  return {
    rows,
    able: true,
    sentence: `${described(shown)}, so ${complete ? "this" : "for that time this"} is conclusive.`,
  };
}

async function ableSources(
  store: Store,
  stored: readonly Coverage[],
  shownBy: readonly EvidenceSource[],
): Promise<readonly Coverage[]> {
  const rows: Coverage[] = [];
  for (const row of stored) {
    for (const source of shownBy.filter((candidate) => candidate.source === row.source)) {
      const found = await store.events.find({
        condition: and(
          equals("host.name", row.host, { caseInsensitive: true }),
          equals("event.code", source.code),
          recordedBy(source.source),
        ),
        limit: 1,
        order: "oldest-first",
      });
      if (found.total > 0) {
        rows.push({ ...row, source: nameOf(source) });
      }
    }
  }
  return rows;
}

/** How far outside of the window a record shows that a log was still active at its edge; milliseconds. */
const margin = 3_600_000;

function moved(time: number | undefined, by: number): number | undefined {
  return time === undefined ? undefined : time + by;
}

/**
 * A log is active between two of its records: if it continues beyond the window, it covers the window up to its edge.
 */
function extendToEdges(row: Coverage, aroundWindow: readonly Coverage[], window: ResolvedWindow): Coverage {
  const wide = aroundWindow.find((other) => other.host === row.host && other.source === row.source);
  const continues = (edge: number | undefined, time: string | undefined, direction: 1 | -1): boolean =>
    edge !== undefined && time !== undefined && (Date.parse(time) - edge) * direction > 0;
  return {
    ...row,
    from: continues(window.from, wide?.from, -1) ? new Date(window.from ?? 0).toISOString() : row.from,
    to: continues(window.to, wide?.to, 1) ? new Date(window.to ?? 0).toISOString() : row.to,
  };
}

/** Records of a source: by provider, or by channel when many providers write to it. */
function recordedBy(source: EventSourceId): Condition {
  const names = eventSourceNames[source];
  const providers = providersOf(names);
  return providers.length > 0
    ? or(...providers.map((name) => equals("event.provider", name, { caseInsensitive: true })))
    : or(...channelsOf(names).map((name) => equals("winlog.channel", name, { caseInsensitive: true })));
}

function nameOf({ source, code }: EvidenceSource): string {
  return `${sourceLabel(source)} ${code}`;
}

function described(rows: readonly Coverage[]): string {
  const parts = rows.slice(0, 3).map((row) => {
    const from = row.from === undefined ? undefined : Date.parse(row.from);
    const to = row.to === undefined ? undefined : Date.parse(row.to);
    if (from === undefined || to === undefined) {
      return `${sourceLabel(row.source)} covers ${row.host}`;
    }
    const sameDay = clock(from, true).slice(0, 10) === clock(to, true).slice(0, 10);
    return `${sourceLabel(row.source)} covers ${row.host} from ${clock(from, true)} to ${clock(to, !sameDay)}`;
  });
  const more = rows.length - parts.length;
  return `${parts.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
