import { ok } from "../../lib/result.ts";
import { hostPageOf, userPageOf } from "../../triage/host-and-user-pages.ts";
import { hostListOf, userListOf } from "../../triage/host-and-user-summaries.ts";
import { sessionPageOf } from "../../triage/session-page.ts";
import type { AppContext } from "../context.ts";
import { foundOr404 } from "../problem.ts";
import type { Handlers } from "../router.ts";

type Names = "hosts" | "host" | "users" | "user" | "session";

/** Hosts, users and logon sessions. */
export function entityHandlers({ store }: AppContext): Pick<Handlers, Names> {
  return {
    hosts: async ({ query }) => ok(await hostListOf(store, query)),
    host: async ({ params }) => foundOr404(await hostPageOf(store, params.key), "host", params.key),
    users: async ({ query }) => ok(await userListOf(store, query)),
    user: async ({ params }) => foundOr404(await userPageOf(store, params.key), "user", params.key),
    session: async ({ params }) => foundOr404(await sessionPageOf(store, params.key), "logon session", params.key),
  };
}
