import { describe, expect, it } from "vitest";
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
