import type { Actor } from "#contracts/actor";
import type { IngestSummary } from "#contracts/ingest";
import type { Problem } from "#contracts/problem";
import { refreshDemanded } from "../alerting/refresh-demands.ts";
import type { Detector } from "../detection/rule.ts";
import { type ReadBatch, type ReadOptions, readEvents } from "../ingest/read.ts";
import { StoreFailure } from "../store/failure.ts";
import type { Store } from "../store/port.ts";
import { Checkpoint, type Command } from "./checkpoint.ts";
import { countedWrite } from "./counted-write.ts";
import { IngestCounters } from "./counters.ts";
import { ingestBatch } from "./ingest-batch.ts";
import { IngestLease } from "./ingest-lease.ts";
import { isLarge } from "./input-size.ts";
import { type PreparedBatch, prepareBatches } from "./prepare.ts";
import { prepareInThread } from "./prepare-in-thread.ts";
import { withRetryTimeout } from "./retry-timeout.ts";
import { RuleRunners } from "./rule-runners.ts";
import { untilAborted } from "./until-aborted.ts";

const RETRY_TIMEOUT = 300_000;

export interface IngestProgress {
  /**
   * `waiting`: until another ingest into the same store has finished. `resuming`: once, where this command was
   * interrupted before. `store-lost`: until the store is available again.
   */
  readonly phase: "waiting" | "resuming" | "reading" | "finishing" | "store-lost";
  readonly file?: string;
  readonly summary: IngestSummary;
}

export interface IngestRequest {
  readonly store: Store;
  readonly detector: Detector;
  /** Files, folders, archives; `-` is `read.stdin`. */
  readonly paths: readonly string[];
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly newId?: () => string;
  readonly onProgress?: (progress: IngestProgress) => void;
  /** Stops after the current write; what was written remains. */
  readonly signal?: AbortSignal;
  readonly read?: ReadOptions;
  /** Memory of rules over several events: see `defaultMemory`. */
  readonly sequenceMemory?: number;
  /** How long to wait for a store that is gone (a server that restarts), in milliseconds. */
  readonly retryTimeout?: number;
  /** Whether to read in a separate thread; by default if the input is large. */
  readonly thread?: boolean;
  /** Read instead of `paths`, which are then only names for the summary. */
  readonly batches?: AsyncIterable<ReadBatch>;
}

/**
 * Ingests files into events, processes and alerts. Each batch is one write, so a process that is killed at any moment
 * loses and duplicates nothing; ingesting the same paths again continues where it stopped, as the same ingest. Bad
 * input does not stop it: see `rejected` of the summary. If the store is gone, the ingest waits and repeats the current
 * write; if the store fails or does not come back, it ends as "interrupted" with the failure among `rejected`.
 */
export async function ingest(request: IngestRequest): Promise<IngestSummary> {
  const { store, actor, paths, clock, signal } = request;
  const run = { id: (request.newId ?? (() => crypto.randomUUID()))(), startedAt: clock(), actor, paths };
  let counters = new IngestCounters(run);
  const report: Report = (phase, file) =>
    request.onProgress?.({ phase, file, summary: counters.summary("running", clock()) });
  const lease = new IngestLease(store, signal, () => report("waiting"));
  const acquired = await lease.acquire();
  if (!acquired.ok) {
    if (acquired.error !== undefined) {
      counters.addProblem({ severity: "rejected", problem: acquired.error });
    }
    return counters.summary("interrupted", clock());
  }
  try {
    const checkpoint = await Checkpoint.open(store, commandOf(request), run.id);
    counters = new IngestCounters({ ...run, id: checkpoint.id }, checkpoint.resumed?.counted);
    return await runFrom(checkpoint, request, counters, lease, report);
  } catch (error) {
    if (!(error instanceof StoreFailure)) {
      throw error;
    }
    counters.addProblem({ severity: "rejected", problem: error.problem });
    return counters.summary("interrupted", clock());
  } finally {
    await lease.release();
  }
}

type Report = (phase: IngestProgress["phase"], file?: string) => void;

function commandOf({ paths, batches, read = {}, detector }: IngestRequest): Command {
  const { stdin: _, resume: __, ...settings } = read;
  return { paths, settings, detector, resumable: batches === undefined && !paths.includes("-") };
}

async function runFrom(
  checkpoint: Checkpoint,
  request: IngestRequest,
  counters: IngestCounters,
  lease: IngestLease,
  report: Report,
): Promise<IngestSummary> {
  const { store, detector, clock, signal } = request;
  const { resumed } = checkpoint;
  counters.addWarnings(checkpoint.warnings);
  await recordStart(checkpoint, request, counters);
  if (resumed !== undefined) {
    report("resuming", resumed.counted.summary.file);
  }
  const openRunners = () => RuleRunners.open({ store, detector, now: clock(), memory: request.sequenceMemory });
  const hosts = new Set<string>();
  let runners = await openRunners();
  const withRetry = withRetryTimeout({
    timeout: request.retryTimeout ?? RETRY_TIMEOUT,
    signal,
    onWaiting: () => report("store-lost"),
    async resume(seconds) {
      // The state in memory may be ahead of the store by the write that failed.
      counters.addWarnings(runners.problems());
      runners = await openRunners();
      hosts.clear();
      await lease.renew();
      counters.addWarnings([reconnected(seconds)]);
    },
  });
  const counted = countedWrite(store, counters, clock);
  try {
    const reading = prepared({ ...request, read: { ...request.read, resume: resumed?.from } });
    for await (const { file, batches } of groupForWriting(untilAborted(reading, signal), store.writeSize)) {
      for (const batch of batches) {
        counters.addRead(batch);
      }
      const context = { store, detector, runners, counters, hosts, clock, checkpoint };
      const write = () => store.write((transaction) => ingestBatch(transaction, batches, { ...context, runners }));
      counters.addWritten(await withRetry(write));
      await withRetry(() => runners.settleIfDue(counted, clock(), signal));
      report("reading", file);
      signal?.throwIfAborted();
    }
    report("finishing");
    await withRetry(() => runners.finishSequences(counted, clock(), signal));
    await withRetry(() => runners.settleCorrelations(counted, clock(), signal));
    await withRetry(() => runners.settlePendingHits(counted, clock(), signal));
    await withRetry(() => refreshDemanded(store, { signal, clock, rules: detector.byId }));
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) {
      throw error;
    }
    return withRetry(() => recordEnd(checkpoint, request, counters, "interrupted"));
  }
  counters.addWarnings(runners.problems());
  return withRetry(() => recordEnd(checkpoint, request, counters, "done"));
}

async function recordStart(
  checkpoint: Checkpoint,
  { store, actor, paths, clock }: IngestRequest,
  counters: IngestCounters,
): Promise<void> {
  await store.write(async (transaction) => {
    await checkpoint.begin(transaction, counters);
    await transaction.ingests.put(counters.summary("running", clock()));
    await transaction.audit.append({
      at: clock(),
      actor,
      action: checkpoint.resumed === undefined ? "ingest.start" : "ingest.resume",
      subject: { kind: "ingest", id: counters.id },
      after: { paths },
    });
  });
}

async function recordEnd(
  checkpoint: Checkpoint,
  { store, actor, clock }: IngestRequest,
  counters: IngestCounters,
  state: "done" | "interrupted",
): Promise<IngestSummary> {
  const { before } = checkpoint;
  const after = await store.lineage.counts();
  // Processes can become fewer, when two records turn out to be of one.
  counters.processes = Math.max(0, after.processes - before.processes);
  counters.sessions = Math.max(0, after.sessions - before.sessions);
  const summary = counters.summary(state, clock());
  await store.write(async (transaction) => {
    await transaction.ingests.put(summary);
    if (state === "done") {
      await checkpoint.remove(transaction);
    }
    await transaction.audit.append({
      at: clock(),
      actor,
      action: state === "done" ? "ingest.finish" : "ingest.stop",
      subject: { kind: "ingest", id: summary.id },
      after: { events: summary.events, alerts: summary.alerts, rejected: summary.rejectedTotal },
    });
  });
  return summary;
}

/** Large inputs are read and prepared in a separate thread; the result is the same. */
async function* prepared({
  batches,
  paths,
  read = {},
  detector,
  thread,
}: IngestRequest): AsyncGenerator<PreparedBatch> {
  const inThread = batches === undefined && !paths.includes("-") && (thread ?? (await isLarge(paths)));
  if (inThread) {
    const { stdin: _, ...options } = read;
    yield* prepareInThread({ paths, read: options, rules: detector.rules });
  } else {
    yield* prepareBatches(batches ?? readEvents(paths, read), detector);
  }
}

/** Groups prepared batches for one write each, durable before the next one begins. */
async function* groupForWriting(
  prepared: AsyncIterable<PreparedBatch>,
  size: number,
): AsyncGenerator<{ readonly file: string; readonly batches: readonly PreparedBatch[] }> {
  let batches: PreparedBatch[] = [];
  let records = 0;
  let file = "";
  for await (const batch of prepared) {
    file = batch.file;
    batches.push(batch);
    records += batch.records;
    if (records >= size) {
      yield { file, batches };
      batches = [];
      records = 0;
    }
  }
  if (batches.length > 0) {
    yield { file, batches };
  }
}

function reconnected(seconds: number): Problem {
  return {
    code: "ingest.store-reconnected",
    message: `the store was not available for ${Math.round(seconds)} s; the current write was repeated, nothing was lost`,
  };
}
