import { resolve } from "node:path";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import type { Problem } from "#contracts/problem";
import { type Config, readConfig, type Setting } from "../config.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { type Terminal, visible } from "./terminal.ts";

/** What the process gives to a command. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  /** Aborted by SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Calls back for every line on standard input until the returned function is called. */
  lines(onLine: () => void): () => void;
}

/** Done; problems in the input (a partial result was printed); wrong usage or cannot run. */
export type ExitCode = 0 | 1 | 2;

export interface Command {
  readonly name: string;
  /** Lines behind `stemma`, then a line per option. */
  readonly usage: string;
  run(args: readonly string[], surroundings: CommandContext): Promise<ExitCode>;
}

/** Flags that stand for settings of the configuration. */
const settingFlags = {
  db: "STEMMA_STORE",
  store: "STEMMA_STORE",
  host: "STEMMA_HOST",
  port: "STEMMA_PORT",
  analyst: "STEMMA_ANALYST",
} as const satisfies Record<string, Setting>;

/** Folders that come beside the configured ones; the flag may be repeated. */
type FolderFlag = "rules" | "playbooks";
type SettingFlag = keyof typeof settingFlags;

export interface Arguments {
  readonly positionals: readonly string[];
  readonly config: Config;
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
  /** A whole number of at least 1, or undefined when it was not given; NaN never comes out: it is a usage problem. */
  number(name: string): number | undefined;
}

/**
 * Reads the arguments of a command. `settings` names the configuration flags that it knows beside its own options. Every
 * problem is returned at once, each a sentence.
 */
export function readArguments(
  args: readonly string[],
  known: {
    readonly options?: ParseArgsOptionsConfig;
    readonly numbers?: readonly string[];
    readonly settings?: readonly SettingFlag[];
    readonly folders?: readonly FolderFlag[];
    readonly positionals?: { readonly least: number; readonly most: number; readonly what: string };
  },
  surroundings: Pick<CommandContext, "environment" | "directory">,
): Result<Arguments, readonly Problem[]> {
  const flags = known.settings ?? ["db", "store"];
  const folders = known.folders ?? [];
  const options: ParseArgsOptionsConfig = {
    ...Object.fromEntries(flags.map((name) => [name, { type: "string" } as const])),
    ...Object.fromEntries(folders.map((name) => [name, { type: "string", multiple: true } as const])),
    ...Object.fromEntries((known.numbers ?? []).map((name) => [name, { type: "string" } as const])),
    ...known.options,
  };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    return fail([{ code: "usage.option", message: error instanceof Error ? error.message : String(error) }]);
  }
  const { values, positionals } = parsed;
  const problems: Problem[] = [];
  const { least, most, what } = known.positionals ?? { least: 0, most: 0, what: "nothing" };
  if (positionals.length < least || positionals.length > most) {
    problems.push({
      code: "usage.argument",
      message:
        positionals.length < least ? `Missing: ${what}.` : `Not understood: ${positionals.slice(most).join(" ")}.`,
    });
  }
  for (const name of known.numbers ?? []) {
    const value = values[name];
    if (value !== undefined && !/^[1-9]\d{0,8}$/.test(String(value))) {
      problems.push({ code: "usage.value", message: `--${name} must be a whole number of at least 1.` });
    }
  }
  const settings: Partial<Record<Setting, string>> = {};
  for (const name of flags) {
    const value = values[name];
    if (value !== undefined) {
      settings[settingFlags[name]] = String(value);
    }
  }
  const config = readConfig(surroundings.environment, settings, surroundings.directory);
  if (!config.ok) {
    problems.push(...config.error);
  }
  if (!config.ok || problems.length > 0) {
    return fail(problems);
  }
  const texts = (name: string) => [values[name] ?? []].flat().map(String);
  const more = (name: FolderFlag) => texts(name).map((folder) => resolve(surroundings.directory, folder));
  return ok({
    positionals,
    config: {
      ...config.value,
      ruleFolders: [...config.value.ruleFolders, ...more("rules")],
      playbookFolders: [...config.value.playbookFolders, ...more("playbooks")],
    },
    text: (name) => (typeof values[name] === "string" ? values[name] : undefined),
    texts,
    flag: (name) => values[name] === true,
    number: (name) => (values[name] === undefined ? undefined : Number(values[name])),
  });
}

/** Wrong usage: every problem, then how the command is called. */
export function refuseUsage(command: Command, problems: readonly Problem[], terminal: Terminal): ExitCode {
  for (const problem of problems) {
    terminal.err(`stemma ${command.name}: ${describe(problem)}\n`);
  }
  terminal.err(`\n${command.usage}\n`);
  return 2;
}

/** The command cannot run, or what was asked for is not there. */
export function cannotRun(command: Pick<Command, "name">, problem: Problem, terminal: Terminal): ExitCode {
  terminal.err(`stemma ${command.name}: ${describe(problem)}\n`);
  return 2;
}

/** A problem as one line for people: place, what is wrong, what to do. */
export function describe(problem: Problem): string {
  const { file, line, column, offset } = problem.at ?? {};
  const position = [
    line === undefined ? undefined : `line ${line}`,
    column === undefined ? undefined : `column ${column}`,
    offset === undefined ? undefined : `byte ${offset}`,
  ]
    .filter((part) => part !== undefined)
    .join(", ");
  const place = [file, position === "" ? undefined : position].filter((part) => part !== undefined).join(", ");
  const said = place === "" || problem.message.includes(place) ? problem.message : `${place}: ${problem.message}`;
  return visible(problem.remedy === undefined ? said : `${said.replace(/[.:]$/, "")}. ${problem.remedy}`);
}
