import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleCapture } from "../../server/sample/generate.ts";
import { wednesday } from "../api/workbench.ts";
import { acquireNeo4j, describeNeo4j, type Neo4jLease } from "./lease.ts";

const launcher = join(import.meta.dirname, "../../server/stemma.js");

describeNeo4j("stemma backup of a Neo4j", () => {
  let folder: string;
  let lease: Neo4jLease;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stemma-backup-"));
    lease = await acquireNeo4j();
  });
  afterEach(async () => {
    lease.release();
    await rm(folder, { recursive: true });
  });

  async function stemma(store: string, ...args: readonly string[]) {
    const credentials = { STEMMA_NEO4J_USER: lease.user, STEMMA_NEO4J_PASSWORD: lease.password };
    const child = spawn(process.execPath, [launcher, ...args], {
      cwd: folder,
      env: { ...process.env, STEMMA_STORE: store, ...credentials },
    });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    return { code, out, err };
  }

  it("is a sound database of the owner alone with the same alerts, and goes back into an empty Neo4j", async () => {
    await writeFile(join(folder, "day.ndjson"), [...sampleCapture(wednesday)].slice(0, 1_500).join("\n"));
    expect(await stemma(lease.address, "ingest", "day.ndjson")).toMatchObject({ code: 0 });
    const alerts = await stemma(lease.address, "alerts", "--json");
    expect(alerts).toMatchObject({ code: 0, out: expect.stringContaining("WMI") });

    const written = await stemma(lease.address, "backup", "b.db", "--json");
    expect(written).toMatchObject({ code: 0 });
    expect(JSON.parse(written.out)).toMatchObject({ file: join(folder, "b.db"), audit: expect.any(String) });
    expect((await stat(join(folder, "b.db"))).mode & 0o777).toBe(0o600);
    expect(await stemma("b.db", "check", "--audit-head", JSON.parse(written.out).audit)).toMatchObject({ code: 0 });
    expect((await stemma("b.db", "alerts", "--json")).out).toBe(alerts.out);
    expect(await stemma(lease.address, "backup", "b.db")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--force"),
    });
    expect(await stemma(lease.address, "restore", "b.db")).toMatchObject({
      code: 2,
      err: expect.stringContaining("stemma copy"),
    });

    lease.release();
    lease = await acquireNeo4j();
    expect(await stemma("unused.db", "copy", "--from", "b.db", "--to", lease.address)).toMatchObject({ code: 0 });
    expect((await stemma(lease.address, "alerts", "--json")).out).toBe(alerts.out);
  });
});
