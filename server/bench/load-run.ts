import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { rounded } from "./bench.ts";
import { dryRun, type IngestFigures, type IngestOptions, ingestLive, search } from "./load-background.ts";
import { type Click, type Recorded, Recorder, work } from "./load-clicks.ts";
import type { Client } from "./load-client.ts";
import type { LoadedServer, LoopDelay, Memory } from "./load-server.ts";
import { type Percentiles, percentiles } from "./timing.ts";

export interface RunFigures {
  readonly people: number;
  readonly seconds: number;
  /** Whether each has an own account. */
  readonly accounts: boolean;
  readonly clicks: Readonly<Record<Click, Recorded>>;
  readonly all: Percentiles;
  /** Failed requests of people who click. */
  readonly errors: number;
  readonly resetConnections: number;
  readonly searches: Recorded;
  readonly dryRuns: Recorded;
  readonly ingest: IngestFigures | undefined;
  /** Of the server at the end of the run; the peak includes its start. */
  readonly memory: Memory | undefined;
  /** At the end of the run. */
  readonly loopDelay: LoopDelay | undefined;
  /** Processors that all threads of the server used together. */
  readonly processors: number;
  /** By how much this process, which is all the clients, was late itself. */
  readonly clientDelayP99: number;
}

/** Who searches and tries exceptions: further people, one request each. */
export const HEAVY = 4;
/** Milliseconds of clicks that are not counted: threads start, and nothing is in memory yet. */
const WARM_UP = 10_000;
/** Alerts per person. */
const ALERTS = 50;
/** The hosts whose alerts people open: the server, and workstations. */
const HOSTS = ["server", "pc-0", "pc-10", "pc-20", "pc-30", "pc-40", "pc-50"].map((name) => `${name}.estate.example`);

/** What goes on while people click. */
export const others = ["search", "dry-run", "ingest"] as const;

export interface RunOptions {
  readonly people: number;
  readonly seconds: number;
  readonly others: readonly string[];
  readonly ingest: IngestOptions;
}

/** People click while others search, try exceptions and ingest. */
export async function measureRun(server: LoadedServer, options: RunOptions): Promise<RunFigures> {
  const { people, seconds } = options;
  const goesOn = (other: (typeof others)[number]) => options.others.includes(other);
  const clicking = server.people.slice(0, people);
  const [first, second, third, fourth] = server.people.slice(people);
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) {
    throw new Error("too few people are signed in");
  }
  const alerts = await alertIds(first);
  const from = performance.now() + WARM_UP;
  const recorders = {
    queue: new Recorder(from),
    alert: new Recorder(from),
    tree: new Recorder(from),
    answer: new Recorder(from),
  };
  const [searches, dryRuns] = [new Recorder(), new Recorder()];
  const stop = new AbortController();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const before = server.resources();
  const start = performance.now();
  const working = Promise.all([
    ...(goesOn("search")
      ? [search(first, searches, "nothing", stop.signal), search(second, searches, "some", stop.signal)]
      : []),
    ...(goesOn("dry-run")
      ? [dryRun(third, dryRuns, "host", stop.signal), dryRun(fourth, dryRuns, "command", stop.signal)]
      : []),
    ...clicking.map((client, index) =>
      work({
        client,
        alerts: alerts.filter((_, position) => position % people === index).slice(0, ALERTS),
        random: randomOf(index),
        recorders,
        stop: stop.signal,
      }),
    ),
  ]);
  const ingesting = goesOn("ingest") ? ingestLive(options.ingest, stop.signal) : undefined;
  // A failure ends the run at once.
  const failed = Promise.all([working, ingesting]).then(() => new Promise<never>(() => undefined));
  try {
    await Promise.race([setTimeout(WARM_UP + seconds * 1000), failed]);
  } finally {
    stop.abort();
  }
  const after = server.resources();
  const loopDelay = await server.loopDelay();
  const elapsed = (performance.now() - start) / 1000;
  delay.disable();
  const [ingest] = await Promise.all([ingesting, working]);
  const all = Object.values(recorders);
  const figures = all.map((recorder) => recorder.figures());
  return {
    people,
    seconds,
    accounts: server.accounts,
    clicks: {
      queue: recorders.queue.figures(),
      alert: recorders.alert.figures(),
      tree: recorders.tree.figures(),
      answer: recorders.answer.figures(),
    },
    all: percentiles(all.flatMap(({ times }) => times)),
    errors: sum(figures.flatMap(({ errors }) => Object.values(errors))),
    resetConnections: sum(figures.map(({ errors }) => (errors["ECONNRESET"] ?? 0) + (errors["EPIPE"] ?? 0))),
    searches: searches.figures(),
    dryRuns: dryRuns.figures(),
    ingest,
    memory: after.memory,
    loopDelay,
    processors: rounded((after.processorSeconds - before.processorSeconds) / elapsed),
    clientDelayP99: rounded(delay.percentile(99) / 1_000_000),
  };
}

const queuePage = z.object({
  totalAlerts: z.number(),
  items: z.array(z.object({ alerts: z.array(z.object({ id: z.string() })) })),
});

/** Alerts of several hosts in a mixed order. */
async function alertIds(client: Client): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const host of HOSTS) {
    const answer = await client.call(`/queue?group=none&limit=500&host=${host}`);
    if (answer.kind === "failed") {
      throw new Error(`the queue cannot be read: ${answer.code}`);
    }
    ids.push(...queuePage.parse(JSON.parse(answer.text)).items.flatMap(({ alerts }) => alerts.map(({ id }) => id)));
  }
  // Ids are hashes: their order is arbitrary, but always the same.
  return ids.sort();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Pseudo-random numbers from 0 up to 1 (mulberry32), the same in every run. */
function randomOf(seed: number): () => number {
  let state = (seed + 1) * 0x9e37_79b9;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
