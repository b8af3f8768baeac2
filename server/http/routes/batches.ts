import { randomUUID } from "node:crypto";
import type { Actor } from "#contracts/actor";
import { routes } from "#contracts/api";
import type { Problem, RequestProblem } from "#contracts/problem";
import type { batchRoutes } from "#contracts/routes/batches";
import { ok, type Result } from "../../lib/result.ts";
import type { BatchRecord } from "../../store/batches/port.ts";
import { StoreFailure } from "../../store/failure.ts";
import {
  batchPageOf,
  batchView,
  cancelBatch,
  interruptBatch,
  resumeBatch,
  startBatch,
  undoBatch,
} from "../../triage/batch/batches.ts";
import { batchLeftPageOf } from "../../triage/batch/left.ts";
import type { RouteCall } from "../call-route.ts";
import type { AppContext } from "../context.ts";
import { foundOr404 } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { authorityOf, personOf, waitingIn } from "../waiting.ts";

type Names = keyof typeof batchRoutes;

const failure: Problem = {
  code: "server.internal-error",
  message: "The batch ended with an error of the server; the log has it",
  remedy: "Resume it, or undo what it has changed.",
};

/** Changes of many incidents or alerts: the work goes on when the request is answered. */
export function batchHandlers({ store, work, now, deliveries }: AppContext): Pick<Handlers, Names> {
  type Call = Pick<RouteCall<"undoBatch">, "actor" | "caller">;
  const { receivers } = deliveries;
  const by = (actor: Actor) => ({ actor, at: now(), newId: randomUUID, receivers });

  /** Runs a batch to its end; whatever ends its run earlier is noted with the batch. */
  const run = async ({ id, runner }: BatchRecord, { actor, caller }: Call): Promise<void> => {
    const input = { id, runner, actor, receivers };
    const authority = authorityOf(caller, routes.startBatch.access);
    const interrupted = (problem: Problem) => interruptBatch(store, { id, runner }, problem, by(actor));
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
  const started = (batch: Result<BatchRecord, RequestProblem>, call: Call) => {
    if (batch.ok) {
      void run(batch.value, call);
    }
    return shown(batch);
  };
  const shown = (batch: Result<BatchRecord, RequestProblem>) => (batch.ok ? ok(batchView(batch.value, now())) : batch);

  return {
    batches: async ({ query }) => ok(await batchPageOf(store, query, now())),
    startBatch: async ({ body, ...call }) => started(await startBatch(store, body, by(call.actor)), call),
    previewBatch: ({ body, ...call }) => work.run("batchPreview", body, waitingIn(call)),
    batch: async ({ params }) => {
      const found = await store.batches.get(params.id);
      return foundOr404(found && batchView(found, now()), "batch", params.id);
    },
    batchLeft: async ({ params, query }) =>
      foundOr404(await batchLeftPageOf(store, params.id, query), "batch", params.id),
    cancelBatch: async ({ params, actor }) => shown(await cancelBatch(store, params.id, by(actor))),
    resumeBatch: async ({ params, ...call }) => started(await resumeBatch(store, params.id, by(call.actor)), call),
    undoBatch: async ({ params, ...call }) => started(await undoBatch(store, params.id, by(call.actor)), call),
  };
}
