import { connect } from "node:net";
import { createInterface } from "node:readline";
import neo4j from "neo4j-driver";
import { describe, inject, it } from "vitest";
import type { Neo4jAddress } from "./server.ts";

/** Exclusive use of one of the Neo4j servers of the test run, with an empty database. */
export interface Neo4jLease extends Neo4jAddress {
  /** Kills the server, like a power cut. */
  kill(): Promise<void>;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Starts it again over the same data. */
  start(options?: { readonly readOnly?: boolean }): Promise<void>;
  /** Stops its threads but keeps its connections, like a machine that hangs, and lets them run again. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Lets the next test use the server. */
  release(): void;
}

/** `describe` for tests that need Neo4j. Where it cannot run they are skipped by name, with `CI=true` they fail. */
export function describeNeo4j(name: string, tests: () => void): void {
  const provided = inject("neo4j");
  if (provided.kind === "socket") {
    describe(name, tests);
  } else if (process.env["CI"] === "true") {
    it(`${name}: needs Neo4j`, () => {
      throw new Error(provided.reason);
    });
  } else {
    describe.skip(`${name} (skipped: ${provided.reason})`, tests);
  }
}

/**
 * Waits until a server is free, which is started when it is needed first, and empties its database. With `restarted`
 * it is the server of the tests that kill it: each start takes seconds, and all queries are planned anew after it.
 */
export async function acquireNeo4j({ restarted = false } = {}): Promise<Neo4jLease> {
  const provided = inject("neo4j");
  if (provided.kind !== "socket") {
    throw new Error(`no Neo4j: ${provided.reason}`);
  }
  const socket = connect(restarted ? provided.pathOfRestarted : provided.path);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const reply = async (): Promise<unknown> => {
    const line = await lines.next();
    const { ok, address, message } = JSON.parse(line.done === true ? "{}" : line.value);
    if (ok !== true) {
      socket.destroy();
      throw new Error(message ?? "the Neo4j server of the test run has gone");
    }
    return address;
  };
  const send = (command: string) => {
    socket.write(`${command}\n`);
    return reply();
  };
  // Written by global-setup.ts of the same run.
  const address = (await reply()) as Neo4jAddress;
  await wipe(address);
  return {
    ...address,
    kill: async () => {
      await send("kill");
    },
    stop: async () => {
      await send("stop");
    },
    start: async ({ readOnly = false } = {}) => {
      await send(readOnly ? "start read-only" : "start");
    },
    pause: async () => {
      await send("pause");
    },
    resume: async () => {
      await send("resume");
    },
    release: () => socket.destroy(),
  };
}

/** Keeps constraints and indexes, and the node with the schema version: creating them takes longer than a test. */
async function wipe({ address, user, password }: Neo4jAddress): Promise<void> {
  const driver = neo4j.driver(address, neo4j.auth.basic(user, password));
  await driver.executeQuery("MATCH (n) WHERE NOT n:StemmaSchema DETACH DELETE n");
  await driver.close();
}
