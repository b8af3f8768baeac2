import type { Request, RequestHandler, Response } from "express";
import { permits } from "#contracts/roles";
import { changesRoute } from "#contracts/routes/changes";
import { accessDenied } from "../people/refusals.ts";
import { callerOf, type Identify } from "./caller.ts";
import type { ChangeStreams } from "./change-streams.ts";
import { signInRequiredFor } from "./identify.ts";
import { invalidRequest, sendProblem } from "./problem.ts";
import { queryReader } from "./query.ts";
import { personOf } from "./waiting.ts";

/** The longest `Last-Event-ID` that is read; ours are much shorter. */
const longestId = 200;

/** Tells whoever may read what others change, until the connection or the session ends. */
export function changesEndpoint(streams: ChangeStreams, identify: Identify): RequestHandler {
  const readQuery = queryReader(changesRoute.query);
  return async (request: Request, response: Response) => {
    const caller = callerOf(response);
    if (caller === undefined) {
      return sendProblem(response, signInRequiredFor(request));
    }
    if (!permits(caller, changesRoute.access)) {
      return sendProblem(response, accessDenied(changesRoute.access));
    }
    const query = changesRoute.query.safeParse(readQuery(request.query));
    if (!query.success) {
      const { problem, errors } = invalidRequest(query.error, "query");
      return sendProblem(response, problem, errors);
    }
    if (request.method === "HEAD") {
      response.type("text/event-stream").end();
      return;
    }
    const { incident, since } = query.data;
    // What a browser sends when it connects again by itself is newer than the address.
    const lastId = request.get("Last-Event-ID")?.slice(0, longestId);
    const { actor } = caller;
    const added = await streams.add({
      response,
      account: personOf(actor),
      ...(caller.role === undefined ? {} : { name: actor.name }),
      incidents: [...new Set(incident)],
      since: lastId ?? since,
      mayListen: async () => permits(await identify(request, { isUse: false }), changesRoute.access),
    });
    if (!added.ok) {
      sendProblem(response, added.error);
    }
  };
}

/** Looks at the store once a change is answered, so that others see it at once. */
export function lookAfterChanges(streams: ChangeStreams): RequestHandler {
  return ({ method }, response, next) => {
    if (method !== "GET" && method !== "HEAD") {
      response.once("finish", () => streams.look());
    }
    next();
  };
}
