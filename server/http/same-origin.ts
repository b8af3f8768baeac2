/** The name in a `Host` header or authority in lower case, without port and brackets; undefined if it is malformed. */
export function hostNameOf(authority: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/.exec(authority.toLowerCase());
  return match?.[1] ?? match?.[2];
}

/**
 * Host names that this server responds under. A site that points its own name at 127.0.0.1 (DNS rebinding) sends that
 * name in `Host` and is refused. Ports do not matter.
 */
export function allowedHostNames(
  bound: string,
  others: readonly string[],
  url: string | undefined,
): ReadonlySet<string> {
  const names = ["localhost", "127.0.0.1", "::1", ...others, ...(url === undefined ? [] : [new URL(url).host])];
  const wildcard = bound === "0.0.0.0" || bound === "::";
  return new Set([...names, ...(wildcard ? [] : [bound])].map((name) => hostNameOf(name) ?? name.toLowerCase()));
}

interface OriginHeaders {
  readonly host?: string;
  readonly origin?: string;
  readonly "sec-fetch-site"?: string | readonly string[];
}

/**
 * Why a request that may change something is refused; undefined if it comes from this origin. Browsers send
 * `Sec-Fetch-Site` or at least `Origin` with every POST and PUT, and one of them must name this origin. SameSite
 * cookies alone are not enough, because another port of localhost is the same site.
 */
export function crossOriginReason(headers: OriginHeaders): string | undefined {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") {
    return `The request came from another site or origin (Sec-Fetch-Site: ${String(site).slice(0, 40)}).`;
  }
  if (headers.origin !== undefined) {
    const authority = URL.canParse(headers.origin) ? new URL(headers.origin).host : undefined;
    if (authority === undefined || authority === "" || authority !== canonical(headers.host, headers.origin)) {
      return "The request came from a page of another origin.";
    }
    return undefined;
  }
  return site === undefined
    ? "The request has no origin. Send an Origin header with the address of this server."
    : undefined;
}

/** The `Host` header as `URL` prints it: without the default port of the scheme. */
function canonical(host: string | undefined, origin: string): string | undefined {
  const text = `${new URL(origin).protocol}//${host ?? ""}`;
  return URL.canParse(text) ? new URL(text).host : undefined;
}
