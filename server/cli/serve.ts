import type { Problem } from "#contracts/problem";
import type { Config } from "../config.ts";
import type { Result } from "../lib/result.ts";
import type { ScryptCost } from "../people/password.ts";
import type { IngestProgress } from "../pipeline/ingest.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { RuleBook } from "../ruleset/rule-book.ts";
import type { Store } from "../store/port.ts";
import { type Command, type CommandContext, cannotRun, describe, readArguments, refuseUsage } from "./command.ts";
import { reportFailedRules, version } from "./open.ts";
import { progressOn, type Terminal } from "./terminal.ts";

const usage = `Usage: stemma serve [--config FILE] [--host HOST] [--port N] [--db FILE] [--analyst NAME] [--rules DIR]…
                    [--playbooks DIR]… [--no-sample]

Starts the workbench and prints its address and a sign-in link. A link works once, for 15 minutes; Enter prints
another one.
An empty database is filled with the bundled sample capture.
  --config FILE    settings in TOML (or STEMMA_CONFIG); see docs/commands.md
  --host HOST      address to listen on (default 127.0.0.1); another one needs TLS, of the server or of a proxy
  --port N         port (default 4800; 0 takes any free one)
  --db FILE        the database (default stemma.db, or STEMMA_STORE)
  --analyst NAME   the actor in the audit trail (default: your user name)
  --rules DIR      rules in addition to the shipped ones
  --playbooks DIR  playbooks in addition to the shipped ones
  --no-sample      leave an empty database empty`;

export interface RunningServer {
  /** Where browsers reach it. */
  readonly url: string;
  readonly store: Store;
  readonly rules: RuleBook;
  readonly playbooks: Playbooks;
  readonly playbookProblems: readonly Problem[];
  /** Settings that are allowed but unwise. */
  readonly warnings: readonly Problem[];
  /** A new one-time sign-in link; the previous one stops working. */
  signInLink(): string;
  /** Finishes the requests in progress, then closes the store and releases the lock. */
  stop(): Promise<void>;
}

/** Starts the workbench; implemented by the composition root (`main.ts`), which knows every layer. */
export type StartWorkbench = (
  config: Config,
  options: {
    readonly now: () => number;
    readonly onSample?: (progress: IngestProgress) => void;
    readonly signal?: AbortSignal;
    /** How much work a password hash is, for tests; the default is what is recommended. */
    readonly passwordCost?: ScryptCost;
  },
) => Promise<Result<RunningServer, Problem>>;

/** `stemma serve`: starts the workbench and keeps it running until it is interrupted. */
export function serveCommand(startWorkbench: StartWorkbench): Command {
  const command: Command = {
    name: "serve",
    usage,
    async run(args, context) {
      const { terminal, stop } = context;
      const read = readArguments(
        args,
        {
          options: { "no-sample": { type: "boolean" } },
          settings: ["db", "store", "host", "port", "person", "analyst"],
          folders: ["rules", "playbooks"],
        },
        context,
      );
      if (!read.ok) {
        return refuseUsage(command, read.error, terminal);
      }
      const config = read.value.flag("no-sample") ? { ...read.value.config, sample: false } : read.value.config;
      const progress = progressOn(terminal);
      const started = await startWorkbench(config, {
        now: Date.now,
        signal: stop,
        onSample: ({ summary }) => progress.show(`Ingesting the sample capture: ${summary.events} events`),
      });
      progress.end();
      if (!started.ok) {
        return cannotRun(command, started.error, terminal);
      }
      const workbench = started.value;
      await greet(workbench, terminal);
      await untilStopped(workbench, context);
      terminal.err("Stopping.\n");
      await workbench.stop();
      return 0;
    },
  };
  return command;
}

async function greet(
  { url, store, rules, playbooks, playbookProblems, warnings, signInLink }: RunningServer,
  terminal: Terminal,
): Promise<void> {
  for (const problem of warnings) {
    terminal.err(`warning: ${describe(problem)}\n`);
  }
  reportFailedRules(rules.current.files, terminal);
  for (const problem of playbookProblems) {
    terminal.err(`playbook not loaded: ${describe(problem)}\n`);
  }
  const off = [...rules.current.entries.values()].filter(({ enabled }) => !enabled).length;
  const alerts = await store.alerts.find({ buildingBlock: false, limit: 1 });
  terminal.out(
    [
      `Stemma ${version}  ${url}`,
      `${store.description}: ${await store.events.count()} events, ${alerts.total} alerts`,
      `${rules.current.rules.length} rules${off > 0 ? ` (${off} turned off)` : ""}, ${playbooks.all.length} playbooks`,
      "",
      `Sign in:  ${signInLink()}`,
      "The link works once, for 15 minutes. Enter prints a new one, Ctrl C stops.",
      "",
    ].join("\n"),
  );
}

/** Prints a new link for every line on standard input, until the process is interrupted. */
function untilStopped(workbench: RunningServer, { stop, terminal, lines }: CommandContext): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = lines(() => terminal.out(`Sign in:  ${workbench.signInLink()}\n`));
    const end = () => {
      unsubscribe();
      resolve();
    };
    if (stop.aborted) {
      end();
    } else {
      stop.addEventListener("abort", end, { once: true });
    }
  });
}
