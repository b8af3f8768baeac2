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
    neo4j: { readonly kind: "socket"; readonly path: string } | { readonly kind: "missing"; readonly reason: string };
  }
}

/**
 * One Neo4j server for the whole run, started when the first test needs it and stopped with the run. Test files run in
 * parallel, but the Community edition has only one database, so a test leases the server: it connects to a socket,
 * receives the address when the server is free, and holds the lease until it disconnects. It can send the commands
 * `kill`, `start`, `start read-only`, `pause` and `resume`.
 */
export default function setup(project: TestProject): (() => Promise<void>) | undefined {
  const reason = missingForNeo4j();
  if (reason !== undefined) {
    project.provide("neo4j", { kind: "missing", reason });
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "stemma-neo4j-leases-"));
  const path = join(folder, "socket");
  const leases = new Leases();
  const server = createServer((socket) => leases.add(socket));
  server.listen(path);
  project.provide("neo4j", { kind: "socket", path });
  return async () => {
    await leases.end();
    await new Promise((resolve) => server.close(resolve));
    if (existsSync(folder)) {
      rmSync(folder, { recursive: true });
    }
  };
}

/** Serves one connection at a time, in the order of connecting. */
class Leases {
  readonly #neo4j = new Neo4jServer();
  #address: Promise<Neo4jAddress> | undefined;
  #readOnly = false;
  #last: Promise<void> = Promise.resolve();
  readonly #sockets = new Set<Socket>();

  add(socket: Socket): void {
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    this.#last = this.#last.then(async () => {
      if (!socket.destroyed) {
        await this.#serve(socket);
        await closed;
        // The test may have ended early.
        this.#neo4j.resume();
        if (this.#readOnly) {
          await this.#kill();
        }
      }
      this.#sockets.delete(socket);
    });
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await this.#last;
    await this.#neo4j.dispose();
  }

  async #serve(socket: Socket): Promise<void> {
    createInterface({ input: socket }).on("line", (command) => this.#reply(socket, () => this.#run(command)));
    await this.#reply(socket, () => this.#start(false));
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
      case "pause":
      case "resume":
        this.#neo4j[command]();
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
