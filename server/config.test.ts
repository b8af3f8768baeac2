import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";

describe("configuration", () => {
  it("has a default for everything", () => {
    const config = readConfig({}, {}, "/data");
    expect(config).toMatchObject({
      ok: true,
      value: { store: "/data/stemma.db", host: "127.0.0.1", port: 4800, sample: true, checkResponses: false },
    });
  });

  it("prefers flags to the environment, and ignores empty variables", () => {
    const config = readConfig({ STEMMA_PORT: "5000", STEMMA_STORE: "" }, { STEMMA_PORT: "6000" }, "/data");
    expect(config).toMatchObject({ ok: true, value: { port: 6000, store: "/data/stemma.db" } });
  });

  it("still reads the former name of the analyst, unless the current one is set", () => {
    const analystOf = (environment: Record<string, string>) => {
      const config = readConfig(environment);
      return config.ok ? config.value.analyst : config.error;
    };
    expect(analystOf({ STEMMA_PERSON: "lena" })).toBe("lena");
    expect(analystOf({ STEMMA_PERSON: "lena", STEMMA_ANALYST: "" })).toBe("lena");
    expect(analystOf({ STEMMA_PERSON: "lena", STEMMA_ANALYST: "omar" })).toBe("omar");
  });

  it("reports every problem at once", () => {
    const config = readConfig({ STEMMA_PORT: "99999", STEMMA_LOG: "loud", STEMMA_PROT: "1" });
    expect(config.ok).toBe(false);
    if (!config.ok) {
      expect(config.error.map((problem) => problem.at?.field).sort()).toEqual([
        "STEMMA_LOG",
        "STEMMA_PORT",
        "STEMMA_PROT",
      ]);
    }
  });

  it("is frozen", () => {
    const config = readConfig({});
    expect(config.ok && Object.isFrozen(config.value)).toBe(true);
  });

  it("keeps the address of a Neo4j store unchanged", () => {
    const config = readConfig({ STEMMA_STORE: "neo4j://graph.example:7687" });
    expect(config).toMatchObject({ ok: true, value: { store: "neo4j://graph.example:7687" } });
  });
});

describe("a configuration file", () => {
  let folder: string;
  const write = (text: string, mode = 0o600) => {
    const file = join(folder, "stemma.toml");
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };
  /** The problems of a file, each as place and message. */
  const problemsOf = (text: string) => {
    const config = readConfig({ STEMMA_CONFIG: write(text) });
    return config.ok ? [] : config.error.map(({ code, message, at }) => [code, at?.line, at?.column, message]);
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "stemma-config-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("sets what the environment sets, flat or in tables, with paths from its own folder", () => {
    write(`store = "events.db"\nport = 5000\nsample = false\nrules = ["rules", "/srv/more"]\n
      [tls]\ncert = "tls/server.pem"\nkey = "tls/server.key"\n[archive]\nmember_bytes = 1_000\n`);
    expect(readConfig({ STEMMA_CONFIG: "stemma.toml" }, {}, folder)).toMatchObject({
      ok: true,
      value: {
        store: join(folder, "events.db"),
        port: 5000,
        sample: false,
        ruleFolders: [join(folder, "rules"), "/srv/more", join(import.meta.dirname, "../rules")],
        tls: { certificate: join(folder, "tls/server.pem"), key: join(folder, "tls/server.key") },
        archive: { memberBytes: 1000 },
      },
    });
  });

  it("counts less than the environment, and the environment less than flags", () => {
    const file = write('port = 1\nhost = "127.0.0.9"\nstop_seconds = 3\n');
    const config = readConfig(
      { STEMMA_PORT: "2", STEMMA_HOST: "127.0.0.2" },
      { STEMMA_CONFIG: file, STEMMA_PORT: "3" },
    );
    expect(config).toMatchObject({ ok: true, value: { port: 3, host: "127.0.0.2", stopMilliseconds: 3000 } });
    expect(config.ok && config.value.given.map(({ name, source }) => `${name} ${source}`).toSorted()).toEqual([
      "STEMMA_CONFIG command line",
      "STEMMA_HOST STEMMA_HOST",
      "STEMMA_PORT command line",
      `STEMMA_STOP_SECONDS ${file}:3`,
    ]);
  });

  it("is only read when it is named", () => {
    write("port = 5000\n");
    expect(readConfig({}, {}, folder)).toMatchObject({ ok: true, value: { port: 4800 } });
  });

  it("has its problems reported with line and column", () => {
    expect(problemsOf("port = 5000\nhost = \n")).toMatchObject(
      [["config.syntax", 2, expect.any(Number)]].map((row) => [...row, expect.any(String)]),
    );
    expect(problemsOf('# comment\nport = 99999\n\n[tls]\n  crt = "a"\n')).toEqual([
      ["config.unknown", 5, 3, "STEMMA_TLS_CRT is not a setting of Stemma that can be set in a file"],
      ["config.invalid", 2, 1, "STEMMA_PORT: must be at most 65535"],
    ]);
    expect(problemsOf('rules = [1, 2]\nconfig = "other.toml"\n')).toMatchObject(
      [["config.invalid", 1]].map((row) => [...row, 1, expect.any(String)]),
    );
    expect(problemsOf('tls_cert = "a"\n[tls]\ncert = "b"\nkey = "c"\n')).toEqual([
      ["config.invalid", 3, 1, "STEMMA_TLS_CERT is set twice"],
    ]);
    const missing = readConfig({ STEMMA_CONFIG: join(folder, "missing.toml") });
    expect(missing).toMatchObject({ ok: false, error: [{ code: "config.unreadable" }] });
  });

  it("leads to a warning when all users can read a secret in it", () => {
    const text = '[neo4j]\npassword = "quiet"\n';
    const warningsOf = (mode: number) => {
      const config = readConfig({ STEMMA_CONFIG: write(text, mode) });
      return config.ok ? config.value.warnings.map(({ code }) => code) : config.error;
    };
    expect(warningsOf(0o644)).toEqual(["config.exposed-secret"]);
    expect(warningsOf(0o640)).toEqual([]);
    expect(JSON.stringify(readConfig({ STEMMA_CONFIG: write(text) }, {}, folder))).not.toContain('"value":"quiet"');
  });
});

describe("a secret", () => {
  it("can stand in a file of its own, and only once", () => {
    const folder = mkdtempSync(join(tmpdir(), "stemma-secret-"));
    writeFileSync(join(folder, "password"), "quiet\n");
    const config = (environment: Record<string, string>) => readConfig(environment, {}, folder);
    expect(config({ STEMMA_NEO4J_PASSWORD_FILE: "password" })).toMatchObject({
      ok: true,
      value: { neo4j: { password: "quiet" } },
    });
    expect(config({ STEMMA_NEO4J_PASSWORD_FILE: "password", STEMMA_NEO4J_PASSWORD: "loud" }).ok).toBe(false);
    expect(config({ STEMMA_NEO4J_PASSWORD_FILE: "missing" })).toMatchObject({
      ok: false,
      error: [{ at: { field: "STEMMA_NEO4J_PASSWORD_FILE" } }],
    });
    expect(config({ STEMMA_STORE_FILE: "password" })).toMatchObject({ ok: false, error: [{ code: "config.unknown" }] });
    rmSync(folder, { recursive: true });
  });
});

describe("receivers of escalations", () => {
  const secret = "a secret of sixteen characters";
  const read = (STEMMA_WEBHOOK: string) => readConfig({ STEMMA_WEBHOOK, STEMMA_WEBHOOK_SECRET: secret });

  it.each([
    "https://chat.example/hooks/1",
    "https://10.0.0.7:8443/x?y=1",
    "http://localhost:9000/",
    "http://127.0.0.1:9000/hook",
    "http://[::1]:9000/",
  ])("may be %s", (address) => {
    expect(read(address)).toMatchObject({ ok: true, value: { webhook: { targets: [address], secret } } });
  });

  it.each([
    "http://chat.example/",
    "http://127.0.0.1.example/",
    "http://localhost.example/",
    "https://user:password@chat.example/",
    "https://chat.example/#part",
    "ftp://chat.example/",
    "file:///etc/passwd",
    "chat.example",
    "https://chat.example/,",
  ])("may not be %s", (address) => {
    expect(read(address)).toMatchObject({ ok: false, error: [{ at: { field: "STEMMA_WEBHOOK" } }] });
  });

  it("need a secret, which no message shows, nor the address", () => {
    expect(readConfig({ STEMMA_WEBHOOK: "https://chat.example/" })).toMatchObject({
      ok: false,
      error: [{ at: { field: "STEMMA_WEBHOOK_SECRET" } }],
    });
    expect(readConfig({ STEMMA_WEBHOOK_SECRET: secret })).toMatchObject({ ok: false });
    const config = read("https://chat.example/hooks/hidden");
    const { given, effective } = config.ok ? config.value : { given: [], effective: [] };
    expect(JSON.stringify([given, effective])).not.toMatch(/hidden|sixteen/);
  });

  it("are none by default, and bundles are written nowhere", () => {
    expect(readConfig({})).toMatchObject({ ok: true, value: { webhook: undefined, evidence: undefined } });
    expect(readConfig({ STEMMA_EVIDENCE: "bundles" }, {}, "/data")).toMatchObject({
      value: { evidence: "/data/bundles" },
    });
  });
});

describe("the doors", () => {
  it("have an address without path, query, fragment and user", () => {
    for (const right of ["https://a.example", "https://a.example/", "http://[::1]:4800", "HTTPS://a.example:8443"]) {
      expect(readConfig({ STEMMA_URL: right })).toMatchObject({ ok: true, value: { url: right } });
    }
    for (const end of ["/path", "/?x", "?x", "#y", "/path?x#y", "\\path", "//"]) {
      expect(readConfig({ STEMMA_URL: `https://a.example${end}` })).toMatchObject({
        ok: false,
        error: [{ at: { field: "STEMMA_URL" }, message: expect.stringContaining("must end after the host and port") }],
      });
    }
    expect(readConfig({ STEMMA_URL: "https://lena@a.example" }).ok).toBe(false);
  });

  it("use different ports for people and for metrics", () => {
    expect(readConfig({ STEMMA_PORT: "4900", STEMMA_METRICS_PORT: "4900" })).toMatchObject({
      ok: false,
      error: [{ at: { field: "STEMMA_METRICS_PORT" } }],
    });
    expect(readConfig({ STEMMA_PORT: "0", STEMMA_METRICS_PORT: "0" }).ok).toBe(true);
  });

  it("need a certificate with its key, and proxies as addresses or networks", () => {
    expect(readConfig({ STEMMA_TLS_CERT: "server.pem" })).toMatchObject({
      ok: false,
      error: [{ at: { field: "STEMMA_TLS_KEY" } }],
    });
    expect(readConfig({ STEMMA_PROXIES: "10.0.0.0/8, ::1,192.168.0.1" })).toMatchObject({
      ok: true,
      value: { proxies: ["10.0.0.0/8", "::1", "192.168.0.1"] },
    });
    for (const wrong of ["proxy.example", "10.0.0.0/33", "10.0.0.0/", "::1/129", "10.0.0.0/8/8"]) {
      expect([wrong, readConfig({ STEMMA_PROXIES: wrong }).ok]).toEqual([wrong, false]);
    }
  });
});
