import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { connect, number } from "../store/sqlite/connection.ts";
import { type Bench, rounded } from "./bench.ts";
import { removeStore } from "./estate-events.ts";
import { scan, writeRules } from "./load-background.ts";
import { clicks } from "./load-clicks.ts";
import type { Client } from "./load-client.ts";
import { HEAVY, measureRun, others, type RunFigures } from "./load-run.ts";
import { type LoadedServer, startServer } from "./load-server.ts";
import { copyStore, loadStore } from "./load-store.ts";

interface LoadFigures {
  readonly alerts: number;
  readonly events: number;
  readonly dropped: DroppedFigures;
  readonly runs: readonly RunFigures[];
}

/** How long an alert takes right after searches were dropped by their clients. */
interface DroppedFigures {
  readonly searches: number;
  readonly idleMilliseconds: number;
  readonly afterMilliseconds: number;
  /** What the server still worked on in the three seconds after the alert. */
  readonly processorSecondsAfter: number;
}

const SECONDS = 60;
/** Records per second. */
const RATE = 2_000;
const DROPPED = 8;
const own = fileURLToPath(new URL("../..", import.meta.url));

/** People who click while others search, try exceptions and ingest, against a server in a process of its own. */
export const benchLoad: Bench = async ({ folder, options, report }) => {
  const checkout = options.text("checkout") ?? own;
  const seconds = options.number("seconds") ?? SECONDS;
  const path = await loadStore(options.text("folder") ?? folder, report);
  const rules = writeRules(folder);
  const copy = join(folder, "copy.db");
  const withServer = async <T>(people: number, measure: (server: LoadedServer) => Promise<T>): Promise<T> => {
    copyStore(path, copy);
    const server = await startServer({ checkout, store: copy, rules: rules.server }, people);
    try {
      return await measure(server);
    } finally {
      await server.stop();
      removeStore(copy);
    }
  };
  report(`${DROPPED} dropped searches`);
  const dropped = await withServer(1, measureDropped);
  const ingest = { checkout, store: copy, rules: rules.ingest, rate: options.number("rate") ?? RATE };
  const runs: RunFigures[] = [];
  const chosen = options.text("others")?.split(",") ?? others;
  for (const people of (options.text("people") ?? "16,64").split(",").map(Number)) {
    report(`${people} people for ${seconds} s`);
    runs.push(
      await withServer(people + HEAVY, (server) => measureRun(server, { people, seconds, others: chosen, ingest })),
    );
  }
  const figures: LoadFigures = { ...contentOf(path), dropped, runs };
  return { figures, lines: [droppedLine(dropped), ...runs.flatMap(linesOf)] };
};

/** Without opening the store, which would change the schema of one from an older version. */
function contentOf(path: string): Pick<LoadFigures, "alerts" | "events"> {
  const connection = connect(path, { readOnly: true, busyTimeout: 0 });
  const count = (table: "alerts" | "events") => {
    const row = connection.prepare(`SELECT count(*) AS rows FROM ${table}`).get();
    return row === undefined ? 0 : number(row, "rows");
  };
  const content = { alerts: count("alerts"), events: count("events") };
  connection.close();
  return content;
}

const queuePage = z.object({ items: z.array(z.object({ alerts: z.array(z.object({ id: z.string() })) })) });

async function measureDropped({ people: [client], resources }: LoadedServer): Promise<DroppedFigures> {
  if (client === undefined) {
    throw new Error("nobody is signed in");
  }
  const queue = await client.call("/queue?limit=1");
  const [incident] = queue.kind === "answer" ? queuePage.parse(JSON.parse(queue.text)).items : [];
  const path = `/alerts/${encodeURIComponent(incident?.alerts[0]?.id ?? "")}`;
  await client.call(path);
  const idleMilliseconds = await millisecondsOf(client, path);
  const stop = new AbortController();
  const searches = Array.from({ length: DROPPED }, (_, round) =>
    client.call("/hunt", { method: "POST", body: scan("nothing", round), signal: stop.signal }),
  );
  await setTimeout(HEAD_START);
  stop.abort();
  await Promise.all(searches);
  const afterMilliseconds = await millisecondsOf(client, path);
  const before = resources().processorSeconds;
  await setTimeout(AFTER);
  const processorSecondsAfter = rounded(resources().processorSeconds - before);
  return { searches: DROPPED, idleMilliseconds, afterMilliseconds, processorSecondsAfter };
}
/** Milliseconds that searches run before they are dropped. */
const HEAD_START = 400;
const AFTER = 3_000;

async function millisecondsOf(client: Client, path: string): Promise<number> {
  const before = performance.now();
  const answer = await client.call(path);
  if (answer.kind === "failed") {
    throw new Error(`an alert cannot be read: ${answer.code}`);
  }
  return rounded(performance.now() - before);
}

function droppedLine({ searches, idleMilliseconds, afterMilliseconds, processorSecondsAfter }: DroppedFigures): string {
  return `an alert after ${searches} dropped searches ${afterMilliseconds} ms (idle ${idleMilliseconds} ms), ${processorSecondsAfter} s of processor time afterwards`;
}

function linesOf(run: RunFigures): readonly string[] {
  const { people, all, errors, resetConnections, memory, searches, dryRuns, ingest } = run;
  const megabytes = (bytes: number | undefined) => (bytes === undefined ? "?" : Math.round(bytes / 1e6));
  const { loopDelay } = run;
  const delay =
    loopDelay === undefined ? "" : `; event loop late by ${loopDelay.p50} / ${loopDelay.p99} / ${loopDelay.worst} ms`;
  const times = clicks.map((click) => `${click} ${run.clicks[click].p50} / ${run.clicks[click].p99}`);
  return [
    `${people} people: ${all.times} clicks, p50 ${all.p50}, p99 ${all.p99}, worst ${all.worst} ms; ${errors} errors${errorsText(run)}, ${resetConnections} reset connections`,
    `  p50 / p99 in ms: ${times.join(", ")}`,
    `  meanwhile ${searches.times} searches (p50 ${searches.p50} ms), ${dryRuns.times} dry runs (p50 ${dryRuns.p50} ms), ${ingest?.events ?? 0} events ingested`,
    `  server: ${megabytes(memory?.resident)} MB resident, peak ${megabytes(memory?.peak)} MB, ${megabytes(memory?.allocated)} MB without mapped files; ${run.processors} processors${delay}`,
  ];
}

/** How many of each, and during which kind of click. */
function errorsText(run: RunFigures): string {
  const parts = clicks.flatMap((click) =>
    Object.entries(run.clicks[click].errors).map(([code, count]) => `${click} ${code} ${count}`),
  );
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
