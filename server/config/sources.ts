import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Location, Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { readConfigFile } from "./config-file.ts";

/** Where the value of a setting came from, for messages. */
export type Source =
  | { readonly kind: "flag" }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "file"; readonly at: Location };

/** The text of a setting that was set somewhere. */
export interface GivenSetting {
  readonly text: string;
  readonly source: Source;
  /** The folder at which a relative path starts: that of the configuration file for values in it. */
  readonly base: string;
}

/** What the table of settings says about names. */
interface Names<Name extends string> {
  readonly settings: readonly Name[];
  /** Settings that may come from a file of their own, named by the setting with `_FILE`. */
  readonly secrets: readonly Name[];
  /** Former names by which settings are still read from the environment. */
  readonly former: Readonly<Record<string, Name>>;
  /** The setting that names the configuration file. */
  readonly file: Name;
}

export interface GivenSettings<Name extends string> {
  readonly given: ReadonlyMap<Name, GivenSetting>;
  readonly problems: readonly Problem[];
  /** What is allowed but unwise. */
  readonly warnings: readonly Problem[];
}

/**
 * Collects the settings by precedence: flags, environment variables, configuration file. Values are not judged here. An
 * empty environment variable counts as absent.
 */
export function collectSettings<Name extends string>(
  names: Names<Name>,
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Partial<Record<Name, string>>>,
  directory: string,
): GivenSettings<Name> {
  const own = [environmentLayer(names, environment, directory), flagLayer(names, flags, directory)];
  const path = [...own]
    .reverse()
    .find(({ given }) => given.has(names.file))
    ?.given.get(names.file)?.text;
  const file = path === undefined ? emptyLayer<Name>() : fileLayer(names, resolve(directory, path));
  const layers = [file, ...own];
  return {
    given: new Map(layers.flatMap(({ given }) => [...given])),
    problems: layers.flatMap(({ problems }) => problems),
    warnings: layers.flatMap(({ warnings }) => warnings),
  };
}

/** Where a value came from, in words. */
export function describeSource(source: Source | undefined): string {
  switch (source?.kind) {
    case undefined:
      return "default";
    case "flag":
      return "command line";
    case "environment":
      return source.name;
    case "file":
      return [source.at.file, source.at.line].filter((part) => part !== undefined).join(":");
  }
}

function emptyLayer<Name extends string>(): GivenSettings<Name> {
  return { given: new Map(), warnings: [], problems: [] };
}

function flagLayer<Name extends string>(
  names: Names<Name>,
  flags: Readonly<Partial<Record<Name, string>>>,
  base: string,
): GivenSettings<Name> {
  const given = names.settings.flatMap((name): readonly (readonly [Name, GivenSetting])[] => {
    const text = flags[name];
    return text === undefined ? [] : [[name, { text, source: { kind: "flag" }, base }]];
  });
  return { ...emptyLayer(), given: new Map(given) };
}

function environmentLayer<Name extends string>(
  names: Names<Name>,
  environment: Readonly<Record<string, string | undefined>>,
  base: string,
): GivenSettings<Name> {
  const set = Object.entries(environment).flatMap(([name, text = ""]) =>
    name.startsWith("STEMMA_") && (text !== "" || !isKnown(names, name))
      ? [{ name, text, source: { kind: "environment", name } as const }]
      : [],
  );
  // Former names first, so that the current name takes precedence.
  const order = (name: string) => (Object.hasOwn(names.former, name) ? 0 : 1);
  const sorted = set.toSorted((left, right) => order(left.name) - order(right.name));
  return layerOf(names, sorted, base);
}

function fileLayer<Name extends string>(names: Names<Name>, path: string): GivenSettings<Name> {
  const read = readConfigFile(path);
  if (!read.ok) {
    return { ...emptyLayer(), problems: read.error };
  }
  const values = read.value.values.map(({ name, text, at }) => ({ name, text, source: { kind: "file", at } as const }));
  const misplaced = values.filter(({ name }) => name === names.file || Object.hasOwn(names.former, name));
  const layer = layerOf(
    { ...names, former: {} },
    values.filter((value) => !misplaced.includes(value)),
    dirname(path),
  );
  const exposed = values.filter(({ name }) => names.secrets.some((secret) => secret === name));
  return {
    given: layer.given,
    problems: [...layer.problems, ...misplaced.map(({ name, source }) => unknownProblem(names, name, source))],
    warnings:
      read.value.worldReadable && exposed.length > 0
        ? [
            {
              code: "config.exposed-secret",
              message: `all users of this machine can read ${exposed.map(({ name }) => name).join(", ")} in this file`,
              at: { file: path },
              remedy: `Run \`chmod o-r\` on it, or keep the secret in a file of its own (${exposed[0]?.name}_FILE).`,
            },
          ]
        : [],
  };
}

interface NamedValue {
  readonly name: string;
  readonly text: string;
  readonly source: Source;
}

function layerOf<Name extends string>(
  names: Names<Name>,
  values: readonly NamedValue[],
  base: string,
): GivenSettings<Name> {
  const given = new Map<Name, GivenSetting>();
  const problems: Problem[] = [];
  const setBy = new Map<Name, string>();
  for (const { name, text, source } of values) {
    const setting = settingOf(names, name);
    if (setting === undefined) {
      problems.push(unknownProblem(names, name, source));
      continue;
    }
    const earlier = setBy.get(setting);
    if (earlier !== undefined && !Object.hasOwn(names.former, earlier)) {
      problems.push({
        code: "config.invalid",
        message: earlier === name ? `${name} is set twice` : `${earlier} and ${name}: set only one`,
        at: placeOf(name, source),
      });
      continue;
    }
    setBy.set(setting, name);
    const value = name === `${setting}_FILE` ? readSecret(resolve(base, text)) : ok(text);
    if (value.ok) {
      given.set(setting, { text: value.value, source, base });
    } else {
      problems.push({ code: "config.invalid", message: `${name}: ${value.error}`, at: placeOf(name, source) });
    }
  }
  return { given, problems, warnings: [] };
}

function settingOf<Name extends string>(names: Names<Name>, name: string): Name | undefined {
  return (
    names.settings.find((setting) => setting === name) ??
    names.secrets.find((secret) => `${secret}_FILE` === name) ??
    (Object.hasOwn(names.former, name) ? names.former[name] : undefined)
  );
}

function isKnown(names: Names<string>, name: string): boolean {
  return settingOf(names, name) !== undefined;
}

/** The content of a secret's own file, without the line end that editors add. */
function readSecret(file: string): Result<string, string> {
  try {
    const text = readFileSync(file, "utf8").replace(/\r?\n$/, "");
    return text === "" ? fail("the file is empty") : ok(text);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

export function placeOf(name: string, source: Source | undefined): Location {
  return { ...(source?.kind === "file" ? source.at : {}), field: name };
}

function unknownProblem(names: Names<string>, name: string, source: Source): Problem {
  return {
    code: "config.unknown",
    message: `${name} is not a setting of Stemma${source.kind === "file" ? " that can be set in a file" : ""}`,
    at: placeOf(name, source),
    remedy: `The settings are ${names.settings.join(", ")}.`,
  };
}
