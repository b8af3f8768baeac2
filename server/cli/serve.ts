import type { Logger } from "pino";
import type { Problem } from "#contracts/problem";
import type { Config } from "../config.ts";
import type { Result } from "../lib/result.ts";
import type { ScryptCost } from "../people/password.ts";
import type { IngestProgress } from "../pipeline/ingest.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { RuleBook } from "../ruleset/rule-book.ts";
import type { Store } from "../store/port.ts";
import { type Command, type CommandContext, cannotRun, describe, readArguments, refuseUsage } from "./command.ts";
import { failedRules, version } from "./open.ts";
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
  readonly log: Logger;
  /** Where the figures of the server are, if they have a port of their own. */
  readonly metricsUrl: string | undefined;
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
    /** The store does not respond, and the server waits for it before it starts. */
    readonly onStoreAwaited?: (problem: Problem) => void;
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
      const seconds = config.storeWaitMilliseconds / 1000;
      const started = await startWorkbench(config, {
        now: Date.now,
        signal: stop,
        onSample: ({ summary }) => progress.show(`Ingesting the sample capture: ${summary.events} events`),
        onStoreAwaited: (problem) =>
          config.logFile === "-"
            ? undefined
            : terminal.err(`${describe(problem)} Waiting for it, ${seconds} s at most.\n`),
      });
      progress.end();
      if (!started.ok && stop.aborted) {
        return 0;
      }
      if (!started.ok) {
        return cannotRun(command, started.error, terminal);
      }
      const workbench = started.value;
      const words = config.logFile === "-" ? recordsIn(workbench.log) : wordsOn(terminal);
      await greet(workbench, words);
      await untilStopped(workbench, words, context);
      words.stopping();
      await workbench.stop();
      return 0;
    },
  };
  return command;
}

/** What the server tells whoever started it. */
interface Words {
  problem(kind: "note" | "warning" | "rule not loaded" | "playbook not loaded", problem: Problem): void;
  started(server: RunningServer, figures: Figures): void;
  signInLink(link: string): void;
  stopping(): void;
}

interface Figures {
  readonly events: number;
  readonly alerts: number;
  readonly rules: number;
  readonly rulesOff: number;
  readonly playbooks: number;
}

async function greet(server: RunningServer, words: Words): Promise<void> {
  const { store, rules, playbooks } = server;
  for (const problem of server.warnings) {
    words.problem("warning", problem);
  }
  for (const problem of failedRules(rules.current.files)) {
    words.problem("rule not loaded", problem);
  }
  for (const problem of server.playbookProblems) {
    words.problem("playbook not loaded", problem);
  }
  for (const override of playbooks.overrides) {
    words.problem("note", override);
  }
  const { events } = await store.figures();
  const { total: alerts } = await store.alerts.find({ buildingBlock: false, limit: 1 });
  words.started(server, {
    events,
    alerts,
    rules: rules.current.rules.length,
    rulesOff: [...rules.current.entries.values()].filter(({ enabled }) => !enabled).length,
    playbooks: playbooks.all.length,
  });
}

/** Words for a person at a terminal. */
function wordsOn(terminal: Terminal): Words {
  return {
    problem: (kind, problem) => terminal.err(`${kind}: ${describe(problem)}\n`),
    started: ({ url, store, metricsUrl, signInLink }, { events, alerts, rules, rulesOff, playbooks }) => {
      const lines = [
        `Stemma ${version}  ${url}`,
        `${store.description}: ${events} events, ${alerts} alerts`,
        `${rules} rules${rulesOff > 0 ? ` (${rulesOff} turned off)` : ""}, ${playbooks} playbooks`,
        ...(metricsUrl === undefined ? [] : [`Metrics:  ${metricsUrl}`]),
        "",
        `Sign in:  ${signInLink()}`,
        "The link works once, for 15 minutes. Enter prints a new one, Ctrl C stops.",
        "",
      ];
      terminal.out(lines.join("\n"));
    },
    signInLink: (link) => terminal.out(`Sign in:  ${link}\n`),
    stopping: () => terminal.err("Stopping.\n"),
  };
}

/** The same as records, for a service whose output is its log. */
function recordsIn(log: Logger): Words {
  const signInLink = (link: string) => log.warn({ event: "sign-in.link", link });
  return {
    problem: (kind, problem) =>
      log.warn({ event: "server.problem", kind, code: problem.code, reason: describe(problem) }),
    started: ({ url, store, metricsUrl, signInLink: newLink }, figures) => {
      log.info({ event: "server.started", version, url, store: store.description, metricsUrl, ...figures });
      signInLink(newLink());
    },
    signInLink,
    stopping: () => log.info({ event: "server.stopping" }),
  };
}

/** Prints a new link for every line on standard input, until the process is interrupted. */
function untilStopped(workbench: RunningServer, words: Words, { stop, lines }: CommandContext): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = lines(() => words.signInLink(workbench.signInLink()));
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
