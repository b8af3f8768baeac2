import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";

/** Milliseconds that requests in progress get to finish when the server stops. */
const grace = 2_000;

/** Opens the socket; returns the address under which a browser on this machine reaches it. Port 0 is any free port. */
export function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
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
    server.listen(port, host, () => {
      // A TCP server that listens has an address with a port.
      const bound = server.address() as AddressInfo;
      const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
      resolve(ok(`http://${name.includes(":") ? `[${name}]` : name}:${bound.port}`));
    });
  });
}

/** Lets requests in progress finish for a short time; closes connections that browsers merely keep open. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    server.closeIdleConnections();
  });
}
