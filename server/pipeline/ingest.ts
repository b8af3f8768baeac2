import { setTimeout } from "node:timers/promises";
import type { IngestSummary } from "#contracts/ingest";
import type { Problem } from "#contracts/problem";
import { raise } from "../alerting/raise.ts";
import { refreshAlerts } from "../alerting/refresh.ts";
import type { Detector, Hit } from "../detection/rule.ts";
import { activeExceptions } from "../exception/active.ts";
import { type ReadBatch, type ReadOptions, readEvents } from "../ingest/read.ts";
import { applyFacts } from "../lineage/apply-events.ts";
import type { EventFact } from "../lineage/group-facts.ts";
import { EvictionLedger } from "../ruleset/evictions.ts";
import { hostsOf, packedReader } from "../store/events/packed-events.ts";
import { StoreFailure } from "../store/failure.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { CorrelationRunner } from "./correlation-runner.ts";
import { IngestCounters, type Written } from "./counters.ts";
import { isLarge } from "./input-size.ts";
import { factAt } from "./packed-facts.ts";
import { PendingHits } from "./pending-hits.ts";
import { hitOf, type Prepared, prepareAll } from "./prepare.ts";
import { prepareInThread } from "./prepare-in-thread.ts";
import { withRetryTimeout } from "./retry-timeout.ts";
import { type ArrivedEvent, SequenceRunner } from "./sequence-runner.ts";

/** Events per write: each is durable when the next one begins. */
const BATCH = 8_000;
/** How often a waiting ingest asks whether it is its turn, in milliseconds. */
const TURN_INTERVAL = 250;
/** How long an ingest waits for a store that is gone, in milliseconds. */
const PATIENCE = 300_000;

export interface IngestProgress {
  /**
   * `waiting`: another ingest writes to the store; this one goes on when that has finished. `store-lost`: the store does not
   * answer; this one goes on when it does.
   */
  readonly phase: "waiting" | "reading" | "finishing" | "store-lost";
  readonly file?: string;
  readonly summary: IngestSummary;
}

export interface IngestRequest {
  readonly store: Store;
  readonly detector: Detector;
  /** Files, folders, archives; `-` is `read.stdin`. */
  readonly paths: readonly string[];
  readonly actor: string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly newId?: () => string;
  readonly onProgress?: (progress: IngestProgress) => void;
  /** Stops after the batch that is being written; what was written stays. */
  readonly signal?: AbortSignal;
  readonly read?: ReadOptions;
  /** What rules over several events may hold while they wait: see `defaultMemory`. */
  readonly sequenceMemory?: number;
  /** How long to wait for a store that is gone (a server that is restarted), in milliseconds. */
  readonly patience?: number;
  /** Whether to read in a thread of its own; left out: where there is enough to read. */
  readonly thread?: boolean;
  /** Instead of reading `paths`: they are then only names for the summary. */
  readonly batches?: AsyncIterable<ReadBatch>;
}

/**
 * From files to stored events, processes and alerts: the one way in. Each batch is one write (append, lineage, detection,
 * alerts, summary), so a process killed at any moment loses and doubles nothing; ingesting the same paths again goes on
 * where it stopped, as known events are skipped before anything else is done with them. Bad input never stops it: see
 * `rejected` of the summary. A store that is gone is waited for, and the write under way is done again; one that fails, or
 * stays away, ends the run as "interrupted" with the failure among `rejected`.
 */
export async function ingest(request: IngestRequest): Promise<IngestSummary> {
  const { store, clock, signal } = request;
  const startedAt = clock();
  const before = await store.lineage.counts();
  const tally = new IngestCounters({
    id: (request.newId ?? (() => crypto.randomUUID()))(),
    startedAt,
    actor: request.actor,
    paths: request.paths,
  });
  const report = (phase: IngestProgress["phase"], file?: string) =>
    request.onProgress?.({ phase, file, summary: tally.summary("running", clock()) });

  let turn = await takeTurn(store, signal, () => report("waiting"));
  if (turn.kind === "none") {
    if (turn.problem !== undefined) {
      tally.problem({ severity: "rejected", problem: turn.problem });
    }
    return tally.summary("interrupted", clock());
  }
  try {
    await store.write(async (transaction) => {
      await transaction.ingests.put(tally.summary("running", clock()));
      await transaction.audit.append({
        at: clock(),
        actor: request.actor,
        action: "ingest.start",
        subject: { kind: "ingest", id: tally.id },
        after: { paths: request.paths },
      });
    });
    const hosts = new Set<string>();
    let watches = await openWatches(request);
    const patiently = withRetryTimeout({
      atMost: request.patience ?? PATIENCE,
      signal,
      onWaiting: () => report("store-lost"),
      async resume(seconds) {
        // What is in memory may be ahead of the store by the write that failed.
        tellOf(watches);
        watches = await openWatches(request);
        await turn.release();
        turn = await takeTurn(store, signal, () => report("waiting"));
        tally.problem({ severity: "warning", problem: wasAway(seconds) });
      },
    });
    for await (const { file, batches } of gathered(prepared(request), tally)) {
      tally.count(
        await patiently(() =>
          store.write((transaction) => takeIn(transaction, batches, { ...request, watches }, tally, hosts)),
        ),
      );
      countAlerts(await patiently(async () => watches.correlations?.passBy(clock())));
      report("reading", file);
      if (signal?.aborted === true) {
        return await patiently(() => finish("interrupted"));
      }
    }
    report("finishing");
    countAlerts(await patiently(async () => watches.sequences?.finish(clock())));
    countAlerts(await patiently(async () => watches.correlations?.settle(clock())));
    tally.count({ events: 0, duplicates: 0, ...(await patiently(() => watches.tentative.settle(clock()))) });
    tellOf(watches);
    await patiently(() => refreshAlerts(store, [...hosts]));
    return await patiently(() => finish("done"));
  } catch (error) {
    if (!(error instanceof StoreFailure)) {
      throw error;
    }
    tally.problem({ severity: "rejected", problem: error.problem });
    return tally.summary("interrupted", clock());
  } finally {
    await turn.release();
  }

  /** What the bounds of the memory of rules cost. */
  function tellOf({ sequences, correlations, tentative }: Watches): void {
    for (const watch of [sequences, correlations, tentative]) {
      const problem = watch?.problem();
      if (problem !== undefined) {
        tally.problem({ severity: "warning", problem });
      }
    }
  }

  function countAlerts(alerts = 0): void {
    tally.count({ events: 0, duplicates: 0, alerts, suppressed: 0 });
  }

  async function finish(state: "done" | "interrupted"): Promise<IngestSummary> {
    const after = await store.lineage.counts();
    // Twins that were joined can make it fewer than there were.
    tally.processes = Math.max(0, after.processes - before.processes);
    tally.sessions = Math.max(0, after.sessions - before.sessions);
    const summary = tally.summary(state, clock());
    await store.write(async (transaction) => {
      await transaction.ingests.put(summary);
      await transaction.audit.append({
        at: clock(),
        actor: request.actor,
        action: state === "done" ? "ingest.finish" : "ingest.stop",
        subject: { kind: "ingest", id: summary.id },
        after: { events: summary.events, alerts: summary.alerts, rejected: summary.rejectedTotal },
      });
    });
    return summary;
  }
}

/** Large inputs are read and prepared in a thread of their own; the result is the same. */
async function* prepared({ batches, paths, read = {}, detector, thread }: IngestRequest): AsyncGenerator<Prepared> {
  const inThread = batches === undefined && !paths.includes("-") && (thread ?? (await isLarge(paths)));
  if (inThread) {
    const { stdin: _, ...options } = read;
    yield* prepareInThread({ paths, read: options, rules: detector.rules });
  } else {
    yield* prepareAll(batches ?? readEvents(paths, read), detector);
  }
}

/** What carries rules that need more than one event through the ingest. */
interface Watches {
  readonly sequences: SequenceRunner | undefined;
  readonly correlations: CorrelationRunner | undefined;
  readonly tentative: PendingHits;
}

async function openWatches({ store, detector, clock, sequenceMemory }: IngestRequest): Promise<Watches> {
  const ledger = await EvictionLedger.open(store.engineState);
  return {
    sequences: await SequenceRunner.open(store, detector.sequences, ledger, sequenceMemory),
    correlations: await CorrelationRunner.open(store, detector.correlations, ledger, clock(), sequenceMemory),
    tentative: new PendingHits(store, detector),
  };
}

function wasAway(seconds: number): Problem {
  return {
    code: "ingest.store-reconnected",
    message: `the store did not answer for ${Math.round(seconds)} s; the write under way was done again, nothing is lost`,
  };
}

async function takeIn(
  transaction: StoreTransaction,
  batches: readonly Prepared[],
  { store, detector, clock, watches }: IngestRequest & { readonly watches: Watches },
  tally: IngestCounters,
  hosts: Set<string>,
): Promise<Written> {
  const counted = { events: 0, duplicates: 0, alerts: 0, suppressed: 0 };
  const told: EventFact[] = [];
  const hits: Hit[] = [];
  const tentative: Hit[] = [];
  const arrived: ArrivedEvent[] = [];
  const taken = await transaction.events.append(batches.map(({ packed }) => packed));
  for (const [number, { packed, facts, hits: found, matched: matching }] of batches.entries()) {
    const places = taken[number] ?? [];
    counted.events += places.length;
    counted.duplicates += packed.ids.length - places.length;
    for (const index of places) {
      const one = factAt(facts, index, { id: packed.ids[index] ?? "", time: packed.times[index] ?? 0 });
      if (one !== undefined) {
        told.push(one);
      }
    }
    const fresh = new Set(found.length > 0 ? places : []);
    const here = found.filter(({ index }) => fresh.has(index)).flatMap((hit) => hitOf(hit, detector) ?? []);
    hits.push(...here.filter(({ tentative }) => tentative !== true));
    tentative.push(...here.filter((hit) => hit.tentative === true));
    if (watches.sequences !== undefined || watches.correlations !== undefined) {
      const eventAt = packedReader(packed);
      const matched = new Map(matching.map((one) => [one.index, one]));
      for (const index of places) {
        const match = matched.get(index);
        arrived.push({
          id: packed.ids[index] ?? "",
          time: packed.times[index] ?? 0,
          matched: match && {
            ...match,
            get event() {
              return eventAt(index);
            },
          },
        });
      }
    }
    for (const host of hostsOf(packed, places)) {
      hosts.add(host);
    }
  }
  if (counted.events > 0) {
    const applied = await applyFacts(transaction.lineage, told);
    const exceptions = activeExceptions(await transaction.exceptions.all(), clock());
    const eventOf = (id: string) => store.events.get(id);
    const raised = await raise(transaction, { hits, applied, eventOf }, exceptions, clock());
    const together = await watches.sequences?.take(transaction, arrived, applied.processOf, exceptions, clock());
    await watches.correlations?.take(transaction, arrived, applied.processOf, exceptions, clock());
    await watches.tentative.take(transaction, tentative);
    counted.alerts = raised.alerts + (together ?? 0);
    counted.suppressed = raised.suppressed;
  }
  await transaction.ingests.put(tally.summary("running", clock(), counted));
  return counted;
}

/** Puts what was prepared together into batches for writing. Problems and files are counted on the way. */
async function* gathered(
  prepared: AsyncIterable<Prepared>,
  tally: IngestCounters,
): AsyncGenerator<{ readonly file: string; readonly batches: readonly Prepared[] }> {
  let batches: Prepared[] = [];
  let records = 0;
  let file = "";
  for await (const one of prepared) {
    tally.read(one);
    file = one.file;
    batches.push(one);
    records += one.records;
    if (records >= BATCH) {
      yield { file, batches };
      batches = [];
      records = 0;
    }
  }
  if (records > 0) {
    yield { file, batches };
  }
}

type Turn =
  | { readonly kind: "taken"; readonly release: () => Promise<void> }
  | { readonly kind: "none"; readonly problem?: Problem; readonly release: () => Promise<void> };

const nothingToRelease = async () => {};

async function takeTurn(store: Store, signal: AbortSignal | undefined, waiting: () => void): Promise<Turn> {
  for (;;) {
    const turn = await store.ingestLease();
    if (turn.ok) {
      return { kind: "taken", release: turn.value.release };
    }
    if (turn.error.code !== "store.ingest-running") {
      return { kind: "none", problem: turn.error, release: nothingToRelease };
    }
    if (signal?.aborted === true) {
      return { kind: "none", release: nothingToRelease };
    }
    waiting();
    await setTimeout(TURN_INTERVAL);
  }
}
