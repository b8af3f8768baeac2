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
    /** How a test gets at the one Neo4j server of the run, or why there is none: see `turn.ts`. */
    neo4j: { readonly kind: "socket"; readonly path: string } | { readonly kind: "missing"; readonly reason: string };
  }
}

/**
 * One Neo4j server for the whole run, started when the first test asks for it and ended with the run. Test files run
 * side by side and the Community edition has one database, so tests take turns: who connects to the socket is told the
 * address when it is their turn, and keeps it until the connection ends. Commands on the way: `kill`, `start`, `start
 * read-only`.
 */
export default function setup(project: TestProject): (() => Promise<void>) | undefined {
  const reason = missingForNeo4j();
  if (reason !== undefined) {
    project.provide("neo4j", { kind: "missing", reason });
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "stemma-neo4j-turns-"));
  const path = join(folder, "socket");
  const turns = new Turns();
  const server = createServer((socket) => turns.queue(socket));
  server.listen(path);
  project.provide("neo4j", { kind: "socket", path });
  return async () => {
    await turns.end();
    await new Promise((resolve) => server.close(resolve));
    if (existsSync(folder)) {
      rmSync(folder, { recursive: true });
    }
  };
}

class Turns {
  readonly #neo4j = new Neo4jServer();
  #address: Promise<Neo4jAddress> | undefined;
  #readOnly = false;
  #last: Promise<void> = Promise.resolve();
  readonly #sockets = new Set<Socket>();

  queue(socket: Socket): void {
    const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    this.#last = this.#last.then(async () => {
      if (!socket.destroyed) {
        await this.#serve(socket);
        await gone;
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
    createInterface({ input: socket }).on("line", (command) => this.#answer(socket, () => this.#do(command)));
    await this.#answer(socket, () => this.#start(false));
  }

  async #answer(socket: Socket, work: () => Promise<Neo4jAddress | undefined>): Promise<void> {
    try {
      socket.write(`${JSON.stringify({ ok: true, address: await work() })}\n`);
    } catch (error) {
      socket.write(`${JSON.stringify({ ok: false, message: String(error) })}\n`);
    }
  }

  async #do(command: string): Promise<Neo4jAddress | undefined> {
    if (command !== "kill") {
      return this.#start(command === "start read-only");
    }
    await this.#kill();
    return undefined;
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
