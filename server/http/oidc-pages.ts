import type { Request, RequestHandler } from "express";
import type { Logger } from "pino";
import type { RequestProblem } from "#contracts/problem";
import { parseJson } from "../lib/parse-json.ts";
import { fail, type Result } from "../lib/result.ts";
import { flowLifetime, type SignInFlow, signInFlow } from "../people/identity-provider.ts";
import { refused, tooManyAttempts } from "../people/refusals.ts";
import type { SignedIn, SignInContext, SignInProvider } from "../people/sign-in.ts";
import { signInWithIdentity } from "../people/sign-in-with-identity.ts";
import { type Client, clientOf, cookieOf, type SessionCookie } from "./client.ts";
import { authorityOf } from "./forwarding.ts";
import type { Metrics } from "./monitoring/metrics.ts";
import { sendRefusal } from "./page.ts";
import { sendProblem } from "./problem.ts";
import { requestIdOf } from "./request-log.ts";
import { enter, localPath } from "./sign-in-pages.ts";

interface OidcParts {
  readonly people: SignInContext;
  readonly provider: SignInProvider;
  readonly cookie: SessionCookie;
  /** Where people reach the server: the provider sends them back there. */
  readonly url: () => string;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, "countSignIn">;
}

export const oidcPath = "/sign-in/oidc";
const callbackPath = `${oidcPath}/callback`;

/** What the state of a sign-in at the provider is a challenge for. */
const purpose = "oidc";

/** `GET /sign-in/oidc?next=…`: sends the browser to the identity provider. */
export function oidcStart({ people, provider, cookie, url, log }: OidcParts): RequestHandler {
  return async (request, response) => {
    response.set("Cache-Control", "no-store");
    const next = localPath(request.query["next"]);
    const home = addressOf(url, oidcPath);
    if (authorityOf(request) !== home.host && request.query["moved"] === undefined) {
      // The provider sends the browser back to that name, and cookies belong to one name. Once: a proxy may hide it.
      home.search = new URLSearchParams({ next, moved: "1" }).toString();
      return response.redirect(303, home.href);
    }
    const state = people.challenges.issue(purpose, flowLifetime);
    const begun = await provider.client.begin(addressOf(url, callbackPath).href, next, state);
    if (!begun.ok) {
      log.warn({ event: "sign-in.refused", id: requestIdOf(response), method: "oidc", code: begun.error.code });
      return sendRefusal(request, response, begun.error);
    }
    // Comes back with a redirect from another site, so not `Strict`; it is of use only together with the answer.
    const value = Buffer.from(JSON.stringify(begun.value.flow)).toString("base64url");
    response.cookie(flowCookie(cookie), value, { ...flowOptions(cookie), maxAge: flowLifetime });
    response.redirect(303, begun.value.url);
  };
}

/** `GET /sign-in/oidc/callback`: the browser comes back from the identity provider. */
export function oidcCallback(parts: OidcParts): RequestHandler {
  const { cookie, log, metrics } = parts;
  return async (request, response) => {
    response.set("Cache-Control", "no-store");
    if (request.method !== "GET") {
      return sendProblem(response.set("Allow", "GET"), {
        code: "request.method-not-allowed",
        message: "This page can only be opened",
      });
    }
    const flow = flowOf(request, cookie);
    // Once: whoever repeats the address gets nothing.
    response.clearCookie(flowCookie(cookie), flowOptions(cookie));
    const client = clientOf(request, response, cookie);
    const signedIn = await signIn(parts, request, flow, client);
    if (!signedIn.ok) {
      const { code, message } = signedIn.error;
      metrics.countSignIn("oidc", code === "sign-in.rate-limited" ? "limited" : "refused");
      const { address } = client;
      log.warn({ event: "sign-in.refused", id: requestIdOf(response), method: "oidc", address, code, reason: message });
      return sendRefusal(request, response, signedIn.error);
    }
    client.signIn(signedIn.value.secret);
    enter(request, response, flow?.next ?? "/");
  };
}

async function signIn(
  { people, provider, url }: OidcParts,
  request: Request,
  flow: SignInFlow | undefined,
  client: Client,
): Promise<Result<SignedIn, RequestProblem>> {
  if (flow === undefined) {
    return fail(refused("This browser has not begun to sign in here, or it took too long"));
  }
  if (request.query["state"] !== flow.state) {
    return fail(refused("The answer belongs to another attempt to sign in"));
  }
  // Another server on the store may have begun it, so it is tried all the same.
  const isOwn = people.challenges.isValid(purpose, flow.state);
  const attempt = isOwn ? people.attempts.begin(client.address) : people.attempts.beginStray(client.address);
  if ("wait" in attempt) {
    return fail(tooManyAttempts(attempt.wait));
  }
  if (isOwn) {
    people.challenges.use(purpose, flow.state);
  }
  const callback = addressOf(url, callbackPath);
  callback.search = new URL(request.originalUrl, callback).search;
  const identity = await provider.client.finish(callback, flow);
  if (!identity.ok) {
    return identity;
  }
  attempt.succeeded();
  return signInWithIdentity(people, identity.value, provider, client);
}

function addressOf(url: () => string, path: string): URL {
  return new URL(`${url().replace(/\/$/, "")}${path}`);
}

const flowCookie = ({ name }: SessionCookie) => `${name}_oidc`;

// The path is `/` because cookies with the prefix `__Host-` must have it.
const flowOptions = ({ secure }: SessionCookie) => ({ httpOnly: true, sameSite: "lax", path: "/", secure }) as const;

function flowOf(request: Request, cookie: SessionCookie): SignInFlow | undefined {
  const value = cookieOf(request.headers.cookie, flowCookie(cookie));
  const parsed = signInFlow.safeParse(parseJson(Buffer.from(value ?? "", "base64url").toString()));
  return parsed.success ? { ...parsed.data, next: localPath(parsed.data.next) } : undefined;
}
