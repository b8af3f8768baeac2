import { fail, ok } from "../../lib/result.ts";
import { withVersion } from "../../store/audit/version.ts";
import { refusingDamage } from "../../store/damage.ts";
import { changeParent, processSubject } from "../../triage/change-parent.ts";
import { eventView } from "../../triage/event-view.ts";
import { neighbourhoodOf, neighbourhoodOfAlert } from "../../triage/neighbourhood.ts";
import { relatedProcessesOf } from "../../triage/related-processes.ts";
import type { AppContext } from "../context.ts";
import { foundOr404, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { waitingIn } from "../waiting.ts";

/** Nodes of one process graph. Truncations report the rest, which is loaded on request. */
const nodeLimit = 200;

type Names =
  | "lineage"
  | "process"
  | "chooseParent"
  | "processNeighbourhood"
  | "children"
  | "comparison"
  | "relatedProcesses"
  | "timeline"
  | "processEvents";

/** Processes and the graphs around them. */
export function lineageHandlers({ store, rules, work, now }: AppContext): Pick<Handlers, Names> {
  const around = async (key: string) => foundOr404(await neighbourhoodOf(store, key, nodeLimit), "process", key);
  const processNode = async (key: string) => {
    const current = (await store.lineage.process(key))?.key;
    return withVersion(store.audit, processSubject(key, current), async () =>
      foundOr404(await store.lineage.process(key), "process", key),
    );
  };
  return {
    lineage: async ({ params }) =>
      foundOr404(await neighbourhoodOfAlert(store, params.id, nodeLimit), "alert", params.id),
    process: ({ params }) => processNode(params.key),
    chooseParent: async ({ params, body, actor, expected }) => {
      const change = {
        process: params.key,
        parent: body.parent,
        actor,
        at: now(),
        expected,
        rules: rules.current.byId,
      };
      const changed = await changeParent(store, change);
      if (!changed.ok) {
        return changed;
      }
      const { movedAlerts } = changed.value;
      const process = await processNode(params.key);
      return process.ok ? ok({ ...process.value, content: { process: process.value.content, movedAlerts } }) : process;
    },
    processNeighbourhood: ({ params }) => around(params.key),
    children: async ({ params, query }) => {
      const process = await refusingDamage(() => store.lineage.process(params.key));
      return process === undefined
        ? fail(notFound("process", params.key))
        : ok(await store.lineage.children(process.key, query));
    },
    comparison: async ({ params, query, ...call }) => {
      const compared = await work.run("comparison", { key: params.key, days: query.days }, waitingIn(call));
      return compared.ok ? foundOr404(compared.value, "process", params.key) : compared;
    },
    timeline: ({ body, ...call }) => work.run("timeline", body, waitingIn(call)),
    relatedProcesses: async ({ params, query }) =>
      foundOr404(await relatedProcessesOf(store.together().lineage, params.key, query), "process", params.key),
    processEvents: async ({ params, query }) => {
      const process = await refusingDamage(() => store.lineage.process(params.key));
      if (process === undefined) {
        return fail(notFound("process", params.key));
      }
      const page = await store.events.ofProcess(process, query);
      return ok({ ...page, items: page.items.map((event) => eventView(event, process.key)) });
    },
  };
}
