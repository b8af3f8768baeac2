import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";
import { missingForNeo4j } from "./class-path.ts";
import { type Neo4jAddress, Neo4jServer } from "./server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How tests reach the Neo4j server of the run, or why there is none: see `lease.ts`. */
    neo4j:
      | { readonly kind: "socket"; readonly path: string; readonly pathOfRestarted: string }
      | { readonly kind: "missing"; readonly reason: string };
  }
}

/**
 * Two Neo4j servers, however many files run side by side: each starts cold and plans every query anew, which takes
 * longer than waiting for another test. For the same reason tests that kill a server have one of their own. They start
 * when a test needs one and stop with the run. The Community edition has only one database, so a test leases a server:
 * it connects to a socket, receives the address when a server is free, and holds the lease until it disconnects. It can
 * send the commands `kill`, `stop`, `start`, `start read-only`, `pause` and `resume`.
 */
export default function setup(project: TestProject): (() => Promise<void>) | undefined {
  const reason = missingForNeo4j();
  if (reason !== undefined) {
    project.provide("neo4j", { kind: "missing", reason });
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "stemma-neo4j-leases-"));
  const [path, pathOfRestarted] = [join(folder, "socket"), join(folder, "restarted")];
  const ends = [serveLeases(path, new Leases(2)), serveLeases(pathOfRestarted, new Leases(1))];
  project.provide("neo4j", { kind: "socket", path, pathOfRestarted });
  return async () => {
    await Promise.all(ends.map((end) => end()));
    if (existsSync(folder)) {
      rmSync(folder, { recursive: true });
    }
  };
}

function serveLeases(path: string, leases: Leases): () => Promise<void> {
  const server = createServer((socket) => leases.add(socket));
  server.listen(path);
  return async () => {
    await leases.end();
    await new Promise((resolve) => server.close(resolve));
  };
}

/** Serves connections in the order of connecting, each with a server of its own as soon as one is free. */
class Leases {
  readonly #servers: readonly LeasedServer[];
  readonly #free: LeasedServer[];
  readonly #waiting: Socket[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(count: number) {
    this.#servers = Array.from({ length: count }, () => new LeasedServer());
    // The first is taken first, so that a short run starts one.
    this.#free = [...this.#servers].reverse();
  }

  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
    this.#waiting.push(socket);
    this.#next();
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await Promise.all(this.#servers.map((server) => server.dispose()));
  }

  #next(): void {
    const server = this.#waiting.length > 0 ? this.#free.pop() : undefined;
    const socket = server === undefined ? undefined : this.#waiting.shift();
    if (server === undefined || socket === undefined) {
      return;
    }
    void server.serve(socket).then(() => {
      this.#free.push(server);
      this.#next();
    });
  }
}

/** A server, and what the test that leases it wants of it. */
class LeasedServer {
  readonly #neo4j = new Neo4jServer();
  #address: Promise<Neo4jAddress> | undefined;
  #readOnly = false;
  #served: Promise<void> = Promise.resolve();

  /** Until the connection is closed. */
  serve(socket: Socket): Promise<void> {
    this.#served = this.#serve(socket);
    return this.#served;
  }

  async dispose(): Promise<void> {
    await this.#served;
    await this.#neo4j.dispose();
  }

  async #serve(socket: Socket): Promise<void> {
    if (socket.destroyed) {
      return;
    }
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    createInterface({ input: socket }).on("line", (command) => this.#reply(socket, () => this.#run(command)));
    await this.#reply(socket, () => this.#start(false));
    await closed;
    // The test may have ended early.
    this.#neo4j.resume();
    if (this.#readOnly) {
      await this.#kill();
    }
  }

  async #reply(socket: Socket, work: () => Promise<Neo4jAddress | undefined>): Promise<void> {
    try {
      socket.write(`${JSON.stringify({ ok: true, address: await work() })}\n`);
    } catch (error) {
      socket.write(`${JSON.stringify({ ok: false, message: String(error) })}\n`);
    }
  }

  async #run(command: string): Promise<Neo4jAddress | undefined> {
    switch (command) {
      case "kill":
        await this.#kill();
        return undefined;
      case "stop":
        this.#address = undefined;
        await this.#neo4j.stop();
        return undefined;
      case "pause":
        await this.#neo4j.pause();
        return undefined;
      case "resume":
        this.#neo4j.resume();
        return undefined;
      default:
        return this.#start(command === "start read-only");
    }
  }

  async #kill(): Promise<void> {
    this.#address = undefined;
    await this.#neo4j.kill();
  }

  #start(readOnly: boolean): Promise<Neo4jAddress> {
    if (this.#address === undefined) {
      this.#readOnly = readOnly;
      this.#address = this.#neo4j.start({ readOnly });
    }
    return this.#address;
  }
}
