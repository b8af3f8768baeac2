import type { Server, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Connection, Connections } from "./connections.ts";

interface ReadLimits {
  /** How long a client may take no byte of its response, in milliseconds. */
  readonly readTimeout: number;
  /** Responses in memory that clients have not taken yet, over all connections. */
  readonly unreadBytes: number;
  readonly checkInterval: number;
}

/**
 * Ends connections whose client takes no byte of a response for too long, and those with most of what is unread if it
 * is too much altogether: responses would stay in memory.
 */
export function endSlowReaders(server: Server, connections: Connections, log: Logger, limits: ReadLimits): void {
  const watched = new WeakSet<ServerResponse>();
  const end = ({ socket }: Connection, bytes: number) => {
    log.warn({ event: "http.client-not-reading", peer: socket.remoteAddress, bytes });
    socket.destroy();
  };
  const watch = (response: ServerResponse, connection: Connection) => {
    watched.add(response);
    // The timeout of a socket starts again whenever the operating system takes bytes, also parts of a chunk.
    response.setTimeout(limits.readTimeout, () => {
      if (response.writableLength > 0) {
        return end(connection, response.writableLength);
      }
      watched.delete(response);
      response.setTimeout(0);
    });
  };
  const sweep = setInterval(() => {
    const unread: { readonly connection: Connection; readonly bytes: number }[] = [];
    for (const connection of connections.busy()) {
      const [response] = connection.responses;
      const bytes = response?.writableLength ?? 0;
      if (response === undefined || bytes === 0) {
        continue;
      }
      unread.push({ connection, bytes });
      if (!watched.has(response)) {
        watch(response, connection);
      }
    }
    let total = unread.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { connection, bytes } of unread.sort((left, right) => right.bytes - left.bytes)) {
      if (total <= limits.unreadBytes) {
        break;
      }
      total -= bytes;
      end(connection, bytes);
    }
  }, limits.checkInterval);
  server.once("close", () => clearInterval(sweep));
  sweep.unref();
}
