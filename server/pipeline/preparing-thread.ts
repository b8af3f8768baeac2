// Runs in a thread of its own: reads, maps, packs and detects, and hands plain values to `prepare-in-thread.ts`.

import { parentPort, type Transferable, workerData } from "node:worker_threads";
import { createDetector } from "../detection/run.ts";
import { readEvents } from "../ingest/read.ts";
import { type Prepared, prepareAll } from "./prepare.ts";
import type { FromThread, ThreadTask } from "./thread-messages.ts";

const port = parentPort;
if (port === null) {
  throw new Error("to be started as a thread");
}
// Handed over by `prepare-in-thread.ts` in the same version of the program.
const task = workerData as ThreadTask;
const send = (message: FromThread, transfer: Transferable[] = []) => port.postMessage(message, transfer);

let room = task.ahead;
let wake = () => {};
port.on("message", () => {
  room += 1;
  wake();
});

for await (const prepared of prepareAll(readEvents(task.paths, task.read), createDetector(task.rules))) {
  send({ kind: "prepared", prepared }, buffersOf(prepared));
  room -= 1;
  if (room === 0) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}
send({ kind: "done" });
port.close();

/** Moved instead of copied. */
function buffersOf({ packed, facts }: Prepared): Transferable[] {
  const arrays = [
    packed.times,
    packed.starts,
    packed.cells,
    facts.places,
    ...packed.segments.flatMap(({ events, originals }) => [events, originals]),
  ];
  return arrays.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}
