import * as client from "openid-client";
import { z } from "zod";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { refused } from "./refusals.ts";

/** How this server is known to an identity provider. */
export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scopes: string;
  readonly groupsClaim: string;
}

/** What the browser keeps while it is at the provider. Its values are single-use, and useless to anybody else. */
export const signInFlow = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Where to go on afterwards: a path of this server. */
  next: z.string(),
  startedAt: z.number(),
});
export type SignInFlow = Readonly<z.infer<typeof signInFlow>>;

/** Who the provider says somebody is. Issuer and subject identify them, nothing else does. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly userName: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly idToken: string;
}

/** Milliseconds that somebody has for signing in at the provider. */
export const flowLifetime = 10 * 60_000;
/** Milliseconds after which the provider's own description is read again. */
const descriptionLifetime = 3_600_000;
/** Milliseconds after a failure in which the provider is not asked again. */
const pause = 2_000;
/** Seconds. */
const requestTimeout = 10;
/** Seconds by which clocks may differ. */
const clockTolerance = 30;

/**
 * The client of an OpenID Connect provider: Authorization Code with PKCE, state and nonce. The signature of every ID
 * token is verified, although the connection would vouch for it. The provider is asked for its description only when
 * somebody signs in, so it may be down when the server starts.
 */
export class IdentityProvider {
  readonly #settings: ProviderSettings;
  readonly #now: () => number;
  readonly #report: (reason: string) => void;
  #description: { readonly at: number; readonly value: Promise<client.Configuration> } | undefined;
  #last: client.Configuration | undefined;

  /** `report` gets the reason of every failure, for the log. */
  constructor(settings: ProviderSettings, now: () => number, report: (reason: string) => void) {
    this.#settings = settings;
    this.#now = now;
    this.#report = report;
  }

  /** Where to send the browser, and what it keeps meanwhile. `state` comes back with it and must not be predictable. */
  async begin(
    redirectUri: string,
    next: string,
    state: string,
  ): Promise<Result<{ readonly url: string; readonly flow: SignInFlow }, RequestProblem>> {
    const configuration = await this.#configuration();
    if (configuration === undefined) {
      return fail(unavailable);
    }
    const flow = {
      state,
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      next,
      startedAt: this.#now(),
    };
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.#settings.scopes,
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: "S256",
    });
    return ok({ url: url.href, flow });
  }

  /** Exchanges what the provider sent the browser back with. `callback` is the whole address of that request. */
  async finish(callback: URL, flow: SignInFlow): Promise<Result<Identity, RequestProblem>> {
    const age = this.#now() - flow.startedAt;
    if (age < 0 || age >= flowLifetime) {
      return fail(refused("Signing in took too long"));
    }
    const configuration = await this.#configuration();
    if (configuration === undefined) {
      return fail(unavailable);
    }
    try {
      const tokens = await client.authorizationCodeGrant(configuration, callback, {
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        pkceCodeVerifier: flow.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined || tokens.id_token === undefined) {
        return fail(invalidAnswer);
      }
      const more = await this.#userInfo(configuration, tokens.access_token, claims);
      return ok(identityOf({ ...more, ...claims }, claims, tokens.id_token, this.#settings.groupsClaim));
    } catch (error) {
      this.#report(reasonOf(error));
      return fail(problemOf(error));
    }
  }

  /** Where the provider ends its own session, and then sends the browser on; undefined if it does not offer that. */
  async endSessionUrl(idToken: string, returnTo: string): Promise<string | undefined> {
    const configuration = await this.#configuration();
    return configuration?.serverMetadata().end_session_endpoint === undefined
      ? undefined
      : client.buildEndSessionUrl(configuration, { id_token_hint: idToken, post_logout_redirect_uri: returnTo }).href;
  }

  /** Claims that the provider has not put into the ID token, if the groups are not in it. */
  async #userInfo(
    configuration: client.Configuration,
    accessToken: string,
    claims: client.IDToken,
  ): Promise<Readonly<Record<string, unknown>>> {
    const isComplete = claimOf(claims, this.#settings.groupsClaim) !== undefined;
    return isComplete || configuration.serverMetadata().userinfo_endpoint === undefined
      ? {}
      : client.fetchUserInfo(configuration, accessToken, claims.sub);
  }

  async #configuration(): Promise<client.Configuration | undefined> {
    const now = this.#now();
    if (
      this.#description === undefined ||
      now >= this.#description.at ||
      now < this.#description.at - descriptionLifetime
    ) {
      const value = this.#discover();
      this.#description = { at: now + descriptionLifetime, value };
      value.then(
        (configuration) => {
          this.#last = configuration;
        },
        (error: unknown) => {
          this.#report(reasonOf(error));
          this.#description = { at: now + pause, value };
        },
      );
    }
    // What was read before is better than nothing while the provider does not respond.
    return this.#description.value.catch(() => this.#last);
  }

  #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings;
    const url = new URL(issuer);
    const metadata = { [client.clockTolerance]: clockTolerance };
    const authentication = clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret);
    return client.discovery(url, clientId, metadata, authentication, {
      execute: [
        client.enableNonRepudiationChecks,
        // The settings permit http on this machine only.
        ...(url.protocol === "http:" ? [client.allowInsecureRequests] : []),
      ],
      timeout: requestTimeout,
    });
  }
}

const unavailable: RequestProblem = {
  code: "sign-in.provider-unavailable",
  message: "The identity provider does not respond",
  remedy: "Try again shortly. The log of the server has the details.",
  retryAfter: Math.ceil(pause / 1000),
};

const invalidAnswer = refused("The answer of the identity provider is not valid");

/** What went wrong, without the tokens and claims that errors of the library carry. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const code = "code" in error && typeof error.code === "string" ? ` ${error.code}` : "";
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `${error.name}${code}: ${error.message}${cause}`;
}

function problemOf(error: unknown): RequestProblem {
  if (error instanceof client.AuthorizationResponseError) {
    return refused(
      error.error === "access_denied"
        ? "The identity provider refused to sign you in"
        : "The identity provider could not sign you in",
    );
  }
  // Without a cause in the protocol it is the network.
  return error instanceof TypeError && error.message === "fetch failed" ? unavailable : invalidAnswer;
}

const text = z.string().trim().min(1);
const groups = z.union([z.array(z.string()), z.string().transform((group) => [group])]);

function identityOf(
  claims: Readonly<Record<string, unknown>>,
  { iss, sub }: client.IDToken,
  idToken: string,
  groupsClaim: string,
): Identity {
  const first = (...names: readonly string[]) =>
    names.map((name) => text.safeParse(claims[name]).data).find((value) => value !== undefined) ?? sub;
  return {
    issuer: iss,
    subject: sub,
    userName: nameOf(first("preferred_username", "email")),
    name: nameOf(first("name", "preferred_username", "email")),
    groups: groups.safeParse(claimOf(claims, groupsClaim)).data ?? [],
    idToken,
  };
}

/** A claim by its name, or by a path with dots (`realm_access.roles`). */
function claimOf(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) {
    return claims[name];
  }
  return name
    .split(".")
    .reduce<unknown>(
      (value, part) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, part)
          ? (value as Readonly<Record<string, unknown>>)[part]
          : undefined,
      claims,
    );
}

/** As names are here: without control characters, of limited length. */
function nameOf(value: string): string {
  const clean = value
    .toWellFormed()
    .replace(/\p{C}+/gu, "")
    .trim()
    .slice(0, 90)
    .toWellFormed()
    .trim();
  return clean === "" ? "unnamed" : clean;
}
