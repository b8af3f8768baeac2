import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import type { LimitedServer } from "./server.ts";

/** Milliseconds between two looks for connections whose request is done while the server stops. */
const idleInterval = 50;

/** Opens the socket; returns the address under which a browser on this machine reaches it. Port 0 is any free port. */
export function listen(
  server: Server,
  { host, port, scheme = "http" }: { readonly host: string; readonly port: number; readonly scheme?: "http" | "https" },
): Promise<Result<string, Problem>> {
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const where = `${host}, port ${port}`;
      resolve(
        fail({
          code: "server.listen-failed",
          message:
            error.code === "EADDRINUSE" ? `${where} is in use by another program.` : `${where}: ${error.message}`,
          remedy: "Choose another port with --port (0 takes any free one).",
        }),
      );
    });
    // A backlog of its own: 64 browsers that reconnect at once must not be turned away.
    server.listen(port, host, 1024, () => {
      // A TCP server that listens has an address with a port.
      const bound = server.address() as AddressInfo;
      const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
      resolve(ok(`${scheme}://${name.includes(":") ? `[${name}]` : name}:${bound.port}`));
    });
  });
}

/**
 * Accepts no more connections and lets requests in progress finish for `grace` milliseconds; then ends what is left.
 */
export function closeServer({ server, endQuiet }: LimitedServer, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), grace);
    const idle = setInterval(endQuiet, idleInterval);
    server.close(() => {
      clearTimeout(deadline);
      clearInterval(idle);
      resolve();
    });
    endQuiet();
  });
}
