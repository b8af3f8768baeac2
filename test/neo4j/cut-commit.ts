import { connect, createServer } from "node:net";

/** Bolt's COMMIT: a chunk of two bytes, a structure without fields, the end of the message. */
const COMMIT = Buffer.from([0x00, 0x02, 0xb0, 0x12, 0x00, 0x00]);

/**
 * A way to a Neo4j that can lose the answer to a commit: when it is told to, it lets the next COMMIT through and cuts
 * the connection when the server answers. Gives the address of the way.
 */
export async function cuttingProxy(address: string) {
  const { hostname, port } = new URL(address.replace("bolt:", "http:"));
  let state: "open" | "waiting" | "committing" = "open";
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
        state = "open";
        client.destroy();
        upstream.destroy();
        return;
      }
      client.write(bytes);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own = server.address();
  return {
    address: `bolt://127.0.0.1:${typeof own === "object" && own !== null ? own.port : 0}`,
    loseNextCommit() {
      state = "waiting";
    },
    hasLost: () => state === "open",
    close: () => server.close(),
  };
}
