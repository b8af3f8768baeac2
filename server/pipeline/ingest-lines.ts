import type { Actor } from "#contracts/actor";
import type { Detector } from "../detection/rule.ts";
import { readEvents } from "../ingest/read.ts";
import type { Store } from "../store/port.ts";
import { type IngestProgress, ingest } from "./ingest.ts";

/** Ingests lines of JSON from memory, stored as if they came from a file of the given name. */
export async function ingestLines(
  store: Store,
  detector: Detector,
  capture: { readonly file: string; readonly lines: Iterable<string> },
  options: {
    readonly actor: Actor;
    readonly now: () => number;
    readonly onProgress?: (progress: IngestProgress) => void;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const { file } = capture;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const line of capture.lines) {
      yield Buffer.from(`${line}\n`);
    }
  }
  async function* batches() {
    for await (const batch of readEvents(["-"], { stdin: bytes() })) {
      const events = batch.events.map(({ event, original }) => ({
        event: { ...event, source: { ...event.source, file } },
        original,
      }));
      yield { ...batch, file, events };
    }
  }
  await ingest({
    store,
    detector,
    paths: [file],
    actor: options.actor,
    clock: options.now,
    onProgress: options.onProgress,
    signal: options.signal,
    batches: batches(),
  });
}
