import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Batch, batch, isUnended } from "#contracts/batch";
import { queuePage } from "#contracts/queue";
import { type Bench, rounded } from "./bench.ts";
import { writeAlerted } from "./estate-sqlite.ts";
import type { Client } from "./load-client.ts";
import { type LoadedServer, startServer } from "./load-server.ts";
import { type Percentiles, percentiles } from "./timing.ts";

const ALERTS = 100_000;
/** Milliseconds between two requests of the person who looks at pages meanwhile. */
const PAUSE = 100;

interface BatchFigures {
  readonly alerts: number;
  readonly incidents: number;
  readonly seconds: number;
  /** Of the server and all of its threads. */
  readonly processorSeconds: number;
  /** To disk, by the server. */
  readonly writtenMegabytes: number;
  /** Of alerts that are opened meanwhile. */
  readonly alertMilliseconds: Percentiles;
  /** Of first pages of the queue, which changes with every write of the batch. */
  readonly queueMilliseconds: Percentiles;
  /** Of acknowledging and reopening one alert meanwhile. */
  readonly changeMilliseconds: Percentiles;
  readonly loopDelayMilliseconds: number | undefined;
}

const statuses = ["open", "closed"].map((status) => `status=${status}`).join("&");

/** Closes 10^5 alerts in one batch of a server and undoes it, while somebody opens pages and changes an alert. */
export const benchBatch: Bench = async ({ folder, report }) => {
  const store = join(folder, "batch.db");
  await (await writeAlerted(store, ALERTS)).close();
  const rules = join(folder, "rules");
  mkdirSync(rules);
  const server = await startServer({ checkout: resolve(import.meta.dirname, "../.."), store, rules }, 2);
  try {
    const [closing] = server.people;
    const action = { kind: "close", reason: "benign", note: "", override: "The vendor confirmed it." };
    const of = [{ kind: "filter", filter: {} }];
    // The very first page of a process reads all incidents.
    await answered(closing, `/queue?limit=20&${statuses}`);
    report("closing");
    const closed = await measured(server, () => posted(closing, "/batches", { action, of }));
    report("undoing");
    const undone = await measured(server, () => posted(closing, `/batches/${closed.id}/undo`, {}));
    return {
      figures: { closed: closed.figures, undone: undone.figures },
      lines: [`closed: ${line(closed.figures)}`, `undone: ${line(undone.figures)}`],
    };
  } finally {
    await server.stop();
  }
};

async function measured(server: LoadedServer, start: () => Promise<Batch>) {
  const [client, other] = server.people;
  const [before, begun] = [server.resources(), performance.now()];
  const { id } = await start();
  const times = { alert: [] as number[], queue: [] as number[], change: [] as number[] };
  let running = true;
  const looking = look(other ?? client, times, () => running);
  let state = batch.parse(await answered(client, `/batches/${id}`));
  while (isUnended(state)) {
    await setTimeout(PAUSE);
    state = batch.parse(await answered(client, `/batches/${id}`));
  }
  const seconds = (performance.now() - begun) / 1000;
  const after = server.resources();
  running = false;
  await looking;
  const figures: BatchFigures = {
    ...state.changed,
    seconds: rounded(seconds),
    processorSeconds: rounded(after.processorSeconds - before.processorSeconds),
    writtenMegabytes: Math.round((after.written - before.written) / 1e6),
    alertMilliseconds: percentiles(times.alert),
    queueMilliseconds: percentiles(times.queue),
    changeMilliseconds: percentiles(times.change),
    loopDelayMilliseconds: (await server.loopDelay())?.p99,
  };
  if (state.state !== "done") {
    throw new Error(`the batch is ${state.state}: ${state.problem?.message}`);
  }
  return { id, figures };
}

/** Opens the queue and one of its alerts again and again, and changes the incident of that alert. */
async function look(
  client: Client | undefined,
  times: Readonly<Record<"alert" | "queue" | "change", number[]>>,
  goesOn: () => boolean,
): Promise<void> {
  const timed = async <T>(into: number[], work: () => Promise<T>): Promise<T> => {
    const before = performance.now();
    const result = await work();
    into.push(performance.now() - before);
    return result;
  };
  while (goesOn()) {
    const page = queuePage.parse(await timed(times.queue, () => answered(client, `/queue?limit=20&${statuses}`)));
    const alert = page.items[0]?.alerts[0];
    if (alert !== undefined) {
      await timed(times.alert, () => answered(client, `/alerts/${alert.id}`));
      const path = `/incidents/${encodeURIComponent(alert.incidentKey)}/comments`;
      await timed(times.change, () => answered(client, path, { text: "seen" }));
    }
    await setTimeout(PAUSE);
  }
}

async function answered(client: Client | undefined, path: string, body?: unknown): Promise<unknown> {
  const answer = await client?.call(path, body === undefined ? {} : { method: "POST", body });
  if (answer?.kind !== "answer") {
    throw new Error(`${path}: ${answer?.code}`);
  }
  return JSON.parse(answer.text);
}

async function posted(client: Client | undefined, path: string, body: unknown): Promise<Batch> {
  return batch.parse(await answered(client, path, body));
}

function line({ alerts, incidents, seconds, ...figures }: BatchFigures): string {
  const of = ({ p50, p99, worst }: Percentiles) => `p50 ${p50}, p99 ${p99}, worst ${worst} ms`;
  return `${alerts} alerts of ${incidents} incidents in ${seconds} s (${figures.processorSeconds} s of processor time, ${figures.writtenMegabytes} MB written); meanwhile an alert ${of(figures.alertMilliseconds)}; the queue ${of(figures.queueMilliseconds)}; a comment ${of(figures.changeMilliseconds)}; event loop p99 ${figures.loopDelayMilliseconds} ms`;
}
