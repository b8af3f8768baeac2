import { createServer } from "node:http";
import type { Problem } from "#contracts/problem";
import { ok, type Result } from "../../lib/result.ts";
import { closeServer, listen } from "../listen.ts";
import { type Monitoring, monitoringListener } from "./answers.ts";

/** A port for monitoring that only this machine reaches. */
export interface MonitoringPort {
  readonly url: string | undefined;
  close(): Promise<void>;
}

/** Opens the port, if there is to be one. It stays open while the server stops, and says so. */
export async function openMonitoringPort(
  port: number | undefined,
  monitoring: Monitoring,
): Promise<Result<MonitoringPort, Problem>> {
  if (port === undefined) {
    return ok({ url: undefined, close: () => Promise.resolve() });
  }
  const server = createServer(monitoringListener(monitoring));
  const listening = await listen(server, { host: "127.0.0.1", port });
  return listening.ok
    ? ok({
        url: `${listening.value}/metrics`,
        close: () => closeServer({ server, endQuiet: () => server.closeAllConnections() }, 0),
      })
    : { ok: false, error: { ...listening.error, remedy: "Choose another STEMMA_METRICS_PORT." } };
}
