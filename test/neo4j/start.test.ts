import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { serveCommand } from "../../server/cli/serve.ts";
import { startWorkbench } from "../../server/main.ts";
import { freePort } from "../api/workbench.ts";
import { acquireNeo4j, describeNeo4j, type Neo4jLease } from "./lease.ts";

/** Milliseconds. A busy machine responds slowly. */
const SOON = 120_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-start-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** `stemma serve`, with what it prints so far. */
function serve(environment: Record<string, string>) {
  const stop = new AbortController();
  const printed = { out: "", err: "" };
  const ended = serveCommand(startWorkbench).run([], {
    terminal: {
      out: (text) => (printed.out += text),
      err: (text) => (printed.err += text),
      width: undefined,
      progressWidth: undefined,
    },
    environment: { STEMMA_PORT: "0", STEMMA_LOG: "silent", STEMMA_SAMPLE: "off", ...environment },
    directory: folder,
    stop: stop.signal,
    stdin: (async function* () {})(),
    lines: () => () => undefined,
  });
  return { printed, ended, stop: () => stop.abort() };
}

describe("stemma serve with a Neo4j that is not there", () => {
  const nobody = async () => ({
    STEMMA_STORE: `bolt://127.0.0.1:${await freePort()}`,
    STEMMA_NEO4J_PASSWORD: "any",
  });

  it("says that it waits and how long, and ends with code 2 when the time is over", async () => {
    const { printed, ended } = serve({ ...(await nobody()), STEMMA_STORE_WAIT_SECONDS: "2" });
    expect(await ended).toBe(2);
    const lines = printed.err.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/Neo4j does not respond: .* Waiting for it, 2 s at most\.$/);
    expect(lines[1]).toMatch(/^stemma serve: .*Neo4j does not respond/);
    expect(printed.out).toBe("");
  });

  it("does not wait if told so, and prints no words into a log", async () => {
    const at = await nobody();
    const impatient = serve({ ...at, STEMMA_STORE_WAIT_SECONDS: "0" });
    expect(await impatient.ended).toBe(2);
    expect(impatient.printed.err).not.toContain("Waiting");
    const service = serve({ ...at, STEMMA_STORE_WAIT_SECONDS: "2", STEMMA_LOG_FILE: "-" });
    expect(await service.ended).toBe(2);
    expect(service.printed.err).not.toContain("Waiting");
  });

  it("ends at once and without a complaint when it is stopped while it waits", async () => {
    const { printed, ended, stop } = serve({ ...(await nobody()), STEMMA_STORE_WAIT_SECONDS: "3600" });
    await vi.waitFor(() => expect(printed.err).toContain("Waiting for it"), SOON);
    stop();
    expect(await ended).toBe(0);
  });
});

describeNeo4j("stemma serve before its Neo4j", () => {
  let neo4j: Neo4jLease;
  let environment: Record<string, string>;
  beforeEach(async () => {
    neo4j = await acquireNeo4j({ restarted: true });
    environment = {
      STEMMA_STORE: neo4j.address,
      STEMMA_NEO4J_USER: neo4j.user,
      STEMMA_NEO4J_PASSWORD: neo4j.password,
      STEMMA_STORE_WAIT_SECONDS: "600",
    };
  });
  afterEach(async () => {
    await neo4j.start();
    await neo4j.resume();
    neo4j.release();
  });

  it.each([
    ["is started later", () => neo4j.kill(), () => neo4j.start()],
    ["hangs and then goes on", () => neo4j.pause(), () => neo4j.resume()],
  ])(
    "waits until it %s, and then serves",
    async (_, down, up) => {
      await down();
      const { printed, ended, stop } = serve(environment);
      await vi.waitFor(() => expect(printed.err).toContain("Waiting for it, 600 s at most"), SOON);
      await up();
      await vi.waitFor(() => expect(printed.out).toContain("Sign in:"), SOON);
      stop();
      expect(await ended).toBe(0);
    },
    300_000,
  );

  it("does not wait for one that refuses it", async () => {
    const { printed, ended } = serve({ ...environment, STEMMA_NEO4J_PASSWORD: "wrong" });
    expect(await ended).toBe(2);
    expect(printed.err).toContain("rejected the user name or password");
    expect(printed.err).not.toContain("Waiting");
  });
});
