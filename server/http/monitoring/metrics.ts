import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { DeliveryReader } from "../../store/deliveries/port.ts";
import type { StoreFigures } from "../../store/figures.ts";
import type { IngestReader } from "../../store/ingests/port.ts";
import { rarely, within } from "./bounded.ts";
import { IngestCounter, type IngestTotals } from "./ingest-totals.ts";
import { LoopDelay } from "./loop-delay.ts";

/** What the metrics read. */
export interface Measured {
  readonly store: {
    readonly ingests: IngestReader;
    readonly deliveries: Pick<DeliveryReader, "counts">;
    figures(): Promise<StoreFigures>;
  };
  /** The pool of workers. */
  readonly work: () => {
    readonly workers: number;
    readonly busy: number;
    readonly waiting: { readonly short: number; readonly long: number };
  };
  /** Open streams of changes. */
  readonly streams: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The result of one attempt to sign in. */
export type SignInResult = "done" | "refused" | "limited";

/** Milliseconds for which figures of the store are good enough, and that the store has to give them. */
const storeInterval = 5_000;
const storeTimeout = 3_000;
/** Ingests looked at; more than can begin between two looks. */
const newestIngests = 50;

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

interface StoreReading {
  readonly figures: StoreFigures;
  readonly ingested: IngestTotals;
  readonly deliveries: Readonly<Record<"waiting" | "failed", number>>;
  /** Epoch milliseconds of the last write of an ingest. */
  readonly lastIngest: number | undefined;
}

/**
 * The figures of a running server as Prometheus reads them. Labels come from fixed sets (route patterns, not paths), so
 * no client can make their number grow. See docs/decisions/0036.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #loopDelay = new LoopDelay();
  readonly #ingested = new IngestCounter();
  readonly #store: () => Promise<StoreReading | undefined>;
  readonly #durations: Histogram<"method" | "route" | "status">;
  readonly #inProgress: Gauge;
  readonly #signIns: Counter<"method" | "result">;
  readonly #deliveries: Counter<"result">;

  constructor(measured: Measured) {
    const registers = [this.#registry];
    this.#store = rarely(storeInterval, () => within(storeTimeout, () => this.#readStore(measured)));
    this.#durations = new Histogram({
      name: "stemma_http_request_duration_seconds",
      help: "Requests by method, route pattern and status; 499: the client went away",
      labelNames: ["method", "route", "status"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    });
    this.#inProgress = new Gauge({ name: "stemma_http_requests_in_progress", help: "Requests in progress", registers });
    this.#signIns = new Counter({
      name: "stemma_sign_ins_total",
      help: "Attempts to sign in by method and result",
      labelNames: ["method", "result"],
      registers,
    });
    this.#gauge("stemma_change_streams", "Open streams of changes, one per browser", measured.streams);
    this.#deliveries = new Counter({
      name: "stemma_delivery_attempts_total",
      help: "Attempts to send escalations by result",
      labelNames: ["result"],
      registers,
    });
    this.#addProcess();
    this.#addWork(measured);
    this.#addStore(measured);
  }

  /** The content type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  requestStarted(): void {
    this.#inProgress.inc();
  }

  requestEnded(method: string, route: string, status: number, seconds: number): void {
    this.#inProgress.dec();
    this.#durations.observe({ method: methods.has(method) ? method : "other", route, status }, seconds);
  }

  countSignIn(method: string, result: SignInResult): void {
    this.#signIns.inc({ method, result });
  }

  countDelivery(result: "delivered" | "failed"): void {
    this.#deliveries.inc({ result });
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  close(): void {
    this.#loopDelay.close();
  }

  /** A figure that is looked up when it is read; absent while there is none. */
  #gauge(name: string, help: string, read: () => number | undefined | Promise<number | undefined>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        const value = await read();
        this.reset();
        if (value === undefined) {
          this.remove();
        } else {
          this.set(value);
        }
      },
    });
  }

  #counter(name: string, help: string, read: () => number | undefined | Promise<number | undefined>): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        const value = await read();
        this.reset();
        this.inc(value ?? 0);
      },
    });
  }

  #addProcess(): void {
    this.#gauge("stemma_event_loop_delay_p50_seconds", "Median delay of the event loop over the last minute", () => {
      return this.#loopDelay.figures().p50;
    });
    this.#gauge("stemma_event_loop_delay_p99_seconds", "99 % of delays in the last minute were below this", () => {
      return this.#loopDelay.figures().p99;
    });
    this.#gauge("stemma_event_loop_delay_max_seconds", "Longest delay of the event loop in the last minute", () => {
      return this.#loopDelay.figures().max;
    });
    this.#gauge("process_resident_memory_bytes", "Resident memory", () => process.memoryUsage.rss());
    this.#gauge("process_heap_bytes", "Used heap of the main thread", () => process.memoryUsage().heapUsed);
    this.#gauge("process_start_time_seconds", "Start of the process since the epoch", () => {
      return Math.round(performance.timeOrigin / 1000);
    });
    this.#counter("process_cpu_seconds_total", "Processor time of all threads", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
  }

  #addWork({ work }: Measured): void {
    this.#gauge("stemma_work_workers", "Worker threads for heavy requests at most", () => work().workers);
    this.#gauge("stemma_work_busy", "Heavy requests that run", () => work().busy);
    new Gauge({
      name: "stemma_work_queued",
      help: "Heavy requests that wait for a worker, by kind of queue",
      labelNames: ["queue"],
      registers: [this.#registry],
      collect() {
        const { waiting } = work();
        for (const [queue, count] of Object.entries(waiting)) {
          this.set({ queue }, count);
        }
      },
    });
  }

  #addStore({ now }: Measured): void {
    const figure = (read: (reading: StoreReading) => number | undefined) => async () => {
      const reading = await this.#store();
      return reading === undefined ? undefined : read(reading);
    };
    this.#gauge("stemma_store_up", "1 if the store answered in time", async () => ((await this.#store()) ? 1 : 0));
    this.#gauge(
      "stemma_store_events",
      "Stored events",
      figure(({ figures }) => figures.events),
    );
    this.#gauge(
      "stemma_store_alerts",
      "Stored alerts",
      figure(({ figures }) => figures.alerts),
    );
    this.#gauge(
      "stemma_store_bytes",
      "Size of the database file with its log",
      figure(({ figures }) => figures.bytes),
    );
    for (const state of ["waiting", "failed"] as const) {
      this.#gauge(
        `stemma_deliveries_${state}`,
        state === "waiting" ? "Escalations that are to be sent" : "Escalations that could not be sent",
        figure(({ deliveries }) => deliveries[state]),
      );
    }
    for (const name of ["records", "events", "duplicates", "rejected", "alerts"] as const) {
      this.#counter(
        `stemma_ingest_${name}_total`,
        `Ingested since this server started: ${name}`,
        figure(({ ingested }) => ingested[name]),
      );
    }
    this.#gauge(
      "stemma_ingest_age_seconds",
      "Time since an ingest last wrote",
      figure(({ lastIngest }) => (lastIngest === undefined ? undefined : (now() - lastIngest) / 1000)),
    );
    this.#gauge(
      "stemma_ingest_lag_seconds",
      "How old the newest event was when an ingest last wrote",
      figure(({ lastIngest, figures: { newestEvent } }) => {
        return lastIngest === undefined || newestEvent === undefined ? undefined : (lastIngest - newestEvent) / 1000;
      }),
    );
  }

  async #readStore({ store }: Measured): Promise<StoreReading> {
    const [figures, { items: summaries }, deliveries] = await Promise.all([
      store.figures(),
      store.ingests.page({ limit: newestIngests }),
      store.deliveries.counts(),
    ]);
    const ends = summaries.map(({ startedAt, seconds }) => Date.parse(startedAt) + seconds * 1000);
    return {
      figures,
      deliveries,
      ingested: this.#ingested.look(summaries),
      lastIngest: ends.length === 0 ? undefined : Math.max(...ends),
    };
  }
}
