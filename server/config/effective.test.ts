import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { settings } from "./settings.ts";

it("every setting is listed with a description, the value that holds and where it comes from", () => {
  const folder = mkdtempSync(join(tmpdir(), "stemma-settings-"));
  const file = join(folder, "stemma.toml");
  writeFileSync(file, 'session_hours = 8\nport = 1\n[neo4j]\npassword = "quiet"\n');
  const environment = { STEMMA_CONFIG: file, STEMMA_PORT: "2", STEMMA_LOG: "info" };
  const config = readConfig(environment, { STEMMA_PORT: "3", STEMMA_ANALYST: "lena" }, folder);
  rmSync(folder, { recursive: true });
  if (!config.ok) {
    throw new Error(JSON.stringify(config.error));
  }
  const { effective } = config.value;
  expect(effective.map(({ name }) => name)).toEqual(settings.keyof().options);
  expect(effective.filter(({ description }) => !/^[A-Z].*\.$/.test(description))).toEqual([]);
  const of = (wanted: string) => {
    const found = effective.find(({ name }) => name === wanted);
    return [found?.value, found?.source];
  };
  expect(of("STEMMA_SESSION_HOURS")).toEqual(["8", "file"]);
  expect(of("STEMMA_LOG")).toEqual(["info", "environment"]);
  expect(of("STEMMA_PORT")).toEqual(["3", "flag"]);
  expect(of("STEMMA_HOST")).toEqual(["127.0.0.1", "default"]);
  expect(of("STEMMA_STORE")).toEqual([join(folder, "stemma.db"), "default"]);
  expect(of("STEMMA_URL")).toEqual(["", "default"]);
  expect(of("STEMMA_NEO4J_PASSWORD")).toEqual(["set", "file"]);
  expect(JSON.stringify(effective)).not.toContain("quiet");
});
