import { join } from "node:path";
import { equals } from "../condition/tree.ts";
import { createDetector } from "../detection/run.ts";
import { ingest } from "../pipeline.ts";
import type { Store } from "../store/port.ts";
import type { BenchRequest } from "./bench.ts";
import { estate, MARKED_NAME } from "./estate.ts";

export interface OpenAlertFigures {
  readonly processes: number;
  readonly alerts: number;
  readonly opened: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  /** Processes shown per opening, on average. */
  readonly shown: number;
  readonly buildSeconds: number;
}

const OPENINGS = 400;
const RELATIVES = 200;

/** Opening an alert: the alert, ancestors, the first 200 relatives, their alerts and sessions; alerts picked over the whole span. */
export async function benchOpenAlert(
  { openStore }: Pick<BenchRequest, "openStore">,
  folder: string,
  processes: number,
): Promise<OpenAlertFigures> {
  const opened = await openStore(join(folder, `estate-${processes}.db`));
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  const store = opened.value;
  const start = performance.now();
  const { alerts } = await ingest({
    store,
    detector: createDetector([markedRule]),
    paths: ["estate"],
    batches: estate(processes),
    actor: "bench",
    clock: Date.now,
  });
  const buildSeconds = (performance.now() - start) / 1000;
  const ids = await spread(store, OPENINGS);
  const times: number[] = [];
  let shown = 0;
  for (const [index, id] of ids.entries()) {
    const before = performance.now();
    const alert = await store.alerts.get(id);
    const around = await store.lineage.neighbourhood(alert?.processKey ?? "", RELATIVES);
    const after = performance.now();
    // The first tenth warms up compiled code and caches.
    if (index >= ids.length / 10) {
      times.push(after - before);
      shown += around?.nodes.length ?? 0;
    }
  }
  await store.close();
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number) => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 100) / 100;
  return {
    processes,
    alerts,
    opened: times.length,
    p50Milliseconds: at(0.5),
    p99Milliseconds: at(0.99),
    shown: Math.round(shown / Math.max(1, times.length)),
    buildSeconds,
  };
}

/** Ids of alerts, evenly over all of them and in mixed order. */
async function spread(store: Store, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.alerts.find({ limit: 1_000, cursor });
    ids.push(...page.items.map((alert) => alert.id));
    cursor = page.next;
  } while (cursor !== undefined);
  const step = Math.max(1, Math.floor(ids.length / count));
  return ids.filter((_, index) => index % step === 0).toSorted();
}

/** Names the marked processes of the estate. */
export const markedRule = {
  id: "bench",
  name: "Marked process",
  version: "1",
  language: "eql",
  description: "",
  severity: "medium",
  riskScore: 50,
  buildingBlock: false,
  tags: [],
  author: [],
  references: [],
  falsePositives: [],
  techniques: [],
  query: "",
  source: "bench",
  body: { kind: "event", condition: equals("process.name", MARKED_NAME) },
} as const;
