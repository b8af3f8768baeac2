import { randomUUID } from "node:crypto";
import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import type { batchRoutes } from "#contracts/routes/batches";
import { ok, type Result } from "../../lib/result.ts";
import type { BatchRecord } from "../../store/batches/port.ts";
import { batchPageOf, batchView, cancelBatch, resumeBatch, startBatch, undoBatch } from "../../triage/batch/batches.ts";
import { batchLeftPageOf } from "../../triage/batch/left.ts";
import { type Asking, batchRunner } from "../batch-runner.ts";
import type { AppContext } from "../context.ts";
import { foundOr404 } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { waitingIn } from "../waiting.ts";

type Names = keyof typeof batchRoutes;

/** Changes of many incidents or alerts: the work goes on when the request is answered. */
export function batchHandlers(context: AppContext): Pick<Handlers, Names> {
  const { store, work, now, deliveries } = context;
  const { receivers } = deliveries;
  const by = (actor: Actor) => ({ actor, at: now(), newId: randomUUID, receivers });

  const run = batchRunner(context);
  const started = (batch: Result<BatchRecord, RequestProblem>, call: Asking) => {
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
