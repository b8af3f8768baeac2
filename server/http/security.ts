import { randomBytes } from "node:crypto";
import type { RequestHandler, Response } from "express";
import helmet from "helmet";

/**
 * The Content-Security-Policy, one nonce per answer. Nothing may load that is not ours, and no inline script ever runs.
 *
 * Styles need two openings. Mantine writes its theme as one `<style>` element, and the scroll lock of its dialogs another:
 * both carry the nonce that `index.html` hands over in a `meta` element. And React, Mantine and Cytoscape set `style`
 * attributes (sizes, positions of virtual rows), which no nonce can cover: so `style-src-attr` allows inline ones.
 * An attribute of an element that is already ours can restyle that element, no more; log values never become HTML.
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
