import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import type { StemmaEvent } from "../event/event.ts";
import type { Prepared } from "./prepare.ts";
import type { FromThread, ThreadTask } from "./thread-messages.ts";

/** Batches under way between the threads: enough that neither waits for the other's pauses, few enough for flat memory. */
const AHEAD = 48;
/** Nearly everything that is read is dropped soon: a large young generation lets it die there. In megabytes. */
const YOUNG_GENERATION = 96;
/**
 * V8 makes objects of a kind that often outlives a collection among the old ones at once. Events do, as a run of them is held
 * until it is packed; but then they die, and dead old objects keep all alive that they point to until the old are collected.
 * Without that guess an ingest takes a fifth less processor time.
 */
const YOUNG_EVENTS = "--no-allocation-site-pretenuring";

/**
 * Reads and prepares in a thread of its own, so that writing goes on beside. What is handed out is what `prepareAll` gives
 * over `readEvents`. Leaving the loop ends the thread; a bug in it is thrown here.
 */
export async function* prepareInThread(task: Omit<ThreadTask, "ahead">): AsyncGenerator<Prepared> {
  const workerData: ThreadTask = { ...task, ahead: AHEAD };
  setFlagsFromString(YOUNG_EVENTS);
  const worker = new Worker(new URL("./preparing-thread.ts", import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
  });
  const arrived: FromThread[] = [];
  let failure: unknown;
  let wake = () => {};
  worker.on("message", (message: FromThread) => {
    arrived.push(message);
    wake();
  });
  worker.on("error", (error) => {
    failure = error;
    wake();
  });
  worker.on("exit", () => {
    failure ??= new Error("the thread that reads ended early");
    wake();
  });
  try {
    for (;;) {
      const message = arrived.shift();
      if (message?.kind === "done") {
        return;
      }
      if (message !== undefined) {
        yield received(message.prepared);
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

/** Prototypes do not travel: events are given back that they have none. */
function received(prepared: Prepared): Prepared {
  return {
    ...prepared,
    hits: prepared.hits.map((hit) => ({ ...hit, event: bare(hit.event) })),
  };
}

function bare(event: StemmaEvent): StemmaEvent {
  Object.setPrototypeOf(event.fields, null);
  return event;
}
