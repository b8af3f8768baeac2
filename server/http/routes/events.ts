import { decode } from "../../decode/decode.ts";
import { fail, ok } from "../../lib/result.ts";
import { eventView } from "../../triage/event-view.ts";
import type { AppContext } from "../context.ts";
import { notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { waitingIn } from "../waiting.ts";

/** Stored events, and searches over them. */
export function eventHandlers({
  store,
  work,
}: AppContext): Pick<Handlers, "event" | "rawEvent" | "decode" | "hunt" | "huntExport"> {
  return {
    event: async ({ params }) => {
      const event = await store.events.get(params.id);
      return event === undefined
        ? fail(notFound("event", params.id))
        : ok(eventView(event, (await store.lineage.processOf(event))?.key));
    },
    rawEvent: async ({ params }) => {
      const event = await store.events.get(params.id);
      return event === undefined
        ? fail(notFound("event", params.id))
        : ok({ source: event.source, record: await store.events.original(event.id) });
    },
    decode: async ({ body }) => ok(decode(body.text)),
    hunt: ({ body, ...call }) => work.run("hunt", body, waitingIn(call)),
    huntExport: ({ body, ...call }) => work.run("huntExport", body, waitingIn(call)),
  };
}
