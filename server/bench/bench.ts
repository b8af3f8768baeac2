import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "#contracts/problem";
import type { Detector } from "../detection/rule.ts";
import type { Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { benchEvtx, type EvtxFigures } from "./evtx.ts";
import { benchIngest, type IngestFigures } from "./ingest.ts";
import { benchOpenAlert, type OpenAlertFigures } from "./open-alert.ts";
import { benchQueue, type QueueFigures } from "./queue.ts";

export type Skipped = { readonly skipped: string };

/** Figures of one run on one machine: compare ratios, not seconds. */
export interface BenchResult {
  readonly machine: { readonly node: string; readonly processors: number; readonly model: string };
  readonly evtx: EvtxFigures | Skipped;
  readonly ingest: IngestFigures;
  readonly openAlert: readonly OpenAlertFigures[];
  readonly queue: QueueFigures;
}

export interface BenchRequest {
  readonly detector: Detector;
  /** Opens a new store in a file; the bench removes it. */
  readonly openStore: (path: string) => Promise<Result<Store, Problem>>;
  /** Folder with the captures (`big/`, `evtx-bulk/`); where it is missing, the generated sample stands in or a part is skipped. */
  readonly captures: string;
  /** A capture of our own making as NDJSON lines, for machines without the captures. */
  readonly sample: () => Iterable<string>;
  /** Numbers of processes to open alerts at. */
  readonly estates: readonly number[];
  readonly say: (text: string) => void;
}

const QUEUED = 100_000;
const NO_CAPTURES = "skipped: no ../shared";

export async function bench(request: BenchRequest): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), "stemma-bench-"));
  try {
    const bulk = join(request.captures, "evtx-bulk");
    request.say("EVTX reader\n");
    const evtx = existsSync(bulk) ? await benchEvtx(bulk) : { skipped: NO_CAPTURES };
    const big = join(request.captures, "big");
    request.say("ingest\n");
    const ingest = await benchIngest(request, folder, existsSync(big) ? big : undefined);
    const openAlert: OpenAlertFigures[] = [];
    for (const processes of request.estates) {
      request.say(`open an alert among ${processes} processes\n`);
      openAlert.push(await benchOpenAlert(request, folder, processes));
    }
    request.say(`a page of the queue over ${QUEUED} alerts\n`);
    const queue = await benchQueue(request, folder, QUEUED);
    const [processor] = cpus();
    return {
      machine: { node: process.versions.node, processors: cpus().length, model: processor?.model ?? "unknown" },
      evtx,
      ingest,
      openAlert,
      queue,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
