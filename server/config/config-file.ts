import { readFileSync, statSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import type { Location, Problem } from "#contracts/problem";
import { tomlPlaces } from "../detection/rule-files/toml-places.ts";
import { fail, ok, type Result } from "../lib/result.ts";

/** One value of a configuration file, as the text that its environment variable would hold. */
export interface FileValue {
  /** As in the environment: `[tls] cert` is `STEMMA_TLS_CERT`. */
  readonly name: string;
  readonly text: string;
  readonly at: Location;
}

export interface ConfigFile {
  readonly values: readonly FileValue[];
  /** Whether other users of the machine can read the file. */
  readonly worldReadable: boolean;
}

/** The largest configuration file, in bytes; all settings together need a fraction of it. */
const maximumSize = 256 * 1024;

/**
 * Reads a TOML file of settings. A key is the name of its setting in lower case without `STEMMA_`; the name of a table
 * stands before those of its keys, so `tls_cert = "…"` and `cert = "…"` under `[tls]` are the same setting.
 * See docs/decisions/0036.
 */
export function readConfigFile(file: string): Result<ConfigFile, readonly Problem[]> {
  const read = readText(file);
  if (!read.ok) {
    return fail([
      {
        code: "config.unreadable",
        message: `the configuration file cannot be read: ${read.error}`,
        at: { file },
        remedy: "Name a readable TOML file with --config or STEMMA_CONFIG.",
      },
    ]);
  }
  const { text, worldReadable } = read.value;
  let document: Readonly<Record<string, unknown>>;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) {
      throw error;
    }
    const message = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "invalid TOML";
    return fail([{ code: "config.syntax", message, at: { file, line: error.line, column: error.column } }]);
  }
  const places = tomlPlaces(text);
  const values: FileValue[] = [];
  const problems: Problem[] = [];
  const visit = (table: Readonly<Record<string, unknown>>, path: readonly string[]) => {
    for (const [key, value] of Object.entries(table)) {
      const here = [...path, key];
      if (isTable(value)) {
        visit(value, here);
        continue;
      }
      const at = { ...places.of(here), file };
      const text = textOf(value);
      if (text.ok) {
        values.push({ name: `STEMMA_${here.join("_").toUpperCase()}`, text: text.value, at });
      } else {
        problems.push({ code: "config.invalid", message: `${here.join(".")}: ${text.error}`, at });
      }
    }
  };
  visit(document, []);
  return problems.length > 0 ? fail(problems) : ok({ values, worldReadable });
}

function readText(file: string): Result<{ readonly text: string; readonly worldReadable: boolean }, string> {
  try {
    const { mode, size } = statSync(file);
    return size > maximumSize
      ? fail(`it has ${size} bytes, at most ${maximumSize} are read`)
      : ok({ text: readFileSync(file, "utf8"), worldReadable: (mode & 0o004) !== 0 });
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A value as an environment variable holds it: lists separated by commas, `true` as `on`. */
function textOf(value: unknown): Result<string, string> {
  switch (typeof value) {
    case "string":
      return ok(value);
    case "number":
    case "bigint":
      return ok(String(value));
    case "boolean":
      return ok(value ? "on" : "off");
    default:
      break;
  }
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    return fail("must be a text, a number, true or false, or a list of texts");
  }
  return value.some((item) => item.includes(",")) ? fail("an item must not contain a comma") : ok(value.join(","));
}
