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

  it("lets flags win over the environment, and an empty variable counts as absent", () => {
    const config = readConfig({ STEMMA_PORT: "5000", STEMMA_STORE: "" }, { STEMMA_PORT: "6000" }, "/data");
    expect(config).toMatchObject({ ok: true, value: { port: 6000, store: "/data/stemma.db" } });
  });

  it("names every problem at once", () => {
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

  it("cannot be changed after it was read", () => {
    const config = readConfig({});
    expect(config.ok && Object.isFrozen(config.value)).toBe(true);
  });

  it("keeps the address of another store as it is", () => {
    const config = readConfig({ STEMMA_STORE: "neo4j://graph.example:7687" });
    expect(config).toMatchObject({ ok: true, value: { store: "neo4j://graph.example:7687" } });
  });
});
