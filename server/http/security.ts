import { randomBytes } from "node:crypto";
import type { RequestHandler, Response } from "express";
import helmet from "helmet";

/**
 * The Content-Security-Policy with one nonce per response. Only files of this origin load, and no inline script runs.
 *
 * Styles need two exceptions. Mantine writes `<style>` elements for its theme and for the scroll lock of dialogs; they
 * carry the nonce that `index.html` has in a `meta` element (docs/decisions/0005). React, Mantine and Cytoscape set
 * `style` attributes, such as positions of virtual rows, which a nonce cannot cover, so `style-src-attr` allows inline
 * ones. An attribute can only restyle its own element, and log values never become HTML.
 */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
}

/** The nonce of this response's Content-Security-Policy, for the styles of a page. */
export function nonceOf(response: Response): string {
  return String(response.locals["nonce"]);
}

/** Security headers on every response. */
export function securityHeaders(secure: boolean): readonly RequestHandler[] {
  return [
    helmet({
      contentSecurityPolicy: false,
      crossOriginEmbedderPolicy: false,
      referrerPolicy: { policy: "no-referrer" },
      strictTransportSecurity: secure,
      xFrameOptions: { action: "deny" },
    }),
    (_request, response, next) => {
      const nonce = randomBytes(16).toString("base64");
      response.locals["nonce"] = nonce;
      response.set("Content-Security-Policy", contentSecurityPolicy(nonce));
      next();
    },
  ];
}
