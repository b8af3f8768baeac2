import type { Rule } from "../../server/detection/rule.ts";
import { exceptingWith } from "../../server/exceptions/closing.ts";
import { dryRunDetail } from "../../server/exceptions/dry-run.ts";
import type { KeptRun } from "../../server/exceptions/kept-runs.ts";
import { type SaveRequest, saveException } from "../../server/exceptions/save.ts";
import { ok } from "../../server/lib/result.ts";
import type { Store } from "../../server/store/port.ts";
import { runBatch } from "../../server/triage/batch/run.ts";

const noPlaybooks = { all: [], forAlert: () => undefined, forRule: () => undefined };

type Request = Omit<SaveRequest, "run">;

/** Dry runs whose results are kept, and saving with all of its batch, as the server does it. */
export function exceptionSaver() {
  const runs = new Map<string, KeptRun>();
  return {
    async dryRun(...of: Parameters<typeof dryRunDetail>) {
      const detail = await dryRunDetail(...of);
      runs.set(detail.result.token, detail.kept);
      return detail.result;
    },
    async save(store: Store, rules: readonly Rule[], request: Request) {
      const saved = await saveException(store, rules, { ...request, run: runs.get(request.token) });
      if (!saved.ok) {
        return saved;
      }
      const { exception, batch } = saved.value;
      const { actor, clock } = request;
      const closed =
        batch &&
        (await runBatch(store, noPlaybooks, {
          ...{ id: batch.id, runner: batch.runner, actor, clock, newId: () => crypto.randomUUID() },
          excepting: exceptingWith(store, rules),
        }));
      return ok({
        exception,
        batch: closed?.ok === true ? closed.value : batch,
        closed: closed?.ok === true ? closed.value.changed.alerts : 0,
      });
    },
  };
}
