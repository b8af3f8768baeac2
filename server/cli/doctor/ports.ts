import { createServer } from "node:net";
import type { Config } from "../../config.ts";
import { isServing } from "../open.ts";
import { bad, type Check, good } from "./check.ts";

/** Milliseconds that whoever uses a port has for an answer. */
const probeTimeout = 2_000;

/** Whether the server could listen on its ports, or who does. */
export async function checkPorts(config: Config): Promise<readonly Check[]> {
  const scheme = config.tls === undefined ? "http" : "https";
  // Of a Neo4j nobody knows which servers use it: a Stemma on the port of this one is taken for it.
  const runs = isServing(config) ?? (await isStemma(config.host, config.port, scheme));
  return [
    await checkPort("port", { host: config.host, port: config.port, scheme }, runs),
    ...(config.metricsPort === undefined
      ? []
      : [await checkPort("metrics port", { host: "127.0.0.1", port: config.metricsPort, scheme: "http" }, runs)]),
  ];
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly scheme: "http" | "https";
}

/** `runs`: whether the server of these settings runs, so that a Stemma on the port is itself. */
async function checkPort(name: string, { host, port, scheme }: Place, runs: boolean): Promise<Check> {
  const where = `${host}, port ${port}`;
  if (port === 0) {
    return good(name, `${host}, any free port`);
  }
  const error = await listenError(host, port);
  switch (error?.code) {
    case undefined:
      return good(name, `${where} is free`);
    case "EADDRINUSE":
      if (!(await isStemma(host, port, scheme))) {
        return bad(name, "fail", `${where} is used by another program`, "Choose another port, or end that program.");
      }
      return runs
        ? good(name, `${where} is used by a running Stemma`)
        : bad(name, "fail", `${where} is used by a Stemma with another store`, "Choose another port, or stop it.");
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
  if (port === 0) {
    return false;
  }
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
