import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import type { RequestProblem } from "#contracts/problem";
import { detailsOf } from "./problem.ts";

/** What a client may demand of the server: milliseconds, bytes and connections. */
export interface ServerLimits {
  readonly headerBytes: number;
  /** Until all headers are there. */
  readonly headersTimeout: number;
  /** Until the whole request is there. */
  readonly requestTimeout: number;
  /** Between two requests of a connection. Longer than proxies wait, so that no request meets a closing connection. */
  readonly keepAliveTimeout: number;
  /** How long a client may take no byte of its response. */
  readonly readTimeout: number;
  /** How often the limits above are checked. */
  readonly checkInterval: number;
  /** Browsers open six connections; 64 people with two browsers each need 768. */
  readonly connections: number;
}

const defaultLimits: ServerLimits = {
  headerBytes: 16 * 1024,
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 75_000,
  readTimeout: 30_000,
  checkInterval: 5_000,
  connections: 2_000,
};

export interface LimitedServer {
  readonly server: Server;
  /** Ends connections that have no request in progress, also those that have sent nothing yet. */
  endQuiet(): void;
}

/**
 * An http server, or an https server for a certificate. It refuses oversized and slow requests, ends connections whose
 * client does not read, and logs both. See docs/decisions/0037.
 */
export function createLimitedServer(
  app: RequestListener,
  tls: { readonly cert: string; readonly key: string } | undefined,
  log: Logger,
  limits: ServerLimits = defaultLimits,
): LimitedServer {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: limits.checkInterval,
  };
  const server =
    tls === undefined
      ? createServer(options, app)
      : createTlsServer({ ...options, ...tls, minVersion: "TLSv1.2", handshakeTimeout: limits.headersTimeout }, app);
  server.maxConnections = limits.connections;
  server.on("drop", () => log.warn({ event: "http.connection-refused", reason: "too many connections" }));
  const responding = endSlowReaders(server, log, limits);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    refuseRequest(error, socket, responding.has(socket), log);
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    log.info({ event: "http.tls-failed", code: error.code, peer: socket.remoteAddress });
  });
  const connections = new Set<Duplex>();
  server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  const endQuiet = () => {
    for (const socket of connections) {
      if (!responding.has(socket)) {
        socket.destroy();
      }
    }
  };
  return { server, endQuiet };
}

/** By the code of the error. */
const refusals: Readonly<Record<string, RequestProblem>> = {
  HPE_HEADER_OVERFLOW: {
    code: "request.headers-too-large",
    message: "The headers and the address together are larger than 16 KB",
    remedy: "Send fewer or shorter headers, and long queries in a body.",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { code: "request.too-large", message: "The chunk extensions are larger than 16 KB" },
  ERR_HTTP_REQUEST_TIMEOUT: { code: "request.too-slow", message: "The request did not arrive completely in time" },
};
const notHttp: RequestProblem = { code: "request.malformed", message: "The request is not valid HTTP" };

/** Milliseconds that a refused client gets to read why. */
const farewell = 1_000;

/** What no handler sees: the request is too large, too slow or not HTTP. */
function refuseRequest(error: NodeJS.ErrnoException, socket: Duplex, isResponding: boolean, log: Logger): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const details = detailsOf(refusals[error.code ?? ""] ?? notHttp);
  const { status } = details;
  log.warn({ event: "http.refused", status, code: error.code, peer: peerOf(socket) });
  if (isResponding) {
    // The refusal would end up in the middle of an earlier response.
    socket.destroy();
    return;
  }
  const body = JSON.stringify(details);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  // What is still arriving is read and dropped: closing with unread bytes would discard the refusal.
  socket.resume();
  setTimeout(() => socket.destroy(), farewell).unref();
}

/** Ends connections whose client takes no byte of a response for too long: the response would stay in memory. */
function endSlowReaders(server: Server, log: Logger, limits: ServerLimits): ReadonlyMap<Duplex, unknown> {
  const responding = new Map<Duplex, Set<ServerResponse>>();
  const watched = new WeakSet<ServerResponse>();
  server.on("request", ({ socket }, response) => {
    const responses = responding.get(socket) ?? new Set();
    responding.set(socket, responses.add(response));
    response.once("close", () => {
      responses.delete(response);
      if (responses.size === 0) {
        responding.delete(socket);
      }
    });
  });
  const watch = (response: ServerResponse, socket: Duplex) => {
    watched.add(response);
    // The timeout of a socket starts again whenever the operating system takes bytes, also parts of a chunk.
    response.setTimeout(limits.readTimeout, () => {
      if (response.writableLength === 0) {
        watched.delete(response);
        response.setTimeout(0);
        return;
      }
      log.warn({ event: "http.client-not-reading", peer: peerOf(socket), bytes: response.writableLength });
      socket.destroy();
    });
  };
  const sweep = setInterval(() => {
    for (const [socket, responses] of responding) {
      for (const response of responses) {
        if (response.writableLength > 0 && !watched.has(response)) {
          watch(response, socket);
        }
      }
    }
  }, limits.checkInterval);
  server.once("close", () => clearInterval(sweep));
  sweep.unref();
  return responding;
}

function peerOf(socket: Duplex): unknown {
  return "remoteAddress" in socket ? socket.remoteAddress : undefined;
}
