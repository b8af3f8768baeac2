import { type RequestHandler, Router } from "express";
import { permits } from "#contracts/roles";
import { signInRequired } from "../../people/refusals.ts";
import { callerOf, type Identify } from "../caller.ts";
import { isForwarded, isLoopback, peerOf } from "../forwarding.ts";
import { identified } from "../guards.ts";
import { sendProblem } from "../problem.ts";
import { alive, type Monitoring, type MonitoringAnswer, metricsText, ready } from "./answers.ts";

/** `/healthz` and `/readyz`: open under any host name, because load balancers probe by address. */
export function probeRoutes(monitoring: Monitoring): Router {
  const router = Router();
  router.get(
    "/healthz",
    answering(async () => alive),
  );
  router.get(
    "/readyz",
    answering(() => ready(monitoring)),
  );
  return router;
}

/**
 * `/metrics`: for whoever may read, such as a service token with the scope `read`; and for programs on this machine as
 * long as no proxy is in front, whose requests would come from this machine as well.
 */
export function metricsRoutes(monitoring: Monitoring, identify: Identify, isBehindProxy: boolean): Router {
  const router = Router();
  const permitted: RequestHandler = (request, response, next) => {
    const isLocal = !isBehindProxy && isLoopback(peerOf(request)) && !isForwarded(request);
    if (isLocal || permits(callerOf(response), "read")) {
      return next();
    }
    sendProblem(response, signInRequired);
  };
  router.get(
    "/metrics",
    identified(identify),
    permitted,
    answering(() => metricsText(monitoring)),
  );
  return router;
}

function answering(answer: () => Promise<MonitoringAnswer>): RequestHandler {
  return async (_request, response) => {
    const { status, type, text } = await answer();
    response.status(status).set({ "Content-Type": type, "Cache-Control": "no-store" }).send(text);
  };
}
