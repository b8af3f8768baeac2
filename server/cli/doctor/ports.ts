import { createServer } from "node:net";
import type { Config } from "../../config.ts";
import { bad, type Check, good } from "./check.ts";

/** Milliseconds that whoever uses a port has for an answer. */
const probeTimeout = 2_000;

/** Whether the server could listen on its ports, or who does. */
export async function checkPorts(config: Config): Promise<readonly Check[]> {
  const scheme = config.tls === undefined ? "http" : "https";
  return [
    await checkPort("port", config.host, config.port, scheme),
    ...(config.metricsPort === undefined
      ? []
      : [await checkPort("metrics port", "127.0.0.1", config.metricsPort, "http")]),
  ];
}

async function checkPort(name: string, host: string, port: number, scheme: "http" | "https"): Promise<Check> {
  const where = `${host}, port ${port}`;
  if (port === 0) {
    return good(name, `${host}, any free port`);
  }
  const error = await listenError(host, port);
  switch (error?.code) {
    case undefined:
      return good(name, `${where} is free`);
    case "EADDRINUSE":
      return (await isStemma(host, port, scheme))
        ? good(name, `${where} is used by a running Stemma`)
        : bad(name, "fail", `${where} is used by another program`, "Choose another port, or end that program.");
    default:
      return bad(
        name,
        "fail",
        `${where}: ${error?.message}`,
        "Choose an address of this machine and a port that may be used.",
      );
  }
}

function listenError(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

async function isStemma(host: string, port: number, scheme: string): Promise<boolean> {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  try {
    const response = await fetch(`${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}/healthz`, {
      signal: AbortSignal.timeout(probeTimeout),
    });
    const answer: unknown = await response.json();
    return typeof answer === "object" && answer !== null && "status" in answer && answer.status === "alive";
  } catch {
    // No answer, no JSON, or a certificate for another name: nothing that is known to be Stemma.
    return false;
  }
}
