import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { type Connection, Connections } from "./connections.ts";
import { refuseConnection, refuseRequest } from "./refuse.ts";
import { endSlowReaders } from "./slow-readers.ts";

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
  /** Responses in memory that clients have not taken yet, over all connections. */
  readonly unreadBytes: number;
  /** How often the limits above are checked. */
  readonly checkInterval: number;
  /** Browsers open six connections; 64 people with two browsers each need 768. */
  readonly connections: number;
  /** Requests that a client may send before it has the response to the first of them. Browsers and proxies send one. */
  readonly requestsAhead: number;
}

const defaultLimits: ServerLimits = {
  headerBytes: 16 * 1024,
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 75_000,
  readTimeout: 30_000,
  unreadBytes: 256 * 1024 * 1024,
  checkInterval: 5_000,
  connections: 2_000,
  requestsAhead: 8,
};

export interface LimitedServer {
  readonly server: Server;
  /** Ends connections that have no request in progress, also those that have sent nothing yet. */
  endQuiet(): void;
}

/**
 * An http server, or an https server for a certificate. It handles the requests of a connection one at a time, refuses
 * oversized and slow requests, ends connections whose client does not read, and logs what it refuses. See
 * docs/decisions/0037 and 0046.
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
    // Node would refuse a request without a host with an empty body.
    requireHostHeader: false,
  };
  const server =
    tls === undefined
      ? createServer(options)
      : createTlsServer({ ...options, ...tls, minVersion: "TLSv1.2", handshakeTimeout: limits.headersTimeout });
  const connections = acceptConnections(server, log, limits);
  const handle = inTurn(app, connections, log, limits);
  server.on("request", handle);
  // An expectation other than 100-continue can be ignored (RFC 9110, section 10.1.1).
  server.on("checkExpectation", handle);
  endSlowReaders(server, connections, log, limits);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    refuseConnection(error, socket, connections.of(socket), log);
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    log.info({ event: "http.tls-failed", code: error.code, peer: socket.remoteAddress });
  });
  const endQuiet = () => {
    for (const { socket } of connections.quiet()) {
      socket.destroy();
    }
  };
  return { server, endQuiet };
}

/** Keeps the number of connections below the limit. The log says how many had to end for others, not each of them. */
function acceptConnections(server: Server, log: Logger, limits: ServerLimits): Connections {
  const connections = new Connections(limits.connections);
  let displaced: string[] = [];
  server.on("connection", (socket: Socket) => {
    const ended = connections.add(socket);
    if (ended !== undefined) {
      displaced.push(ended.address);
    }
  });
  const report = setInterval(() => {
    if (displaced.length > 0) {
      const addresses = [...new Set(displaced)].slice(0, 10);
      log.warn({ event: "http.connections-ended", reason: "too many connections", count: displaced.length, addresses });
      displaced = [];
    }
  }, limits.checkInterval);
  report.unref();
  server.once("close", () => clearInterval(report));
  return connections;
}

/**
 * Handles the requests of a connection one at a time. Node hands out all that a client has sent, and tells of a lost
 * connection only the response that is being sent: what others hold, such as open files, would never be released.
 */
function inTurn(app: RequestListener, connections: Connections, log: Logger, limits: ServerLimits): RequestListener {
  return (request, response) => {
    const connection = connections.of(request.socket);
    if (connection === undefined) {
      return;
    }
    connections.begin(connection, response);
    if (connection.responses.size > limits.requestsAhead) {
      endImpatient(connection, log);
      return;
    }
    const start = () => (lacksHost(request) ? refuseRequest(response, hostMissing) : app(request, response));
    // A response gets its socket when the one before it has been handed to the operating system.
    if (response.socket === null) {
      response.once("socket", start);
    } else {
      start();
    }
  };
}

function endImpatient({ socket, responses }: Connection, log: Logger): void {
  log.warn({ event: "http.too-many-requests-ahead", peer: socket.remoteAddress, requests: responses.size });
  socket.destroy();
}

/** HTTP/1.1 demands it (RFC 9112, section 3.2). */
function lacksHost({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === "1.1" && headers.host === undefined;
}
const hostMissing = { code: "request.malformed", message: "The request has no Host header" } as const;
