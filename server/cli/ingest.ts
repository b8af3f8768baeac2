import type { IngestSummary } from "#contracts/ingest";
import { visible } from "../lib/visible.ts";
import { type IngestProgress, ingest } from "../pipeline/ingest.ts";
import { recordVersions } from "../ruleset/versions.ts";
import { toleratingDamage } from "../store/damage.ts";
import type { Store } from "../store/port.ts";
import { type Command, type ExitCode, readArguments, refuseUsage, reportDamage } from "./command.ts";
import { readable } from "./ingest-report.ts";
import { loadContent, reportFailedRules, withStore } from "./open.ts";
import { json, progressOn, type Terminal, table } from "./terminal.ts";

const usage = `Usage: stemma ingest PATH… [--rules DIR]… [--json]
       stemma ingest --list [--json]

Reads files, folders, archives, or standard input (-), stores their events, and raises alerts. Interrupted at any moment,
the same command goes on where it stopped, with the same result as without interruption. Events that are stored already
are skipped. Rule folders that were added in the workbench are loaded
too, and rules that were turned off there do not run.
  --rules DIR     further rules in addition to the shipped ones
  --analyst NAME   who ingests, for the audit trail (default: your user name)
  --json          one JSON object on standard output
  --list          the ingests so far, newest first: done, running or interrupted, and how far they came
  --db FILE       the database (default stemma.db, or STEMMA_STORE)

Ctrl-C ends it after the current write; a second one ends it at once.
Exit code 1: parts of the input could not be read; everything readable was stored. Or it was interrupted.`;

export const ingestCommand: Command = {
  name: "ingest",
  usage,
  async run(args, context) {
    const { terminal, stop, stdin } = context;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" }, list: { type: "boolean" } },
        settings: ["db", "store", "person", "analyst"],
        folders: ["rules"],
        positionals: { least: args.includes("--list") ? 0 : 1, most: 10_000, what: "at least one path" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(ingestCommand, read.error, terminal);
    }
    const { config, positionals } = read.value;
    if (read.value.flag("list")) {
      return withStore(ingestCommand, config, { readOnly: true }, terminal, (store) =>
        list(store, read.value.flag("json"), terminal),
      );
    }
    return withStore(ingestCommand, config, { readOnly: false }, terminal, async (store) => {
      const content = await unlessAborted(loadContent(config, store), stop);
      if (content === undefined) {
        terminal.err("Interrupted before anything was read.\n");
        return 1;
      }
      const { ruleset, detector, ruleFiles } = content;
      await store.write((transaction) => recordVersions(transaction, ruleset.versions, Date.now()));
      reportFailedRules(ruleFiles, terminal);
      const notEvaluable = ruleFiles.filter(({ state }) => state === "not evaluable").length;
      if (notEvaluable > 0) {
        terminal.err(`${notEvaluable} rule files cannot be evaluated; for the reasons run: stemma rules check\n`);
      }
      const progress = progressOn(terminal);
      const summary = await ingest({
        store,
        detector,
        paths: positionals,
        actor: { name: config.analyst, origin: { account: "local", method: "command-line" } },
        clock: Date.now,
        onProgress: (now) =>
          now.phase === "resuming" ? terminal.err(`${resuming(now.summary)}\n`) : progress.show(progressText(now)),
        signal: stop,
        read: { limits: config.archive, stdin },
        sequenceMemory: config.sequenceMemory,
      });
      progress.end();
      terminal.out(read.value.flag("json") ? json(summary) : readable(summary));
      return exitCode(summary, stop.aborted);
    });
  },
};

/** The result of work, or undefined as soon as `signal` is aborted; nobody waits for the work then. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) {
    return undefined;
  }
  const aborted = Promise.withResolvers<undefined>();
  const abort = () => aborted.resolve(undefined);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function exitCode(summary: IngestSummary, stopped: boolean): ExitCode {
  if (summary.state === "interrupted") {
    return stopped ? 1 : 2;
  }
  return summary.rejectedTotal > 0 ? 1 : 0;
}

const LISTED = 100;

async function list(store: Store, asJson: boolean, terminal: Terminal): Promise<ExitCode> {
  const { value: page, damage } = await toleratingDamage(() => store.ingests.page({ limit: LISTED }));
  if (asJson) {
    terminal.out(json(page));
    return reportDamage(ingestCommand, damage, terminal);
  }
  const rows = page.items.map(({ startedAt, state, records, alerts, file, resumed, paths }) => [
    startedAt,
    resumed === undefined ? state : `${state}, resumed ${resumed}×`,
    String(records),
    String(alerts),
    state === "done" ? paths.join(" ") : `${paths.join(" ")}${file === undefined ? "" : ` (up to ${file})`}`,
  ]);
  terminal.out(`${table(["Started", "State", "Records", "Alerts", "Paths"], rows, terminal.width)}\n`);
  if (page.items.length < page.total) {
    terminal.out(`The latest ${page.items.length} of ${page.total} ingests.\n`);
  }
  return reportDamage(ingestCommand, damage, terminal);
}

function resuming({ startedAt, records, events, file }: IngestSummary): string {
  const far = file === undefined ? "" : `, up to ${file}`;
  return visible(
    `Resuming the ingest of ${startedAt}, which was interrupted after ${records} records (${events} events stored)${far}`,
  );
}

function progressText({ phase, file, summary }: IngestProgress): string {
  const { records, events, alerts } = summary;
  if (phase === "store-lost") {
    return "the store does not respond; waiting for it";
  }
  return phase === "waiting"
    ? "waiting for another ingest to finish"
    : `${phase}: ${records} records, ${events} new events, ${alerts} alerts  ${file ?? ""}`;
}
