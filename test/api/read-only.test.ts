import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problemDetails } from "#contracts/problem";
import { queuePage } from "#contracts/queue";
import { sampleCapture } from "../../server/sample/generate.ts";
import { first, signIn, wednesday } from "./workbench.ts";

const launcher = join(import.meta.dirname, "../../server/stemma.js");
/** Permission bits do not bind root, so that root asks in the name of somebody else. */
const isRoot = process.getuid?.() === 0;
const other = isRoot ? { uid: 65534, gid: 65534 } : {};
const { STEMMA_STORE: _, ...inherited } = process.env;
let environment: NodeJS.ProcessEnv = inherited;

let folder = "";
let db = "";
let temporary = "";
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "stemma-temporary-"));
  environment = { ...inherited, TMPDIR: temporary };
  folder = await mkdtemp(join(tmpdir(), "stemma-read-only-"));
  db = join(folder, "stemma.db");
  await writeFile(join(folder, "day.ndjson"), [...sampleCapture(wednesday)].join("\n"));
  spawnSync(process.execPath, [launcher, "ingest", "day.ndjson"], { cwd: folder, env: environment });
  for (const name of await readdir(folder)) {
    await chmod(join(folder, name), 0o444);
  }
  if (isRoot) {
    await chown(folder, 0, 0);
    await chown(temporary, 65534, 65534);
  }
  await chmod(folder, 0o555);
});
afterAll(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
  await rm(temporary, { recursive: true });
});

const stemma = (...args: readonly string[]) =>
  spawnSync(process.execPath, [launcher, ...args, "--db", db], {
    encoding: "utf8",
    cwd: "/",
    env: environment,
    ...other,
  });

describe("a database in a folder that the user may only read", () => {
  it("is read by every command that only reads", () => {
    for (const args of [["alerts"], ["search", "any where true"], ["check"], ["audit", "head"], ["rules", "report"]]) {
      const { status, stderr } = stemma(...args);
      expect([args[0], status, stderr.includes("    at ")]).toEqual([args[0], 0, false]);
    }
  });

  it("refuses an ingest by name", () => {
    const { status, stderr } = stemma("ingest", join(folder, "day.ndjson"));
    expect(status).toBe(2);
    expect(stderr).toMatch(/read-only|only readable/);
  });

  it("is served for reading: people sign in, and a change is refused by name", async () => {
    const args = [launcher, "serve", "--db", db, "--port", "0"];
    const server = spawn(process.execPath, args, { cwd: "/", env: environment, ...other });
    try {
      let out = "";
      for await (const chunk of server.stdout) {
        out += String(chunk);
        if (out.includes("Ctrl C")) {
          break;
        }
      }
      const link = /http\S+sign-in\S+/.exec(out)?.[0] ?? "";
      const { origin } = new URL(link);
      const cookie = await signIn(link);
      const queue = await fetch(`${origin}/api/v1/queue`, { headers: { cookie } });
      expect(queue.status).toBe(200);
      const { items } = queuePage.parse(await queue.json());
      const alert = first(first(items).alerts);
      const change = await fetch(`${origin}/api/v1/alerts/${alert.id}/transition`, {
        method: "POST",
        headers: { cookie, origin, "content-type": "application/json" },
        body: JSON.stringify({ to: "acknowledged" }),
      });
      expect(change.status).toBe(503);
      expect(problemDetails.parse(await change.json()).code).toBe("store.read-only");
    } finally {
      server.kill("SIGTERM");
      await once(server, "close");
    }
  });
});
