import { ok } from "../../lib/result.ts";
import { hostPageOf, userPageOf } from "../../triage/host-and-user-pages.ts";
import { hostSummaries, userSummaries } from "../../triage/host-and-user-summaries.ts";
import { sessionPageOf } from "../../triage/session-page.ts";
import type { AppContext } from "../context.ts";
import { foundOr404 } from "../problem.ts";
import type { Handlers } from "../router.ts";

type Names = "hosts" | "host" | "users" | "user" | "session";

/** Hosts, users and logon sessions. */
export function entityHandlers({ store }: AppContext): Pick<Handlers, Names> {
  return {
    hosts: async () => ok({ items: await hostSummaries(store) }),
    host: async ({ params }) => foundOr404(await hostPageOf(store, params.key), "host", params.key),
    users: async () => ok({ items: await userSummaries(store) }),
    user: async ({ params }) => foundOr404(await userPageOf(store, params.key), "user", params.key),
    session: async ({ params }) => foundOr404(await sessionPageOf(store, params.key), "logon session", params.key),
  };
}
