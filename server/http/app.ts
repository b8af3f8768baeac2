import type { RequestListener } from "node:http";
import express from "express";
import type { Logger } from "pino";
import { changesRoute } from "#contracts/routes/changes";
import type { SignInContext } from "../people/sign-in.ts";
import { routeCalls } from "./call-route.ts";
import type { Identify } from "./caller.ts";
import type { ChangeStreams } from "./change-streams.ts";
import { changesEndpoint, lookAfterChanges } from "./changes.ts";
import type { SessionCookie } from "./client.ts";
import { errorHandler } from "./error-handler.ts";
import { type Doors, forwarded } from "./forwarding.ts";
import { identified, knownHost, sameOrigin, signedIn } from "./guards.ts";
import { mcpEndpoint, mcpGuard } from "./mcp.ts";
import type { Monitoring } from "./monitoring/answers.ts";
import { metricsRoutes, probeRoutes } from "./monitoring/routes.ts";
import { oidcCallback, oidcPath, oidcStart } from "./oidc-pages.ts";
import { openApi } from "./openapi/document.ts";
import { sendProblem } from "./problem.ts";
import { requestLog } from "./request-log.ts";
import { apiRouter, type Handlers } from "./router.ts";
import { securityHeaders } from "./security.ts";
import { signInLinks } from "./sign-in-pages.ts";
import { webApp } from "./web-app.ts";

export interface AppParts {
  readonly handlers: Handlers;
  readonly people: SignInContext;
  readonly identify: Identify;
  readonly cookie: SessionCookie;
  readonly streams: ChangeStreams;
  readonly log: Logger;
  readonly version: string;
  /** Host names of this server in lower case: see `allowedHostNames`. */
  readonly hostNames: ReadonlySet<string>;
  readonly doors: Doors & { readonly isBehindProxy: boolean };
  readonly monitoring: Monitoring;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Where people reach the server. */
  readonly url: () => string;
  readonly checkResponses: boolean;
  /** The folder of the built web app. */
  readonly web: string;
}

/** The whole HTTP side: security headers, sign-in, the API of the route table, the web app. Owns no socket. */
export function createApp(parts: AppParts): RequestListener {
  const { people, identify, cookie, log, doors, monitoring } = parts;
  const { health, metrics } = monitoring;
  const app = express();
  app.disable("x-powered-by");
  app.set("query parser", "simple");
  app.set("etag", false);
  app.use(
    ...securityHeaders(cookie.secure),
    requestLog(log, metrics, () => health.isStopping),
  );
  app.use(probeRoutes(monitoring));
  app.use(forwarded(doors, log, parts.now), knownHost(parts.hostNames));
  app.use(metricsRoutes(monitoring, identify, doors.isBehindProxy));
  app.get("/sign-in", signInLinks(people, cookie, log, metrics));
  if (people.provider !== undefined) {
    const oidc = { people, provider: people.provider, cookie, url: parts.url, log, metrics };
    app.get(oidcPath, oidcStart(oidc));
    app.get(`${oidcPath}/callback`, oidcCallback(oidc));
  }

  app.use("/api", identified(identify), sameOrigin(cookie.name));
  let document: Buffer | undefined;
  app.get("/api/v1/openapi.json", signedIn(), (_request, response) => {
    // Built at the first request: that takes longer than all other requests. All responses share the bytes.
    document ??= Buffer.from(JSON.stringify(openApi(parts.version, cookie.name)));
    response.type("json").send(document);
  });
  app.get(changesRoute.path, changesEndpoint(parts.streams, identify));
  app.use("/mcp", identified(identify), mcpGuard());
  app.use(["/api", "/mcp"], lookAfterChanges(parts.streams));
  app.use(express.json({ limit: "2mb", strict: true }));
  const calls = routeCalls(parts.handlers, parts.checkResponses);
  app.use("/mcp", mcpEndpoint(calls, parts));
  app.use(apiRouter(calls, cookie, (secret) => people.sessions.isDisabled(secret)));
  app.use("/api", signedIn(), (request, response) => {
    const path = request.originalUrl.split("?")[0]?.slice(0, 200);
    sendProblem(response, { code: "route.not-found", message: `The API has no ${request.method} ${path}` });
  });

  app.use(webApp(parts.web, identify));
  app.use(errorHandler(log));
  return app;
}
