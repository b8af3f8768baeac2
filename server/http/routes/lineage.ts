import type { EventView } from "#contracts/event";
import type { StemmaEvent } from "../../event/event.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Store } from "../../store/port.ts";
import { notFound, type Refusal } from "../problem.ts";
import type { Handlers } from "../router.ts";
import type { Workbench } from "../workbench.ts";

/** Nodes of one answer around a process; the rest is said as cuts and loaded on request. */
const nodeLimit = 200;

type Names = "lineage" | "process" | "processNeighbourhood" | "children" | "processEvents" | "event" | "rawEvent";

export function lineageHandlers({ store }: Workbench): Pick<Handlers, Names> {
  const around = async (key: string) => {
    const found = await store.lineage.neighbourhood(key, nodeLimit);
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
        ? ok({ focus: "", nodes: [], sessions: [], cuts: [] })
        : around(alert.processKey);
    },
    process: async ({ params }) => {
      const found = await store.lineage.process(params.key);
      return found === undefined ? fail(notFound("process", params.key)) : ok(found);
    },
    processNeighbourhood: ({ params }) => around(params.key),
    children: async ({ params, query }) => {
      const found = await store.lineage.process(params.key);
      return found === undefined
        ? fail(notFound("process", params.key))
        : ok(await store.lineage.children(found.key, { cursor: query.cursor, limit: query.limit ?? 100 }));
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

async function eventOf(store: Store, id: string): Promise<Result<StemmaEvent, Refusal>> {
  const event = await store.events.get(id);
  return event === undefined ? fail(notFound("event", id)) : ok(event);
}

/** A stored event on the wire. */
export function eventView(event: StemmaEvent, processKey: string | undefined): EventView {
  return {
    id: event.id,
    time: new Date(event.time).toISOString(),
    fields: event.fields,
    source: event.source,
    processKey,
  };
}
