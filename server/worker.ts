// The composition root of a worker thread: what `main.ts` is for the server. See docs/decisions/0033.

import { parentPort, workerData } from "node:worker_threads";
import { openStore } from "./cli/open.ts";
import type { Config } from "./config.ts";
import { serveTasks } from "./work/serve-tasks.ts";

const port = parentPort;
if (port === null) {
  throw new Error("must be started as a worker thread");
}
// Sent by `work/start-thread.ts` of the same version, so the type is certain.
const { flag, data: config } = workerData as { readonly flag: SharedArrayBuffer; readonly data: Config };

serveTasks({
  ...{ port, flag, openStore: (options) => openStore(config, options) },
  settings: { broadExceptions: config.broadExceptions },
});
