import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEvents } from "../ingest/read.ts";
import { decode } from "./decode.ts";

/** Real captures, when they are next to the checkout. */
const root = join(import.meta.dirname, "../../../shared");
const available = existsSync(join(root, "telemetry/expected.json"));

/** The different values of a field in some files. */
async function valuesIn(field: string, ...files: readonly string[]): Promise<readonly string[]> {
  const values = new Set<string>();
  for await (const { events } of readEvents(files.map((file) => join(root, file)))) {
    for (const { event } of events) {
      const value = event.fields[field];
      if (typeof value === "string") {
        values.add(value);
      }
    }
  }
  return [...values];
}

const innermost = (text: string) => decode(text).decodings.at(-1)?.text;

describe.skipIf(!available)(`real captures${available ? "" : " (skipped: no ../shared)"}`, () => {
  it("have encoded commands of a management tool and of an attacker, which are told apart", async () => {
    const folder = "cases/33-encoded-payload";
    const commandLines = await valuesIn("process.command_line", `${folder}/benign.ndjson`, `${folder}/evil.ndjson`);
    const encoded = commandLines.filter((line) => line.includes("-EncodedCommand"));
    expect(encoded.length).toBeGreaterThan(1);
    const decoded = encoded.map(innermost);
    expect(decoded.every((text) => text?.startsWith("begin { $path = ") || text?.startsWith("IEX (New-Object "))).toBe(
      true,
    );
    expect(decoded.filter((text) => text?.startsWith("IEX "))).not.toEqual([]);
    expect(
      commandLines.filter((line) => !line.includes("-EncodedCommand")).flatMap((line) => innermost(line) ?? []),
    ).toEqual([]);
  });

  it("have the stager of a framework, from its command line to the address within its script", async () => {
    const file = "telemetry/mordor-multihost/empire_psremoting_stager.zip";
    const commandLines = await valuesIn("process.command_line", file);
    const stagers = commandLines.filter((line) => / -enc /.test(line));
    expect(stagers.length).toBeGreaterThan(0);
    for (const stager of stagers) {
      const { decodings, undecoded } = decode(stager);
      expect(decodings.map(({ steps }) => steps.join(" "))).toEqual([
        "base64 utf-16le",
        "base64 utf-16le backticks concatenation",
        "base64 utf-16le backticks concatenation base64 utf-16le",
      ]);
      expect(decodings[1]?.text).toContain("'NonPublic,Static'");
      expect(decodings[2]?.text).toBe("http://10.10.10.5");
      expect(undecoded).toEqual([]);
    }
    expect(commandLines.filter((line) => !stagers.includes(line)).flatMap((line) => innermost(line) ?? [])).toEqual([]);
  });

  it("have a packed program in a command line, which is named", async () => {
    const file = "telemetry/mordor-multihost/covenant_psremoting_grunt.zip";
    const carriers = (await valuesIn("process.command_line", file)).filter((line) => line.includes("FromBase64String"));
    expect(carriers.map((line) => decode(line).undecoded)).toContainEqual([
      { reason: "program", limit: 11_264, steps: ["base64", "deflate"] },
    ]);
  });

  it("have ordinary scripts in which nothing is found", async () => {
    const scripts = await valuesIn(
      "powershell.file.script_block_text",
      "telemetry/mordor-multihost/purplesharp_ad_playbook_I.zip",
    );
    expect(scripts.length).toBeGreaterThan(10);
    expect(scripts.flatMap((script) => decode(script).decodings)).toEqual([]);
  });
});
