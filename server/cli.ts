import { readFileSync } from "node:fs";
import { type Command, type CommandContext, describe, type ExitCode } from "./cli/command.ts";
import { BadRequestError } from "./lib/bad-request-error.ts";
import { visible } from "./lib/visible.ts";
import { StoreFailure } from "./store/failure.ts";

/** `stemma COMMAND`: finds the command and runs it in the context of this process. */

interface Entry {
  readonly summary: string;
  /** Loaded on demand, so that every command starts quickly. */
  load(): Promise<Command>;
}

const commands: Readonly<Record<string, Entry>> = {
  serve: {
    summary: "start the workbench",
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
    summary: "list the queue",
    load: async () => (await import("./cli/alerts.ts")).alertsCommand,
  },
  tree: {
    summary: "draw the process tree around an alert or a process",
    load: async () => (await import("./cli/tree.ts")).treeCommand,
  },
  triage: {
    summary: "run the playbook of an alert without a browser",
    load: async () => (await import("./cli/triage.ts")).triageCommand,
  },
  answer: {
    summary: "record the answer to a step of a playbook",
    load: async () => (await import("./cli/answer.ts")).answerCommand,
  },
  incident: {
    summary: "show an incident: its verdict, its work, its alerts, what is left to answer",
    load: async () => (await import("./cli/incident.ts")).incidentCommand,
  },
  bundle: {
    summary: "write everything about an incident into files that can be handed over",
    load: async () => (await import("./cli/bundle.ts")).bundleCommand,
  },
  verify: {
    summary: "check the file of a bundle, without a store",
    load: async () => (await import("./cli/verify.ts")).verifyCommand,
  },
  report: {
    summary: "report what happened over a shift",
    load: async () => (await import("./cli/report.ts")).reportCommand,
  },
  search: {
    summary: "search the stored events, or files, in a rule language",
    load: async () => (await import("./cli/search.ts")).searchCommand,
  },
  exception: {
    summary: "draft, preview, save, list, stop, import and export exceptions, and give back what they hid",
    load: async () => (await import("./cli/exception.ts")).exceptionCommand,
  },
  "value-list": {
    summary: "manage lists of values that exceptions refer to",
    load: async () => (await import("./cli/value-list.ts")).valueListCommand,
  },
  rules: {
    summary: "check rule folders; report what each rule is worth on the stored data",
    load: async () => (await import("./cli/content-check.ts")).rulesCommand,
  },
  playbooks: {
    summary: "check playbook folders; measure what checks are worth; what became of their questions",
    load: async () => (await import("./cli/content-check.ts")).playbooksCommand,
  },
  doctor: {
    summary: "check what a server needs here: settings, store, rights, disk, ports",
    load: async () => {
      const [{ doctorCommand }, { openDoors }] = await Promise.all([
        import("./cli/doctor.ts"),
        import("./http/doors.ts"),
      ]);
      return doctorCommand((config, now) => {
        const doors = openDoors(config, now);
        return doors.ok ? { ok: true, value: { ...doors.value, expires: doors.value.certificate?.expires } } : doors;
      });
    },
  },
  check: {
    summary: "read everything in a store and say what is damaged",
    load: async () => (await import("./cli/check.ts")).checkCommand,
  },
  audit: {
    summary: "print the verified end of the audit trail, or accept a shorter one",
    load: async () => (await import("./cli/audit.ts")).auditCommand,
  },
  backup: {
    summary: "write everything in a store into one file, also while servers run",
    load: async () => (await import("./cli/backup.ts")).backupCommand,
  },
  restore: {
    summary: "make a database of a backup",
    load: async () => (await import("./cli/backup.ts")).restoreCommand,
  },
  mcp: {
    summary: "let an assistant read and propose, over the Model Context Protocol",
    load: async () => (await import("./cli/mcp.ts")).mcpCommand,
  },
  copy: {
    summary: "copy everything from one store into another",
    load: async () => (await import("./cli/copy.ts")).copyCommand,
  },
  bench: {
    summary: "measure speed on this machine",
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
    `  ${"help".padEnd(12)}show this text, or the help of a command: stemma help COMMAND`,
    `  ${"version".padEnd(12)}show the version`,
    "",
    "Every command that opens a store also takes --config FILE, settings in TOML: see docs/commands.md.",
    "Exit codes: 0 done, 1 problems in the input (a partial result was printed), 2 wrong usage or cannot run.",
    "",
  ].join("\n");
}

async function run(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const [name, ...rest] = args;
  const { terminal } = context;
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
    terminal.err(`stemma: no command "${visible(wanted)}".\n\n${overview()}`);
    return 2;
  }
  const command = await entry.load();
  if (asked !== undefined || rest.includes("--help") || rest.includes("-h")) {
    terminal.out(`${command.usage}\n`);
    return 0;
  }
  return command.run(rest, context);
}

/**
 * Calls back for each SIGINT and each SIGTERM. A terminal, or a service manager, signals this process and its launcher
 * (`stemma.js`), which tells of it in a message: whatever both have heard is one signal.
 */
function whenStopped(stop: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    let [own, told, heard] = [0, 0, 0];
    const hear = () => {
      if (Math.max(own, told) > heard) {
        heard += 1;
        stop();
      }
    };
    process.on(signal, () => {
      own += 1;
      hear();
    });
    process.on("message", (message) => {
      if (message === signal) {
        told += 1;
        hear();
      }
    });
  }
  // Waiting for messages keeps no process alive.
  process.channel?.unref();
}

/** The streams buffer the output; the process ends by itself when they are empty. */
function processContext(): CommandContext {
  const stop = new AbortController();
  whenStopped(() => {
    if (stop.signal.aborted) {
      // Asked twice: what is not durable yet was not acknowledged either.
      process.exit(130);
    }
    stop.abort();
  });
  // A reader that stops early (`| head`) is not a failure.
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

/**
 * An error that no command handles: the failure of a store in one line, a bug with its stack. The exit code is never 1.
 */
function unexpected(error: unknown): ExitCode {
  const problem = error instanceof StoreFailure || error instanceof BadRequestError ? error.problem : undefined;
  const text =
    problem === undefined
      ? `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
      : describe(problem);
  process.stderr.write(`stemma: ${text.split("\n").map(visible).join("\n")}\n`);
  return 2;
}

const context = processContext();
process.exitCode = await run(process.argv.slice(2), context).catch(unexpected);
if (context.stop.aborted) {
  // What an interrupted command was waiting for, such as standard input, must not keep the process alive.
  setTimeout(() => process.exit(), 200).unref();
}
