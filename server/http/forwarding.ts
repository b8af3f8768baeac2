import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import type { RequestHandler } from "express";
import type { Logger } from "pino";
import { sendProblem } from "./problem.ts";
import { requestIdOf } from "./request-log.ts";

/** What a request tells about its client, as far as it can be believed. See docs/decisions/0037. */
interface Client {
  readonly address: string;
  /** Host and port as the browser addressed them. */
  readonly authority: string | undefined;
}

const clients = new WeakMap<IncomingMessage, Client>();

/** The network address that a request came from: behind a trusted proxy that of its client. */
export function clientAddressOf(request: IncomingMessage): string {
  return clients.get(request)?.address ?? peerOf(request);
}

/** Host and port as the browser addressed them; behind a trusted proxy what that received. */
export function authorityOf(request: IncomingMessage): string | undefined {
  return clients.get(request)?.authority ?? request.headers.host;
}

export interface Doors {
  /** Addresses and networks of the proxies whose `X-Forwarded-*` headers count. */
  readonly proxies: readonly string[];
  /** Whether other machines reach the socket without TLS, so that only a proxy may use it. */
  readonly onlyThroughProxy: boolean;
  /** Whether people reach the server by https. */
  readonly secure: boolean;
}

const forwardingHeaders = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"] as const;

/** Milliseconds between two log records about the same peer whose headers do not count. */
const quietTime = 60_000;
/** Peers remembered for that. */
const mostPeers = 1_000;

/**
 * Finds out for whom and how a proxy asks. Forwarding headers count only from the configured proxies; those of anybody
 * else are ignored and logged. A proxy that contradicts itself or the settings is refused.
 */
export function forwarded(doors: Doors, log: Logger, now: () => number): RequestHandler {
  const isProxy = matcherOf(doors.proxies);
  const reported = new Map<string, number>();
  const reportIgnored = (peer: string, id: string) => {
    if (now() - (reported.get(peer) ?? Number.NEGATIVE_INFINITY) >= quietTime) {
      if (reported.size >= mostPeers) {
        reported.clear();
      }
      reported.set(peer, now());
      log.warn({ event: "http.forwarding-ignored", id, peer });
    }
  };
  return (request, response, next) => {
    const peer = peerOf(request);
    const id = requestIdOf(response);
    if (!isProxy(peer)) {
      if (forwardingHeaders.some((name) => request.headers[name] !== undefined)) {
        reportIgnored(peer, id);
      }
      if (doors.onlyThroughProxy && !isLoopback(peer)) {
        log.warn({ event: "http.not-through-proxy", id, peer });
        return sendProblem(response, {
          code: "request.not-through-proxy",
          message: "This server is reached through its proxy only",
          remedy: "If this is the proxy, add its address to STEMMA_PROXIES.",
        });
      }
      clients.set(request, { address: peer, authority: request.headers.host });
      return next();
    }
    const address = clientOf(peer, textOf(request, "x-forwarded-for"), isProxy);
    const reason = address === undefined ? "X-Forwarded-For has no address" : contradictionOf(request, doors.secure);
    if (address === undefined || reason !== undefined) {
      log.warn({ event: "http.forwarding-refused", id, peer, reason });
      return sendProblem(response, {
        code: "request.invalid-forwarding",
        message: `The proxy sent headers that cannot be right: ${reason}`,
        remedy: "Correct the proxy, or STEMMA_URL and STEMMA_PROXIES.",
      });
    }
    const host = textOf(request, "x-forwarded-host");
    clients.set(request, { address, authority: firstOf(host) ?? request.headers.host });
    next();
  };
}

/** The right-most address that is no proxy: what stands left of it anybody can have written. */
function clientOf(peer: string, header: string | undefined, isProxy: (address: string) => boolean): string | undefined {
  if (header === undefined) {
    return peer;
  }
  let client = peer;
  for (const hop of header.split(",").toReversed()) {
    const address = addressOf(hop.trim());
    if (address === undefined) {
      return undefined;
    }
    client = address;
    if (!isProxy(address)) {
      break;
    }
  }
  return client;
}

function contradictionOf(request: IncomingMessage, secure: boolean): string | undefined {
  const protocol = firstOf(textOf(request, "x-forwarded-proto"))?.toLowerCase();
  if (protocol !== undefined && protocol !== "http" && protocol !== "https") {
    return "X-Forwarded-Proto is neither http nor https";
  }
  return secure && protocol === "http" ? "the request came by http, and STEMMA_URL is https" : undefined;
}

function textOf(request: IncomingMessage, name: (typeof forwardingHeaders)[number]): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

function firstOf(list: string | undefined): string | undefined {
  return list?.split(",")[0]?.trim() || undefined;
}

/** Whether a request says that it was passed on, true or not. */
export function isForwarded(request: IncomingMessage): boolean {
  return [...forwardingHeaders, "forwarded", "via", "x-real-ip"].some((name) => request.headers[name] !== undefined);
}

/** The address at the other end of the connection. */
export function peerOf(request: IncomingMessage): string {
  return addressOf(request.socket.remoteAddress ?? "") ?? "unknown";
}

/** An address without port, brackets and zone; an IPv4 address in IPv6 form as IPv4. */
function addressOf(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  const address = bare.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(address) === 0 ? undefined : address;
}

function matcherOf(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) {
      list.addAddress(address, family);
    } else {
      list.addSubnet(address, Number(prefix), family);
    }
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

const loopback = matcherOf(["127.0.0.0/8", "::1"]);

/** Whether an address or host name is one of this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return name === "localhost" || loopback(addressOf(name) ?? "");
}
