import type { RequestProblem } from "#contracts/problem";
import type { Result } from "../../lib/result.ts";
import type { AppContext } from "../context.ts";
import { foundOr404 } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { waitingIn } from "../waiting.ts";

type Names = "hosts" | "host" | "users" | "user" | "session";

/** Hosts, users and logon sessions. */
export function entityHandlers({ work }: AppContext): Pick<Handlers, Names> {
  return {
    hosts: ({ query, ...call }) => work.run("hosts", query, waitingIn(call)),
    host: async ({ params, ...call }) => found(await work.run("host", params, waitingIn(call)), "host", params.key),
    users: ({ query, ...call }) => work.run("users", query, waitingIn(call)),
    user: async ({ params, query, ...call }) =>
      found(await work.run("user", { ...params, ...query }, waitingIn(call)), "user", params.key),
    session: async ({ params, ...call }) =>
      found(await work.run("session", params, waitingIn(call)), "logon session", params.key),
  };
}

function found<T>(
  result: Result<T | undefined, RequestProblem>,
  resource: Parameters<typeof foundOr404>[1],
  key: string,
): Result<T, RequestProblem> {
  return result.ok ? foundOr404(result.value, resource, key) : result;
}
