import { randomUUID } from "node:crypto";
import { routes } from "#contracts/api";
import type { Problem } from "#contracts/problem";
import type { BatchRecord } from "../store/batches/port.ts";
import { StoreFailure } from "../store/failure.ts";
import { interruptBatch } from "../triage/batch/batches.ts";
import type { RouteCall } from "./call-route.ts";
import type { AppContext } from "./context.ts";
import { authorityOf, personOf } from "./waiting.ts";

/** Who asked for a batch. */
export type Asking = Pick<RouteCall<"undoBatch">, "actor" | "caller">;

const failure: Problem = {
  code: "server.internal-error",
  message: "The batch ended with an error of the server; the log has it",
  remedy: "Resume it, or undo what it has changed.",
};

/** Runs batches to their end, also when the request is answered. What ends a run earlier is noted with the batch. */
export function batchRunner({ store, work, now, deliveries }: AppContext) {
  const { receivers } = deliveries;
  return async ({ id, runner }: Pick<BatchRecord, "id" | "runner">, { actor, caller }: Asking): Promise<void> => {
    const input = { id, runner, actor, receivers };
    const authority = authorityOf(caller, routes.startBatch.access);
    const interrupted = (problem: Problem) =>
      interruptBatch(store, { id, runner }, problem, { actor, at: now(), newId: randomUUID, receivers });
    try {
      const result = await work.run("batch", input, { person: personOf(actor), authority });
      if (!result.ok) {
        await interrupted(result.error);
      }
    } catch (error) {
      // The pool has logged a bug. A store that is gone is met here again: the next start of a server notes it then.
      await interrupted(error instanceof StoreFailure ? error.problem : failure).catch(() => undefined);
    }
  };
}
