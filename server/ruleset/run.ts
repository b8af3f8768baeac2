import type { Coverage } from "#contracts/coverage";
import type { RuleHit } from "#contracts/rule-draft";
import { withGraphFields } from "../alerting/graph-event.ts";
import { relax } from "../condition/relax.ts";
import { always, or } from "../condition/tree.ts";
import { membersOf } from "../detection/correlation/finding.ts";
import { createDetector } from "../detection/detector.ts";
import { graphFields } from "../detection/graph-fields.ts";
import type { Rule } from "../detection/rule.ts";
import type { SequenceFinding } from "../detection/sequence/run.ts";
import { type StemmaEvent, textOf } from "../event/event.ts";
import type { TimeRange } from "../store/events/port.ts";
import type { Store } from "../store/port.ts";
import { addUp, totalOf } from "./evictions.ts";
import { conditionsOf } from "./indicators.ts";

/** The store prefilters for at most this many rules; for more it would hardly exclude anything. */
const maxPrefilteredRules = 8;
/** A longer run stops and reports how far it came; milliseconds. */
const maxRunMilliseconds = 120_000;
/** Findings per rule kept for comparing two versions. */
const maxComparedHits = 200_000;

export interface RuleFindings {
  readonly rule: Rule;
  readonly hits: number;
  readonly listed: readonly RuleHit[];
  /** Joined event ids of the findings: as many as are listed or, for comparing, at most `maxComparedHits`. */
  readonly keys: ReadonlyMap<string, RuleHit>;
}

export interface RunProgress {
  /** Stored events in the period. */
  readonly events: number;
  readonly sources: readonly string[];
  /** First and last stored event in the period, and the last one tested; epoch milliseconds. */
  readonly span?: { readonly from: number; readonly to: number };
  readonly until?: number;
  readonly rules: readonly RuleFindings[];
  /** Why counts are not exact, or why the run ended early. */
  readonly truncationReason?: string;
}

interface Counting {
  readonly rule: Rule;
  hits: number;
  readonly keys: Map<string, RuleHit>;
}

/**
 * Runs rules over stored events with the detector and the engines of an ingest, from an empty state and in
 * time order. Creates no alerts and ignores exceptions. Hits are per record or set of records, so there are
 * more hits than alerts, which are per process.
 */
export async function runRules(
  store: Store,
  rules: readonly Rule[],
  options: TimeRange & {
    readonly limit: number;
    /** Epoch milliseconds: a sequence with a missing event at its end is complete once this is past its span. */
    readonly now: number;
    /** Keeps what it takes to compare the findings of the rules. */
    readonly compare?: boolean;
    readonly signal?: AbortSignal;
    readonly onProgress: (progress: () => RunProgress) => void;
  },
): Promise<RunProgress> {
  const started = performance.now();
  const { from, to, limit, compare = false, signal, onProgress } = options;
  const kept = compare ? maxComparedHits : limit;
  const detector = createDetector(rules);
  const sequences = detector.sequences.start();
  const correlations = detector.correlations.start();
  const counting = new Map(rules.map((rule): readonly [Rule, Counting] => [rule, { rule, hits: 0, keys: new Map() }]));
  const coverage = await store.events.coverage({ from, to });
  const events = coverage.reduce((sum, row) => sum + row.events, 0);
  const span = spanOf(coverage);
  const any = rules.length > maxPrefilteredRules ? always : or(...rules.flatMap(({ body }) => conditionsOf(body)));
  const condition = relax(any, graphFields);
  let until: number | undefined;
  // A run can hit several limits; none may hide another.
  const limits = new Set<string>();
  const progress = (): RunProgress => ({
    events,
    sources: [...new Set(coverage.map(({ source }) => source))].sort(),
    span,
    until,
    rules: [...counting.values()].map(({ rule, hits, keys }) => ({
      rule,
      hits,
      listed: [...keys.values()].slice(0, limit),
      keys,
    })),
    ...(limits.size === 0 ? {} : { truncationReason: [...limits].join(" ") }),
  });
  const found = (rule: Rule, ids: readonly string[], last: StemmaEvent) => {
    const one = counting.get(rule);
    if (one === undefined) {
      return;
    }
    one.hits += 1;
    if (one.keys.size < kept) {
      one.keys.set(ids.join(" "), hitOf(last, ids));
    } else if (compare) {
      limits.add(
        `More than ${maxComparedHits.toLocaleString("en")} hits of one rule: further hits are counted but not compared.`,
      );
    }
  };
  const foundTogether = async (findings: readonly Pick<SequenceFinding, "rule" | "members">[], now?: StemmaEvent) => {
    for (const { rule, members } of findings) {
      const ids = members.map(({ id }) => id);
      const last = ids.at(-1) === now?.id ? now : await store.events.get(ids.at(-1) ?? "");
      if (last !== undefined) {
        found(rule, ids, last);
      }
    }
  };
  for await (const batch of store.events.scan({ condition, from, to })) {
    for (const event of batch) {
      for (const { rule, tentative } of detector.test(event)) {
        if (tentative !== true || detector.confirm(rule, (await withGraphFields(store.lineage, event)).event)) {
          found(rule, [event.id], event);
        }
      }
      await foundTogether(sequences.apply(event, detector.sequences.match(event.fields)), event);
      const inputs = detector.correlations.match(event);
      if (inputs.length > 0) {
        correlations.apply(event, inputs);
      }
    }
    until = batch.at(-1)?.time ?? until;
    onProgress(progress);
    if (signal?.aborted === true) {
      limits.add(stoppedAt("Stopped", until));
      return progress();
    }
    if (performance.now() - started > maxRunMilliseconds) {
      limits.add(stoppedAt(`Stopped after ${maxRunMilliseconds / 1000} seconds`, until));
      return progress();
    }
  }
  until = span?.to;
  await foundTogether(sequences.advanceTime(options.now));
  const counted = correlations.collectFindings(options.now).findings;
  await foundTogether(counted.map(({ rule, finding: found }) => ({ rule, members: membersOf(found) })));
  const evicted = totalOf(addUp([sequences.evicted, correlations.evicted]));
  if (evicted > 0) {
    limits.add(
      `${evicted.toLocaleString("en")} partial sequences or counts were evicted because too many were open at once.`,
    );
  }
  return progress();
}

/** Why a run covers only a part of the stored events: those up to `until`, in epoch milliseconds. */
export function stoppedAt(why: string, until: number | undefined): string {
  return until === undefined
    ? `${why} before the first event.`
    : `${why}: covers events up to ${new Date(until).toISOString()}.`;
}

/** From the first to the last stored event; undefined without any. */
function spanOf(coverage: readonly Coverage[]): RunProgress["span"] {
  const times = coverage.flatMap((row) =>
    [row.from, row.to].flatMap((time) => (time === undefined ? [] : Date.parse(time))),
  );
  return times.length === 0
    ? undefined
    : {
        from: times.reduce((least, time) => Math.min(least, time)),
        to: times.reduce((most, time) => Math.max(most, time)),
      };
}

function hitOf(event: StemmaEvent, eventIds: readonly string[]): RuleHit {
  return {
    eventIds: [...eventIds],
    time: new Date(event.time).toISOString(),
    host: textOf(event.fields, "host.name") ?? "",
    user: textOf(event.fields, "user.effective.name") ?? textOf(event.fields, "user.name"),
    process: textOf(event.fields, "process.name"),
    commandLine: textOf(event.fields, "process.command_line"),
  };
}
