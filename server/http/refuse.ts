import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import type { RequestProblem } from "#contracts/problem";
import type { Connection } from "./connections.ts";
import { detailsOf } from "./problem.ts";

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

/** A response that no handler of the app writes. */
export function refuseRequest(response: ServerResponse, problem: RequestProblem): void {
  const { status, type, body } = refusalOf(problem);
  response.writeHead(status, { Connection: "close", "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

/** What no handler has completely: the request is too large, too slow or not HTTP. */
export function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  connection: Connection | undefined,
  log: Logger,
): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, type, body } = refusalOf(refusals[error.code ?? ""] ?? notHttp);
  const peer = connection?.socket.remoteAddress;
  if (connection !== undefined && !isExpected(connection)) {
    log.warn({ event: "http.connection-ended", code: error.code, peer });
    socket.destroy();
    return;
  }
  log.warn({ event: "http.refused", status, code: error.code, peer });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  // What is still arriving is read and dropped: closing with unread bytes would discard the refusal.
  socket.resume();
  setTimeout(() => socket.destroy(), farewell).unref();
}

/**
 * Whether the client takes what is sent now as the response to the request that is refused. Otherwise it would end up
 * in the middle of an earlier response, or as the response to an earlier request.
 */
function isExpected({ responses }: Connection): boolean {
  const [response, ...more] = responses;
  return response === undefined || (more.length === 0 && !response.headersSent && !response.req.complete);
}

function refusalOf(problem: RequestProblem) {
  const details = detailsOf(problem);
  return { status: details.status, type: "application/problem+json", body: JSON.stringify(details) };
}
