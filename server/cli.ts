import { alertsCommand } from "./cli/alerts.ts";
import { playbooksCommand, rulesCommand } from "./cli/check.ts";
import type { Command, ExitCode, Surroundings } from "./cli/command.ts";
import { exceptionCommand } from "./cli/exception.ts";
import { ingestCommand } from "./cli/ingest.ts";
import { searchCommand } from "./cli/search.ts";
import { serveCommand } from "./cli/serve.ts";
import { visible } from "./cli/terminal.ts";
import { treeCommand } from "./cli/tree.ts";
import { triageCommand } from "./cli/triage.ts";
import { version } from "./main.ts";

/** `stemma <command>`: finds the command and gives it the process's surroundings. */

const commands: readonly Command[] = [
  serveCommand,
  ingestCommand,
  alertsCommand,
  treeCommand,
  triageCommand,
  searchCommand,
  exceptionCommand,
  rulesCommand,
  playbooksCommand,
];

function overview(): string {
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`);
  return [
    `Stemma ${version}: triage and investigation of security alerts on a process-lineage graph.`,
    "",
    "Usage: stemma COMMAND [OPTIONS]",
    "",
    ...lines,
    `  ${"help".padEnd(12)}this text, or: stemma help COMMAND`,
    `  ${"version".padEnd(12)}the version`,
    "",
    "Exit codes: 0 done, 1 problems in the input (a partial result was printed), 2 wrong usage or cannot run.",
    "",
  ].join("\n");
}

async function run(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const [name, ...rest] = args;
  const { terminal } = surroundings;
  const asked = name === "help" ? rest[0] : undefined;
  const command = commands.find((candidate) => candidate.name === (asked ?? name));
  if (name === "version" || name === "--version") {
    terminal.out(`${version}\n`);
    return 0;
  }
  if (name === undefined || ((name === "help" || name === "--help" || name === "-h") && asked === undefined)) {
    (name === undefined ? terminal.err : terminal.out)(overview());
    return name === undefined ? 2 : 0;
  }
  if (command === undefined) {
    terminal.err(`stemma: there is no command "${visible(asked ?? name)}".\n\n${overview()}`);
    return 2;
  }
  if (asked !== undefined || rest.includes("--help") || rest.includes("-h")) {
    terminal.out(`${command.usage}\n`);
    return 0;
  }
  return command.run(rest, surroundings);
}

/** Output goes through the streams' own buffers; the process ends by itself when they are empty. */
function surroundings(): Surroundings {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => stop.abort());
  }
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") {
      process.exit(0);
    }
    throw error;
  });
  return {
    terminal: {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      width: process.stdout.isTTY ? process.stdout.columns : undefined,
    },
    environment: process.env,
    directory: process.cwd(),
    stop: stop.signal,
    get stdin() {
      return process.stdin;
    },
    lines: (onLine) => {
      const listener = (chunk: Buffer) => {
        for (const byte of chunk) {
          if (byte === 0x0a) {
            onLine();
          }
        }
      };
      process.stdin.on("data", listener);
      return () => {
        process.stdin.off("data", listener);
        process.stdin.destroy();
      };
    },
  };
}

process.exitCode = await run(process.argv.slice(2), surroundings());
