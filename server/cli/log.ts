import { accessSync, closeSync, constants, existsSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { Writable } from "node:stream";
import pino, { type Logger } from "pino";
import type { Problem } from "#contracts/problem";
import type { Config } from "../config.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { visible } from "../lib/visible.ts";

/** The log of a server, and where it goes. */
export interface OpenLog {
  readonly log: Logger;
  close(): void;
}

/**
 * Opens the log: JSON lines in a file, on standard error, or, if that is a terminal, as text between the words for
 * people. It has ids and counts, never command lines, tokens or cookies. See docs/decisions/0036.
 */
export function openLog({ logLevel, logFile }: Pick<Config, "logLevel" | "logFile">): Result<OpenLog, Problem> {
  const options = {
    level: logLevel,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    redact: ["token", "cookie", "*.token", "*.cookie"],
  };
  if (logFile === undefined || logFile === "-") {
    const isText = logFile === undefined && process.stderr.isTTY;
    return ok({ log: isText ? pino(options, textOn(process.stderr)) : pino(options, pino.destination(2)), close() {} });
  }
  const problem = unwritable(logFile);
  if (problem !== undefined) {
    return fail(problem);
  }
  // Synchronous: after a crash the last records are those that matter.
  const destination = pino.destination({ dest: logFile, append: true, sync: true, mode: 0o600 });
  let failing = false;
  destination.on("error", (error: Error) => {
    // A full disk must not stop the server; the words go where somebody may see them, once.
    if (!failing) {
      process.stderr.write(`stemma: the log ${visible(logFile)} cannot be written: ${visible(error.message)}\n`);
    }
    failing = true;
  });
  const reopen = () => destination.reopen();
  process.on("SIGHUP", reopen);
  const close = () => {
    process.off("SIGHUP", reopen);
    destination.end();
  };
  return ok({ log: pino(options, destination), close });
}

/** Creates the file for its owner alone. */
function unwritable(file: string): Problem | undefined {
  return problemOf(file, () => closeSync(openSync(file, "a", 0o600)));
}

/** Whether `openLog` would refuse the file; looking does not create it. */
export function logProblem({ logFile: file }: Pick<Config, "logFile">): Problem | undefined {
  if (file === undefined || file === "-") {
    return undefined;
  }
  return existsSync(file)
    ? unwritable(file)
    : problemOf(file, () => accessSync(dirname(file), constants.W_OK | constants.X_OK));
}

function problemOf(file: string, attempt: () => void): Problem | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return {
      code: "config.invalid",
      message: `STEMMA_LOG_FILE: ${error instanceof Error ? error.message : String(error)}`,
      at: { file, field: "STEMMA_LOG_FILE" },
      remedy: "Name a file in a folder that the server can write to, or - for standard error.",
    };
  }
}

/** Records as lines that people read: time, level, event, then the other values. */
export function textOf(line: string): string {
  const { time, level, event, msg, ...rest }: Record<string, unknown> = JSON.parse(line);
  const values = Object.entries(rest).map(([name, value]) => `${name}=${plain(value)}`);
  const words = [String(time).slice(11, 19), String(level).toUpperCase(), event, msg, ...values];
  return `${visible(words.filter((word) => word !== undefined).join(" "))}\n`;
}

function plain(value: unknown): string {
  return typeof value === "string" && /^[\w.:/-]+$/.test(value) ? value : JSON.stringify(value);
}

function textOn(stream: NodeJS.WritableStream): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      stream.write(textOf(String(chunk)), () => done());
    },
  });
}
