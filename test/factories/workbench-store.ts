import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { IngestSummary } from "#contracts/ingest";
import { createDetector } from "../../server/detection/detector.ts";
import type { Detector, Rule } from "../../server/detection/rule.ts";
import { loadRules } from "../../server/detection/rule-files/load.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import { collectPlaybooks } from "../../server/playbooks/choose.ts";
import { loadPlaybooks } from "../../server/playbooks/load.ts";
import type { Playbooks } from "../../server/playbooks/playbook.ts";
import { sampleCapture } from "../../server/sample/generate.ts";
import type { Store } from "../../server/store/port.ts";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";

const root = resolve(import.meta.dirname, "../..");

/** A Wednesday noon: the sample is then dated to the Tuesday before. Epoch milliseconds. */
export const noon = Date.UTC(2026, 5, 17, 12);

/** A real store in a folder of its own with the shipped rules and playbooks. */
export interface WorkbenchStore {
  readonly store: Store;
  /** The database file. */
  readonly file: string;
  readonly rules: readonly Rule[];
  readonly detector: Detector;
  readonly playbooks: Playbooks;
  /** Ingests files, or the sample capture of the working day before `at`. */
  take(paths: readonly string[] | { readonly sampleAt: number }): Promise<IngestSummary>;
  close(): Promise<void>;
}

export async function openWorkbenchStore(): Promise<WorkbenchStore> {
  const folder = await mkdtemp(join(tmpdir(), "stemma-store-"));
  const file = join(folder, "stemma.db");
  const opened = await openSqliteStore(file);
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  const store = opened.value;
  const { rules } = await loadRules([join(root, "rules")]);
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const { playbooks: files } = await loadPlaybooks([join(root, "playbooks")]);
  const playbooks = collectPlaybooks(files, (id) => byId.get(id));
  const detector = createDetector(rules);
  return {
    store,
    file,
    rules,
    detector,
    playbooks,
    take(from) {
      const sample = "sampleAt" in from;
      return ingest({
        store,
        detector,
        paths: sample ? ["-"] : from,
        actor: { name: "test" },
        clock: () => noon,
        read: sample ? { stdin: sampleLines(from.sampleAt) } : {},
      });
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A log numbers its records on from day to day, so those of later days are other records. */
async function* sampleLines(at: number): AsyncGenerator<Uint8Array> {
  const later = Math.max(0, Math.round((at - noon) / 86_400_000));
  for (const line of sampleCapture(at)) {
    const document = JSON.parse(line);
    document.winlog.record_id = Number(document.winlog.record_id) + later * 1_000_000;
    yield Buffer.from(`${JSON.stringify(document)}\n`);
  }
}
