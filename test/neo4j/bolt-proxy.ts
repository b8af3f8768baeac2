import { connect, createServer, type Socket } from "node:net";
import { failureMessage, IGNORED, type MessageName, MessageReader } from "./bolt-messages.ts";

/** A proxy in front of Neo4j that records the queries of a driver, and can fail like a network or a server. */
export interface BoltProxy {
  /** `bolt://…`; `neo4j://` with the same host and port works, too. */
  readonly address: string;
  /** The queries that a piece of work sends, in order. */
  queriesOf(work: () => Promise<unknown>): Promise<readonly string[]>;
  /** Lets the next COMMIT through and closes its connection when the server responds. */
  loseNextCommit(): void;
  /** Whether a commit was lost. */
  hasLost(): boolean;
  /** Closes the connection of the next message with this name before the server receives it. */
  dropNext(name: MessageName): void;
  /** Answers the next RUN with a failure of this code; the server does not receive it. */
  failNextRun(code: string): void;
  /** How many connections drivers have opened, and how often they have asked for the servers of the cluster. */
  attempts(): number;
  routes(): number;
  /** Closes all connections and accepts none, like a server that is down. */
  cut(): void;
  /** Freezes when the next COMMIT arrives: before the server receives it, or after, so that its answer is lost. */
  freezeAtCommit(when: "before" | "after"): void;
  /** Whether it is frozen. */
  isFrozen(): boolean;
  /** Accepts connections but forwards nothing, like a host behind a broken network. */
  freeze(): void;
  /** Forwards again. Connections that were frozen are closed. */
  restore(): void;
  close(): void;
}

export async function boltProxy(address: string): Promise<BoltProxy> {
  const { hostname, port } = new URL(address.replace("bolt:", "http:"));
  const clients = new Set<Socket>();
  const queries: string[] = [];
  let state: "forwarding" | "cut" | "frozen" = "forwarding";
  let commit: "normal" | "waiting" | "committing" | "lost" = "normal";
  let freezing: "before" | "after" | undefined;
  let dropped: MessageName | undefined;
  let failure: string | undefined;
  let attempts = 0;
  let routes = 0;

  const closeAll = () => {
    for (const client of clients) {
      client.destroy();
    }
  };

  const forward = (client: Socket) => {
    const upstream = connect({ port: Number(port), host: hostname, noDelay: true });
    const reader = new MessageReader();
    client.on("data", (bytes: Buffer) => {
      if (state === "frozen") {
        return;
      }
      const messages = reader.driverSent(bytes);
      if (failure !== undefined && messages.some(({ name }) => name === "RUN")) {
        // The driver sends a RUN together with the PULL of its result.
        client.write(Buffer.concat([failureMessage(failure), ...messages.slice(1).map(() => IGNORED)]));
        failure = undefined;
        return;
      }
      for (const { name, query } of messages) {
        routes += name === "ROUTE" ? 1 : 0;
        if (query !== undefined) {
          queries.push(query);
        }
        if (name === dropped) {
          dropped = undefined;
          client.destroy();
          return;
        }
        if (name === "COMMIT" && freezing !== undefined) {
          state = "frozen";
          if (freezing === "before") {
            freezing = undefined;
            return;
          }
          freezing = undefined;
        }
        if (name === "COMMIT" && commit === "waiting") {
          commit = "committing";
        }
      }
      upstream.write(bytes);
    });
    upstream.on("data", (bytes: Buffer) => {
      reader.serverSent(bytes);
      if (commit === "committing") {
        commit = "lost";
        client.destroy();
        return;
      }
      if (state !== "frozen") {
        client.write(bytes);
      }
    });
    for (const [socket, peer] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on("error", () => peer.destroy());
      socket.on("close", () => peer.destroy());
    }
  };

  const server = createServer({ noDelay: true }, (client) => {
    attempts += 1;
    clients.add(client);
    client.on("close", () => clients.delete(client));
    if (state === "cut") {
      client.on("error", () => undefined).destroy();
    } else if (state === "frozen") {
      client.on("error", () => undefined).resume();
    } else {
      forward(client);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  return {
    address: `bolt://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`,
    async queriesOf(work) {
      const before = queries.length;
      await work();
      return queries.slice(before);
    },
    loseNextCommit() {
      commit = "waiting";
    },
    hasLost: () => commit === "lost",
    dropNext(name) {
      dropped = name;
    },
    failNextRun(code) {
      failure = code;
    },
    freezeAtCommit(when) {
      freezing = when;
    },
    isFrozen: () => state === "frozen",
    attempts: () => attempts,
    routes: () => routes,
    cut() {
      state = "cut";
      closeAll();
    },
    freeze() {
      state = "frozen";
    },
    restore() {
      if (state === "frozen") {
        closeAll();
      }
      state = "forwarding";
    },
    close() {
      closeAll();
      server.close();
    },
  };
}
