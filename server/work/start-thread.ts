import { Worker } from "node:worker_threads";
import type { FromThread } from "./messages.ts";
import type { StartThread } from "./thread.ts";

/** Megabytes of long-lived objects in one thread. More than that ends the work, not the server. */
const HEAP = 256;

/** Starts threads that run the file `entry` with the cancel flag and `data`. */
export function threadsOf(entry: URL, data: unknown): StartThread {
  return (flag, { onMessage, onLost }) => {
    const worker = new Worker(entry, { workerData: { flag, data }, resourceLimits: { maxOldGenerationSizeMb: HEAP } });
    // `serve-tasks.ts` of the same version sends it, so the type is certain.
    worker.on("message", (message: FromThread) => onMessage(message));
    worker.on("messageerror", onLost);
    worker.on("error", (error) => onLost(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", (code) => onLost(new Error(`a worker thread ended by itself with code ${code}`)));
    return { send: (message) => worker.postMessage(message), end: () => worker.terminate() };
  };
}
