import type { StemmaEvent } from "../../event/event.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Store } from "../../store/port.ts";
import { changeParent } from "../../triage/change-parent.ts";
import { comparisonOf } from "../../triage/comparison.ts";
import { eventView } from "../../triage/event-view.ts";
import { neighbourhoodOf } from "../../triage/neighbourhood.ts";
import { relatedProcessesOf } from "../../triage/related-processes.ts";
import { type ApiError, apiErrorOf, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import type { AppContext } from "../workbench.ts";

/** Nodes of one answer around a process; the rest is said as cuts and loaded on request. */
const nodeLimit = 200;

type Names =
  | "lineage"
  | "process"
  | "chooseParent"
  | "comparison"
  | "relatedProcesses"
  | "processNeighbourhood"
  | "children"
  | "processEvents"
  | "event"
  | "rawEvent";

export function lineageHandlers({ store, now }: AppContext): Pick<Handlers, Names> {
  const around = async (key: string) => {
    const found = await neighbourhoodOf(store, key, nodeLimit);
    return found === undefined ? fail(notFound("process", key)) : ok(found);
  };
  return {
    lineage: async ({ params }) => {
      const alert = await store.alerts.get(params.id);
      if (alert === undefined) {
        return fail(notFound("alert", params.id));
      }
      // An alert on an event that names no process has no graph: empty, not an error.
      return alert.processKey === undefined
        ? ok({ focus: "", nodes: [], sessions: [], truncations: [], childGroups: [], links: [] })
        : around(alert.processKey);
    },
    process: async ({ params }) => {
      const found = await store.lineage.process(params.key);
      return found === undefined ? fail(notFound("process", params.key)) : ok(found);
    },
    comparison: async ({ params, query }) => {
      const found = await comparisonOf(store.lineage, params.key, query.days);
      return found === undefined ? fail(notFound("process", params.key)) : ok(found);
    },
    relatedProcesses: async ({ params, query }) => {
      const page = { offset: Number(query.cursor ?? "0"), limit: query.limit };
      const found = await relatedProcessesOf(store.lineage, params.key, page);
      return found === undefined ? fail(notFound("process", params.key)) : ok(found);
    },
    chooseParent: async ({ params, body, actor }) => {
      const changed = await changeParent(store, { process: params.key, parent: body.parent, actor, at: now() });
      if (!changed.ok) {
        return changed.error.code === "process.not-found"
          ? fail(notFound("process", params.key))
          : fail(apiErrorOf(changed.error, 409));
      }
      const { movedAlerts } = changed.value;
      const process = await store.lineage.process(changed.value.process);
      return process === undefined ? fail(notFound("process", params.key)) : ok({ process, movedAlerts });
    },
    processNeighbourhood: ({ params }) => around(params.key),
    children: async ({ params, query }) => {
      const found = await store.lineage.process(params.key);
      return found === undefined
        ? fail(notFound("process", params.key))
        : ok(await store.lineage.children(found.key, { ...query, limit: query.limit ?? 100 }));
    },
    processEvents: async ({ params, query }) => {
      const found = await store.lineage.process(params.key);
      if (found === undefined) {
        return fail(notFound("process", params.key));
      }
      const { kind, cursor } = query;
      const page = await store.events.ofProcess(found, { kind, cursor, limit: query.limit ?? 100 });
      return ok({ ...page, items: page.items.map((event) => eventView(event, found.key)) });
    },
    event: async ({ params }) => {
      const found = await eventOf(store, params.id);
      return found.ok ? ok(eventView(found.value, (await store.lineage.processOf(found.value))?.key)) : found;
    },
    rawEvent: async ({ params }) => {
      const found = await eventOf(store, params.id);
      return found.ok ? ok({ source: found.value.source, record: await store.events.original(found.value.id) }) : found;
    },
  };
}

async function eventOf(store: Store, id: string): Promise<Result<StemmaEvent, ApiError>> {
  const event = await store.events.get(id);
  return event === undefined ? fail(notFound("event", id)) : ok(event);
}
