import type { ParseArgsOptionsConfig } from "node:util";
import type { Bench } from "./bench.ts";

/** A benchmark as listed in the usage of `stemma bench`. */
export interface BenchEntry {
  readonly summary: string;
  /** Whether `stemma bench` runs it without being named: it takes at most two minutes. */
  readonly quick: boolean;
  /** Its own options: usage lines, flags and texts, and numbers of at least 1. */
  readonly options?: {
    readonly usage: readonly string[];
    readonly flags?: ParseArgsOptionsConfig;
    readonly numbers?: readonly string[];
  };
  /** Imported only when it runs. */
  load(): Promise<Bench>;
}

/** In the order in which they run. */
export const benches: Readonly<Record<string, BenchEntry>> = {
  batch: {
    summary: "10^5 alerts closed and restored in one batch, while others work",
    quick: false,
    load: async () => (await import("./batch.ts")).benchBatch,
  },
  evtx: {
    summary: "the EVTX reader on its own",
    quick: true,
    load: async () => (await import("./evtx.ts")).benchEvtx,
  },
  exceptions: {
    summary: "dry runs of exceptions over 10^5 alerts and 10^6 events, and saving one",
    quick: false,
    options: {
      usage: [
        "--processes N    size of the estate (default 600000: 10^5 alerts, 10^6 events)",
        "--folder DIR     keeps the store there, to use it again",
      ],
      flags: { folder: { type: "string" } },
      numbers: ["processes"],
    },
    load: async () => (await import("./exceptions.ts")).benchExceptions,
  },
  ingest: {
    summary: "ingest of large captures, compared with JSON.parse of the same bytes",
    quick: true,
    load: async () => (await import("./ingest.ts")).benchIngest,
  },
  graph: {
    summary: "opening alerts among 10^4 and more processes",
    quick: true,
    options: {
      usage: [
        "--sizes N,N     numbers of processes (default 10000,100000)",
        "--store ADDRESS also measures this empty Neo4j (neo4j://…); everything written is deleted",
      ],
      flags: { sizes: { type: "string" }, store: { type: "string" } },
    },
    load: async () => (await import("./graph.ts")).benchGraph,
  },
  lineage: {
    summary: "how often parents are correct without entity ids",
    quick: false,
    options: {
      usage: ["--examples N    print N wrong parents per capture"],
      numbers: ["examples"],
    },
    load: async () => (await import("./lineage.ts")).benchLineage,
  },
  load: {
    summary: "people who click while others search, try exceptions and ingest",
    quick: false,
    options: {
      usage: [
        "--people N,N     people who click (default 16,64)",
        "--seconds N      per run (default 60)",
        "--others LIST    what goes on meanwhile (default search,dry-run,ingest; none)",
        "--rate N         records per second of the ingest (default 2000)",
        "--folder DIR     keeps the store there, to use it again",
        "--checkout DIR   measures the server of another version of Stemma",
      ],
      flags: {
        people: { type: "string" },
        others: { type: "string" },
        folder: { type: "string" },
        checkout: { type: "string" },
      },
      numbers: ["seconds", "rate"],
    },
    load: async () => (await import("./load.ts")).benchLoad,
  },
  playbooks: {
    summary: "all steps of alerts among 2·10^6 events",
    quick: false,
    options: {
      usage: ["--db FILE       measures the alerts of this database instead (also --folder, as above)"],
      flags: { db: { type: "string" } },
    },
    load: async () => (await import("./playbooks.ts")).benchPlaybooks,
  },
  queue: {
    summary: "a page of the queue with 10^5 alerts",
    quick: true,
    load: async () => (await import("./queue.ts")).benchQueue,
  },
  rules: {
    summary: "the cost of many rules, and the time to load them",
    quick: false,
    load: async () => (await import("./rules.ts")).benchRules,
  },
  web: {
    summary: "the queue and 5,000 processes in Chromium",
    quick: false,
    load: async () => (await import("./web.ts")).benchWeb,
  },
};
