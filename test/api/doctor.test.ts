import { existsSync } from "node:fs";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selfSigned } from "../factories/certificate.ts";
import { damage } from "../factories/damage.ts";
import { doctorReport } from "./doctor-report.ts";
import { startApi, type TestApi } from "./workbench.ts";

describe("stemma doctor", () => {
  let folder: string;
  let api: TestApi;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "stemma-doctor-"));
    api = await startApi();
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  const doctor = (environment: Record<string, string>, ...args: readonly string[]) =>
    doctorReport(folder, environment, ...args);

  it("finds a running server on its port, and its database sound", async () => {
    const port = new URL(api.workbench.url).port;
    const { states, details } = await doctor({ STEMMA_STORE: api.config.store, STEMMA_PORT: port });
    expect(states).toMatchObject({ runtime: "ok", store: "ok", locks: "ok", port: "ok", rules: "ok", clock: "ok" });
    expect(details["store"]).toContain("sound");
    expect(details["locks"]).toBe("a server runs");
    expect(details["port"]).toContain("used by a running Stemma");
    expect(details["data"]).toMatch(/^\d+ events, \d+ alerts$/);
  });

  it("names where settings come from, and shows no secret", async () => {
    await writeFile(join(folder, "stemma.toml"), '[neo4j]\npassword = "quiet"\n', { mode: 0o644 });
    const { report, states } = await doctor({ STEMMA_PORT: "0" }, "--config", "stemma.toml");
    expect(report.settings).toContainEqual({ name: "STEMMA_PORT", value: "0", source: "STEMMA_PORT" });
    expect(report.settings).toContainEqual({
      name: "STEMMA_NEO4J_PASSWORD",
      value: "(secret)",
      source: `${join(folder, "stemma.toml")}:2`,
    });
    expect(JSON.stringify(report)).not.toContain("quiet");
    expect(states["settings"]).toBe("warn");
  });

  it("fails for what keeps a server from working", async () => {
    const other = createServer((_request, response) => response.end("{}"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    await writeFile(join(folder, "no.db"), "this is no database");
    const old = selfSigned({ to: new Date("2021-01-01") });
    await writeFile(join(folder, "cert.pem"), old.cert);
    await writeFile(join(folder, "key.pem"), old.key);
    const { code, states } = await doctor({
      STEMMA_PORT: String(port),
      STEMMA_STORE: "no.db",
      STEMMA_TLS_CERT: "cert.pem",
      STEMMA_TLS_KEY: "key.pem",
      STEMMA_RULES: "missing",
    });
    expect(code).toBe(1);
    expect(states).toMatchObject({ port: "fail", store: "fail", TLS: "fail", folders: "fail" });
    await new Promise((resolve) => other.close(resolve));
  });

  it("fails for what a server refuses: its log, and ports of another Stemma", async () => {
    const { port } = new URL(api.workbench.url);
    const taken = await doctor({
      STEMMA_PORT: "0",
      STEMMA_METRICS_PORT: port,
      STEMMA_LOG_FILE: join(folder, "missing", "stemma.log"),
    });
    expect(taken.code).toBe(1);
    expect(taken.states).toMatchObject({ "metrics port": "fail", log: "fail" });
    expect(taken.details["metrics port"]).toContain("by a Stemma with another store");
    expect((await doctor({ STEMMA_PORT: port })).states["port"]).toBe("fail");
    const twice = await doctor({ STEMMA_PORT: "4900", STEMMA_METRICS_PORT: "4900" });
    expect([twice.code, twice.states["settings"]]).toEqual([1, "fail"]);
    const log = join(folder, "stemma.log");
    expect((await doctor({ STEMMA_PORT: "0", STEMMA_LOG_FILE: log })).states["log"]).toBe("ok");
    expect(existsSync(log)).toBe(false);
  });

  it("warns about a rule root that does not exist yet, with which a server starts", async () => {
    const { code, states } = await doctor({ STEMMA_PORT: "0", STEMMA_RULE_ROOTS: join(folder, "later") });
    expect([code, states["rule roots"], states["folders"]]).toEqual([0, "warn", undefined]);
  });

  it("reports wrong settings as a failed check, and wrong usage as wrong usage", async () => {
    const wrong = await doctor({ STEMMA_PORT: "99999" });
    expect([wrong.code, wrong.states["settings"]]).toEqual([1, "fail"]);
    expect((await doctor({}, "--nonsense")).code).toBe(2);
  });

  /** A copy of the database of the running server, beside which nothing is noted. */
  async function copyOf(name: string): Promise<string> {
    const copy = join(folder, name);
    const source = new DatabaseSync(api.config.store, { readOnly: true });
    await backup(source, copy);
    source.close();
    return copy;
  }

  it("warns, as a server does when it starts, of a trail whose end nothing notes or that lacks what was noted", async () => {
    const noted = await doctor({ STEMMA_STORE: api.config.store, STEMMA_PORT: "0" });
    expect(noted.states["audit trail"]).toBe("ok");
    const copy = await copyOf("unnoted.db");
    const environment = { STEMMA_STORE: copy, STEMMA_PORT: "0" };
    for (const args of [[], ["--full"]]) {
      const { code, states, details } = await doctor(environment, ...args);
      expect([code, states["audit trail"], states["data"]]).toEqual([0, "warn", "ok"]);
      expect(details["audit trail"]).toContain(
        "nothing shows whether the last records of the audit trail were removed",
      );
    }
    const end = { at: "2026-01-01T00:00:00.000Z", sequence: 999_999, hash: "0".repeat(64) };
    await writeFile(`${copy}.audit`, `${JSON.stringify(end)}\n`);
    const lacking = await doctor(environment);
    expect([lacking.code, lacking.states["audit trail"]]).toEqual([0, "warn"]);
    expect(lacking.details["audit trail"]).toContain("ends before record 999999");
    const whole = await doctor(environment, "--full");
    expect([whole.code, whole.states["store content"]]).toEqual([1, "fail"]);
  });

  it("reports everything else when what is stored cannot be read", async () => {
    const copy = await copyOf("pages.db");
    damage(copy, { table: "audit_head", name: "sequence" }, "another type");
    const environment = { STEMMA_STORE: copy, STEMMA_PORT: "0" };
    const others = { data: "ok", clock: "ok", rules: "ok" };
    const quick = await doctor(environment);
    expect(quick.states).toMatchObject({ store: "fail", "audit trail": "fail", ...others });
    const whole = await doctor(environment, "--full");
    expect(whole.states).toMatchObject({ store: "fail", "store content": "fail", ...others });
    expect([quick.code, whole.code]).toEqual([1, 1]);
  });

  it("notices damage in a database file", async () => {
    const other = await startApi();
    const file = other.config.store;
    const copy = join(folder, "damaged.db");
    await other.workbench.store.write(async () => undefined);
    const source = new DatabaseSync(file, { readOnly: true });
    await backup(source, copy);
    source.close();
    await other.stop();
    await truncate(copy, 40_960);
    const { code, states } = await doctor({ STEMMA_STORE: copy, STEMMA_PORT: "0" });
    expect([code, states["store"]]).toEqual([1, "fail"]);
  });
});
