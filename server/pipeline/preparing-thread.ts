// Runs in a separate thread: reads, maps, packs and detects, and sends plain values to `prepare-in-thread.ts`.

import { parentPort, type Transferable, workerData } from "node:worker_threads";
import { createDetector } from "../detection/detector.ts";
import { readEvents } from "../ingest/read.ts";
import { type PreparedBatch, prepareBatches } from "./prepare.ts";
import type { FromThread, ThreadTask } from "./thread-messages.ts";

const port = parentPort;
if (port === null) {
  throw new Error("must be started as a worker thread");
}
// Sent by `prepare-in-thread.ts` of the same version, so the type is certain.
const task = workerData as ThreadTask;
const send = (message: FromThread, transfer: Transferable[] = []) => port.postMessage(message, transfer);

let capacity = task.ahead;
let wake = () => {};
port.on("message", () => {
  capacity += 1;
  wake();
});

for await (const prepared of prepareBatches(readEvents(task.paths, task.read), createDetector(task.rules))) {
  send({ kind: "prepared", prepared }, buffersOf(prepared));
  capacity -= 1;
  if (capacity === 0) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}
send({ kind: "done" });
port.close();

/** Buffers that are transferred instead of copied. */
function buffersOf({ packed, facts }: PreparedBatch): Transferable[] {
  const arrays = [
    packed.times,
    packed.starts,
    packed.cells,
    facts.references,
    ...packed.segments.flatMap(({ events, originals }) => [events, originals]),
  ];
  return arrays.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}
