import type { ParseArgsOptionsConfig } from "node:util";
import type { Bench } from "./bench.ts";

/** The benches by name, in the order in which `stemma bench` runs them. */

export interface BenchEntry {
  readonly summary: string;
  /** Whether `stemma bench` without a name runs it: it takes a minute or two at most. */
  readonly quick: boolean;
  /** Its own options, a line each for the usage; flags and texts, and numbers of at least 1. */
  readonly options?: {
    readonly usage: readonly string[];
    readonly flags?: ParseArgsOptionsConfig;
    readonly numbers?: readonly string[];
  };
  /** Loaded when it is asked for. */
  load(): Promise<Bench>;
}

export const benches: Readonly<Record<string, BenchEntry>> = {
  evtx: {
    summary: "the EVTX reader alone",
    quick: true,
    load: async () => (await import("./evtx.ts")).benchEvtx,
  },
  ingest: {
    summary: "ingest of large captures beside JSON.parse over the same bytes",
    quick: true,
    load: async () => (await import("./ingest.ts")).benchIngest,
  },
  graph: {
    summary: "opening alerts among 10^4 and more processes",
    quick: true,
    options: {
      usage: [
        "--sizes N,N     numbers of processes (default 10000,100000)",
        "--store ADDRESS measures this empty Neo4j too (neo4j://…); what is written is deleted",
      ],
      flags: { sizes: { type: "string" }, store: { type: "string" } },
    },
    load: async () => (await import("./graph.ts")).benchGraph,
  },
  lineage: {
    summary: "how often parents are right when entity ids are hidden",
    quick: false,
    options: {
      usage: ["--examples N    print so many of what went wrong, for each capture"],
      numbers: ["examples"],
    },
    load: async () => (await import("./lineage.ts")).benchLineage,
  },
  queue: {
    summary: "a page of the queue over 10^5 alerts",
    quick: true,
    load: async () => (await import("./queue.ts")).benchQueue,
  },
  rules: {
    summary: "what many rules cost, and how long loading them takes",
    quick: false,
    load: async () => (await import("./rules.ts")).benchRules,
  },
  web: {
    summary: "the queue and 5,000 processes in Chromium",
    quick: false,
    load: async () => (await import("./web.ts")).benchWeb,
  },
};
