import { resolve } from "node:path";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import type { Problem } from "#contracts/problem";
import { type Config, readConfig, type Setting } from "../config.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { visible } from "../lib/visible.ts";
import type { Damage } from "../store/damage.ts";
import type { Terminal } from "./terminal.ts";

/** The process as a command sees it. */
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

/** 0: done. 1: problems in the input, a partial result was printed. 2: wrong usage, or the command cannot run. */
export type ExitCode = 0 | 1 | 2;

export interface Command {
  readonly name: string;
  /** The text of `stemma help COMMAND`. */
  readonly usage: string;
  run(args: readonly string[], context: CommandContext): Promise<ExitCode>;
}

/** Flags that set a configuration value. `person` is the former name of `analyst`. */
const settingFlags = {
  config: "STEMMA_CONFIG",
  db: "STEMMA_STORE",
  store: "STEMMA_STORE",
  host: "STEMMA_HOST",
  port: "STEMMA_PORT",
  person: "STEMMA_ANALYST",
  analyst: "STEMMA_ANALYST",
} as const satisfies Record<string, Setting>;

/** Folders in addition to the configured ones; the flag may be repeated. */
type FolderFlag = "rules" | "playbooks";
type SettingFlag = keyof typeof settingFlags;

export interface Arguments {
  readonly positionals: readonly string[];
  readonly config: Config;
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
  /** A whole number of at least 1; undefined if the flag is absent. */
  number(name: string): number | undefined;
}

/** What a command accepts. */
interface Accepted {
  readonly options?: ParseArgsOptionsConfig;
  /** Options whose value is a whole number. */
  readonly numbers?: readonly string[];
  /** Configuration flags; those of the store if absent. */
  readonly settings?: readonly SettingFlag[];
  readonly folders?: readonly FolderFlag[];
  /** `what` names them in a message. */
  readonly positionals?: { readonly least: number; readonly most: number; readonly what: string };
}

/** Parses the arguments of a command and reads the configuration. Reports all problems at once. */
export function readArguments(
  args: readonly string[],
  accepted: Accepted,
  context: Pick<CommandContext, "environment" | "directory">,
): Result<Arguments, readonly Problem[]> {
  const { settings = ["db", "store"], numbers = [] } = accepted;
  const flags: readonly SettingFlag[] = ["config", ...settings];
  const parsed = parse(args, accepted, flags);
  if (!parsed.ok) {
    return fail([parsed.error]);
  }
  const { values, positionals } = parsed.value;
  const problems: Problem[] = [...positionalProblems(positionals, accepted)];
  for (const name of numbers) {
    const value = values[name];
    if (value !== undefined && !/^[1-9]\d{0,8}$/.test(String(value))) {
      problems.push({ code: "usage.value", message: `--${name} must be a whole number of at least 1.` });
    }
  }
  const given: Partial<Record<Setting, string>> = {};
  for (const name of flags) {
    const value = values[name];
    if (value !== undefined) {
      given[settingFlags[name]] = String(value);
    }
  }
  const config = readConfig(context.environment, given, context.directory);
  if (!config.ok) {
    problems.push(...config.error);
  }
  if (!config.ok || problems.length > 0) {
    return fail(problems);
  }
  const texts = (name: string) => [values[name] ?? []].flat().map(String);
  const more = (name: FolderFlag) => texts(name).map((folder) => resolve(context.directory, folder));
  return ok({
    positionals,
    config: {
      ...config.value,
      ruleFolders: [...more("rules"), ...config.value.ruleFolders],
      playbookFolders: [...more("playbooks"), ...config.value.playbookFolders],
    },
    text: (name) => (typeof values[name] === "string" ? values[name] : undefined),
    texts,
    flag: (name) => values[name] === true,
    number: (name) => (values[name] === undefined ? undefined : Number(values[name])),
  });
}

type Parsed = ReturnType<typeof parseArgs>;

function parse(
  args: readonly string[],
  { options, numbers = [], folders = [] }: Accepted,
  flags: readonly SettingFlag[],
): Result<Parsed, Problem> {
  const all: ParseArgsOptionsConfig = {
    ...Object.fromEntries([...flags, ...numbers].map((name) => [name, { type: "string" } as const])),
    ...Object.fromEntries(folders.map((name) => [name, { type: "string", multiple: true } as const])),
    ...options,
  };
  try {
    return ok(parseArgs({ args: idsAsPositionals(args, all), options: all, allowPositionals: true, strict: true }));
  } catch (error) {
    return fail({ code: "usage.option", message: error instanceof Error ? error.message : String(error) });
  }
}

/** The keys of processes, sessions and events have 22 characters, and some begin with a dash. */
const ID_LIKE_AN_OPTION = /^-[\w-]{21}$/;

/** Puts such ids at the end, after `--`, so that they are no options. See docs/decisions/0056. */
function idsAsPositionals(args: readonly string[], options: ParseArgsOptionsConfig): string[] {
  const end = args.indexOf("--");
  const [given, last] = end === -1 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const isId = (text: string) => ID_LIKE_AN_OPTION.test(text) && !Object.hasOwn(options, text.slice(2));
  const ids = given.filter(isId);
  return [...given.filter((text) => !isId(text)), ...(ids.length + last.length > 0 ? ["--", ...ids, ...last] : [])];
}

function positionalProblems(given: readonly string[], { positionals }: Accepted): readonly Problem[] {
  const { least, most, what } = positionals ?? { least: 0, most: 0, what: "" };
  if (given.length < least) {
    return [{ code: "usage.argument", message: `Missing: ${what}.` }];
  }
  return given.length > most
    ? [{ code: "usage.argument", message: `Unexpected: ${given.slice(most).join(" ")}.` }]
    : [];
}

/** Wrong usage: prints every problem and the usage. */
export function refuseUsage(command: Command, problems: readonly Problem[], terminal: Terminal): ExitCode {
  for (const problem of problems) {
    terminal.err(`stemma ${command.name}: ${describe(problem)}\n`);
  }
  terminal.err(`\n${command.usage}\n`);
  return 2;
}

/** The command cannot run, or something it names does not exist. */
export function cannotRun(command: Pick<Command, "name">, problem: Problem, terminal: Terminal): ExitCode {
  terminal.err(`stemma ${command.name}: ${describe(problem)}\n`);
  return 2;
}

/** Says what a result lacks because it is damaged in the store; 1 if there is anything. */
export function reportDamage(command: Pick<Command, "name">, damage: Damage | undefined, terminal: Terminal): ExitCode {
  if (damage === undefined) {
    return 0;
  }
  const { count, problems } = damage;
  terminal.err(`stemma ${command.name}: ${count} stored ${count === 1 ? "value" : "values"} cannot be read.\n`);
  for (const problem of problems) {
    terminal.err(`stemma ${command.name}: ${describe(problem)}\n`);
  }
  return 1;
}

/** A problem as one line: place, what is wrong, what to do. */
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
  // Many messages name their file themselves, without the position in it.
  const message =
    position !== "" && problem.message.startsWith(`${file}: `)
      ? problem.message.slice(`${file}: `.length)
      : problem.message;
  const text = place === "" || message.includes(place) ? message : `${place}: ${message}`;
  return visible(problem.remedy === undefined ? text : `${text.replace(/[.:]$/, "")}. ${problem.remedy}`);
}
