import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import type { StemmaEvent } from "../event/event.ts";
import type { PreparedBatch } from "./prepare.ts";
import type { FromThread, ThreadTask } from "./thread-messages.ts";

/** Batches in transit between the threads: enough that neither has to wait, few enough for constant memory. */
const AHEAD = 48;
/** In megabytes. Nearly all objects die soon, so a large young generation keeps them out of the old one. */
const YOUNG_GENERATION = 96;
/**
 * V8 allocates objects in the old generation if others from the same place outlived a collection. Events do, because a
 * run of them is held until it is packed, but then they die, and in the old generation they keep alive what they refer
 * to. Without pretenuring an ingest takes a fifth less processor time.
 */
const NO_PRETENURING = "--no-allocation-site-pretenuring";

/**
 * Reads and prepares in a separate thread, in parallel to writing. Yields what `prepareBatches` yields over
 * `readEvents`. Leaving the loop ends the thread; an error in the thread is thrown here.
 */
export async function* prepareInThread(task: Omit<ThreadTask, "ahead">): AsyncGenerator<PreparedBatch> {
  const workerData: ThreadTask = { ...task, ahead: AHEAD };
  setFlagsFromString(NO_PRETENURING);
  const worker = new Worker(new URL("./preparing-thread.ts", import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
  });
  const messages: FromThread[] = [];
  let failure: unknown;
  let wake = () => {};
  worker.on("message", (message: FromThread) => {
    messages.push(message);
    wake();
  });
  worker.on("error", (error) => {
    failure = error;
    wake();
  });
  worker.on("exit", () => {
    failure ??= new Error("the reading thread ended early");
    wake();
  });
  try {
    for (;;) {
      const message = messages.shift();
      if (message?.kind === "done") {
        return;
      }
      if (message !== undefined) {
        yield withoutPrototypes(message.prepared);
        worker.postMessage("next");
      } else if (failure !== undefined) {
        throw failure;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    await worker.terminate();
  }
}

/** Structured cloning gives objects a prototype; fields of events have none. */
function withoutPrototypes(prepared: PreparedBatch): PreparedBatch {
  return {
    ...prepared,
    hits: prepared.hits.map((hit) => ({ ...hit, event: withBareFields(hit.event) })),
  };
}

function withBareFields(event: StemmaEvent): StemmaEvent {
  Object.setPrototypeOf(event.fields, null);
  return event;
}
