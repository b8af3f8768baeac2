import { readFileSync } from "node:fs";
import { type Command, type CommandContext, describe, type ExitCode } from "./cli/command.ts";
import { visible } from "./cli/terminal.ts";
import { BadRequestError } from "./lib/bad-request-error.ts";
import { StoreFailure } from "./store/failure.ts";

/** `stemma <command>`: finds the command and gives it the process's surroundings. */

interface Entry {
  readonly summary: string;
  /** Loaded when it is asked for, so that every command starts quickly. */
  load(): Promise<Command>;
}

const commands: Readonly<Record<string, Entry>> = {
  serve: {
    summary: "the workbench in the browser",
    load: async () => {
      const [{ serveCommand }, { startWorkbench }] = await Promise.all([import("./cli/serve.ts"), import("./main.ts")]);
      return serveCommand(startWorkbench);
    },
  },
  ingest: {
    summary: "read telemetry: files, folders, archives, standard input",
    load: async () => (await import("./cli/ingest.ts")).ingestCommand,
  },
  alerts: {
    summary: "the queue",
    load: async () => (await import("./cli/alerts.ts")).alertsCommand,
  },
  tree: {
    summary: "the process family tree around an alert or a process",
    load: async () => (await import("./cli/tree.ts")).treeCommand,
  },
  triage: {
    summary: "the playbook of an alert, run without a browser",
    load: async () => (await import("./cli/triage.ts")).triageCommand,
  },
  search: {
    summary: "search the stored events, or files, in EQL or tstats",
    load: async () => (await import("./cli/search.ts")).searchCommand,
  },
  exception: {
    summary: "the dry run of an exception",
    load: async () => (await import("./cli/exception.ts")).exceptionCommand,
  },
  rules: {
    summary: "check folders of rules; what each rule is worth on the stored data",
    load: async () => (await import("./cli/check.ts")).rulesCommand,
  },
  playbooks: {
    summary: "check folders of playbooks",
    load: async () => (await import("./cli/check.ts")).playbooksCommand,
  },
  copy: {
    summary: "move everything from one store into another",
    load: async () => (await import("./cli/copy.ts")).copyCommand,
  },
  bench: {
    summary: "how fast it reads, ingests and opens alerts on this machine",
    load: async () => {
      const [{ benchCommand }, { startWorkbench }] = await Promise.all([
        import("./bench/command.ts"),
        import("./main.ts"),
      ]);
      return benchCommand(startWorkbench);
    },
  },
};

const version = String(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version);

function overview(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`);
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

async function run(args: readonly string[], surroundings: CommandContext): Promise<ExitCode> {
  const [name, ...rest] = args;
  const { terminal } = surroundings;
  const asked = name === "help" ? rest[0] : undefined;
  const wanted = asked ?? name ?? "";
  const entry = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
  if (name === "version" || name === "--version") {
    terminal.out(`${version}\n`);
    return 0;
  }
  if (name === undefined || ((name === "help" || name === "--help" || name === "-h") && asked === undefined)) {
    (name === undefined ? terminal.err : terminal.out)(overview());
    return name === undefined ? 2 : 0;
  }
  if (entry === undefined) {
    terminal.err(`stemma: there is no command "${visible(wanted)}".\n\n${overview()}`);
    return 2;
  }
  const command = await entry.load();
  if (asked !== undefined || rest.includes("--help") || rest.includes("-h")) {
    terminal.out(`${command.usage}\n`);
    return 0;
  }
  return command.run(rest, surroundings);
}

/** Output goes through the streams' own buffers; the process ends by itself when they are empty. */
function surroundings(): CommandContext {
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
      progressWidth: process.stderr.isTTY ? process.stderr.columns : undefined,
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

/** What no command expected: a store that fails says so in a sentence, anything else is a bug and says where. Never exit 1. */
function unexpected(error: unknown): ExitCode {
  const problem = error instanceof StoreFailure || error instanceof BadRequestError ? error.problem : undefined;
  const said =
    problem === undefined
      ? `something broke inside: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
      : describe(problem);
  process.stderr.write(`stemma: ${said.split("\n").map(visible).join("\n")}\n`);
  return 2;
}

process.exitCode = await run(process.argv.slice(2), surroundings()).catch(unexpected);
