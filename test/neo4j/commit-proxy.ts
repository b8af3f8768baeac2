import { connect, createServer } from "node:net";

/** Bolt's COMMIT: a chunk of two bytes, a structure without fields, the end of the message. */
const COMMIT = Buffer.from([0x00, 0x02, 0xb0, 0x12, 0x00, 0x00]);

/**
 * A proxy in front of Neo4j that can lose the acknowledgement of a commit: it lets the COMMIT through and closes the
 * connection when the server responds.
 */
export async function commitLosingProxy(address: string) {
  const { hostname, port } = new URL(address.replace("bolt:", "http:"));
  let state: "forwarding" | "waiting" | "committing" = "forwarding";
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on("data", (bytes) => {
      if (state === "waiting" && (bytes as Buffer).includes(COMMIT)) {
        state = "committing";
      }
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (state === "committing") {
        state = "forwarding";
        client.destroy();
        upstream.destroy();
        return;
      }
      client.write(bytes);
    });
    for (const [socket, peer] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on("error", () => peer.destroy());
      socket.on("close", () => peer.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  return {
    address: `bolt://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`,
    loseNextCommit() {
      state = "waiting";
    },
    hasLost: () => state === "forwarding",
    close: () => server.close(),
  };
}
