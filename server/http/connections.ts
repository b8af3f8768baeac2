import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { addressGroup } from "../people/attempts.ts";

/** One connection and what is outstanding on it. */
export interface Connection {
  readonly socket: Socket;
  /** Address and port of the client: what the sockets of TCP and of TLS have in common. */
  readonly peer: string;
  /** What is counted together. */
  readonly address: string;
  /** Responses in the order of their requests; only the first is being computed or sent. */
  readonly responses: Set<ServerResponse>;
}

/** The connections from one address, each group in the order in which they joined it. */
interface Place {
  /** Without a request in progress. */
  readonly quiet: Set<Connection>;
  readonly busy: Set<Connection>;
}

/**
 * The connections of a server, at most `limit`. A newcomer displaces the connection that has been quiet for longest,
 * so nobody keeps others out by holding connections open. See docs/decisions/0046.
 */
export class Connections {
  readonly #limit: number;
  readonly #places = new Map<string, Place>();
  readonly #byPeer = new Map<string, Connection>();
  readonly #bySocket = new WeakMap<Duplex, Connection>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a new connection. Returns the one that had to end for it; the newcomer itself if no other may. */
  add(socket: Socket): Connection | undefined {
    const address = addressGroup(socket.remoteAddress ?? "");
    const connection: Connection = { socket, peer: peerOf(socket), address, responses: new Set() };
    const displaced = this.#byPeer.size < this.#limit ? undefined : (this.#displaced(address) ?? connection);
    displaced?.socket.destroy();
    if (displaced === connection) {
      return displaced;
    }
    if (displaced !== undefined) {
      this.#remove(displaced);
    }
    const place = this.#places.get(address) ?? { quiet: new Set(), busy: new Set() };
    this.#places.set(address, place);
    place.quiet.add(connection);
    this.#byPeer.set(connection.peer, connection);
    this.#bySocket.set(socket, connection);
    socket.once("close", () => this.#remove(connection));
    return displaced;
  }

  /** The connection of a socket, or of the TLS on top of it; undefined once it has ended. */
  of(socket: Duplex): Connection | undefined {
    const known = this.#bySocket.get(socket) ?? this.#byPeer.get(peerOf(socket));
    if (known !== undefined) {
      this.#bySocket.set(socket, known);
    }
    return known === undefined || known.socket.destroyed ? undefined : known;
  }

  /** A request has arrived; its connection is busy until the response is sent. */
  begin(connection: Connection, response: ServerResponse): void {
    const place = this.#places.get(connection.address);
    connection.responses.add(response);
    if (place?.quiet.delete(connection) === true) {
      place.busy.add(connection);
    }
    response.once("close", () => {
      connection.responses.delete(response);
      if (connection.responses.size === 0 && place?.busy.delete(connection) === true) {
        place.quiet.add(connection);
      }
    });
  }

  *quiet(): Iterable<Connection> {
    for (const place of this.#places.values()) {
      yield* place.quiet;
    }
  }

  *busy(): Iterable<Connection> {
    for (const place of this.#places.values()) {
      yield* place.busy;
    }
  }

  /**
   * Who ends for a newcomer: of the address with the most quiet connections, the one that has been quiet for longest.
   * An address with more than half of all pays for others even with a request in progress.
   */
  #displaced(newcomer: string): Connection | undefined {
    const places = [...this.#places];
    const crowded = places.find(([, { quiet, busy }]) => quiet.size + busy.size > this.#limit / 2);
    if (crowded !== undefined) {
      const [address, { quiet, busy }] = crowded;
      const own = first(quiet) ?? (address === newcomer ? undefined : first(busy));
      if (own !== undefined) {
        return own;
      }
    }
    let most: Place | undefined;
    for (const [, place] of places) {
      most = place.quiet.size > (most?.quiet.size ?? 0) ? place : most;
    }
    return most && first(most.quiet);
  }

  #remove(connection: Connection): void {
    const place = this.#places.get(connection.address);
    place?.quiet.delete(connection);
    place?.busy.delete(connection);
    if (place !== undefined && place.quiet.size + place.busy.size === 0) {
      this.#places.delete(connection.address);
    }
    if (this.#byPeer.get(connection.peer) === connection) {
      this.#byPeer.delete(connection.peer);
    }
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  return set.values().next().value;
}

function peerOf(socket: Duplex): string {
  const { remoteAddress, remotePort } = socket as Partial<Socket>;
  return `${remoteAddress} ${remotePort}`;
}
