import { fail, ok, type Result } from "../../lib/result.ts";
import { hostPageOf, userPageOf } from "../../triage/host-and-user-pages.ts";
import { hostSummaries, userSummaries } from "../../triage/host-and-user-summaries.ts";
import { sessionPageOf } from "../../triage/session-page.ts";
import { type ApiError, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import type { AppContext } from "../workbench.ts";

type Names = "hosts" | "host" | "users" | "user" | "session";

function found<T>(value: T | undefined, what: string, key: string): Result<T, ApiError> {
  return value === undefined ? fail(notFound(what, key)) : ok(value);
}

export function pivotHandlers({ store }: AppContext): Pick<Handlers, Names> {
  return {
    hosts: async () => ok({ items: await hostSummaries(store) }),
    host: async ({ params }) => found(await hostPageOf(store, params.key), "host", params.key),
    users: async () => ok({ items: await userSummaries(store) }),
    user: async ({ params }) => found(await userPageOf(store, params.key), "user", params.key),
    session: async ({ params }) => found(await sessionPageOf(store, params.key), "session", params.key),
  };
}
