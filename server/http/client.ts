import type { Request, Response } from "express";
import type { ClientPlace } from "../people/people-context.ts";
import { authorityOf, clientAddressOf } from "./forwarding.ts";
import { hostNameOf } from "./same-origin.ts";

export interface SessionCookie {
  /** Browsers share cookies between all ports of a host, so the name differs per port. See docs/decisions/0007. */
  readonly name: string;
  /** Browsers reach the server by https, possibly through a proxy. */
  readonly secure: boolean;
  /** Milliseconds. */
  readonly lifetime: number;
}

/** The browser or program that sends a request, as handlers of sign-in routes need it. */
export interface Client extends ClientPlace {
  /** The name of the server as this client knows it, without the port; checked by `knownHost`. */
  readonly hostName: string;
  /** The origin of the page that sends the request; checked by `sameOrigin`. */
  readonly origin: string | undefined;
  /** Sets the cookie of a new session. */
  signIn(secret: string): void;
  /** Removes the cookie. */
  signOut(): void;
}

export function clientOf(request: Request, response: Response, cookie: SessionCookie): Client {
  const options = { httpOnly: true, sameSite: "strict", path: "/", secure: cookie.secure } as const;
  return {
    address: clientAddressOf(request),
    userAgent: request.headers["user-agent"],
    session: cookieOf(request.headers.cookie, cookie.name),
    hostName: hostNameOf(authorityOf(request) ?? "") ?? "",
    origin: request.headers.origin,
    signIn: (secret) => response.cookie(cookie.name, secret, { ...options, maxAge: cookie.lifetime }),
    signOut: () => response.clearCookie(cookie.name, options),
  };
}

/** The value of a cookie in a `Cookie` header (RFC 6265); undefined if it is absent. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.slice(0, equals).trim() === name) {
      return part.slice(equals + 1).trim();
    }
  }
  return undefined;
}
