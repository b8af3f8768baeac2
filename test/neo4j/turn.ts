import { connect } from "node:net";
import { createInterface } from "node:readline";
import neo4j from "neo4j-driver";
import { describe, inject, it } from "vitest";
import type { Neo4jAddress } from "./server.ts";

/** The Neo4j server of the test run, for one test alone, with an empty database. */
export interface Neo4jTurn extends Neo4jAddress {
  /** Ends the server at once, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again over the same data. */
  start(options?: { readonly readOnly?: boolean }): Promise<void>;
  /** Gives the turn to the next test. */
  end(): void;
}

/** `describe` for tests that need Neo4j: skipped by name where it cannot run, which is a failure on a build server. */
export function describeNeo4j(name: string, tests: () => void): void {
  const neo4j = inject("neo4j");
  if (neo4j.kind === "socket") {
    describe(name, tests);
  } else if (process.env["CI"] === "true") {
    it(`${name}: needs Neo4j`, () => {
      throw new Error(neo4j.reason);
    });
  } else {
    describe.skip(`${name} (skipped: ${neo4j.reason})`, tests);
  }
}

/** Waits for the turn, which starts the server where no test has before, and empties the database. */
export async function takeNeo4j(): Promise<Neo4jTurn> {
  const place = inject("neo4j");
  if (place.kind !== "socket") {
    throw new Error(`no Neo4j: ${place.reason}`);
  }
  const socket = connect(place.path);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const line = await lines.next();
    const { ok, address, message } = JSON.parse(line.done === true ? "{}" : line.value);
    if (ok !== true) {
      socket.destroy();
      throw new Error(message ?? "the test run's Neo4j is gone");
    }
    return address;
  };
  const command = (text: string) => {
    socket.write(`${text}\n`);
    return answer();
  };
  // Written by global-setup.ts of the same run.
  const address = (await answer()) as Neo4jAddress;
  await wipe(address);
  return {
    ...address,
    kill: async () => {
      await command("kill");
    },
    start: async ({ readOnly = false } = {}) => {
      await command(readOnly ? "start read-only" : "start");
    },
    end: () => socket.destroy(),
  };
}

/**
 * Constraints and indexes stay, and with them the node that says which are there: making them takes longer than a test.
 */
async function wipe({ address, user, password }: Neo4jAddress): Promise<void> {
  const driver = neo4j.driver(address, neo4j.auth.basic(user, password));
  await driver.executeQuery("MATCH (n) WHERE NOT n:StemmaSchema DETACH DELETE n");
  await driver.close();
}
