import type { IngestSummary } from "#contracts/ingest";
import { visible } from "../lib/visible.ts";
import { type IngestProgress, ingest } from "../pipeline/ingest.ts";
import { recordVersions } from "../ruleset/versions.ts";
import { type Command, describe, type ExitCode, readArguments, refuseUsage } from "./command.ts";
import { loadContent, reportFailedRules, withStore } from "./open.ts";
import { json, progressOn } from "./terminal.ts";

const usage = `Usage: stemma ingest PATH… [--rules DIR]… [--json]

Reads files, folders, archives, or standard input (-), stores their events, and raises alerts. Events that are stored
already are skipped, so an interrupted ingest can be repeated. Rule folders that were added in the workbench are loaded
too, and rules that were turned off there do not run.
  --rules DIR     further rules in addition to the shipped ones
  --analyst NAME   who ingests, for the audit trail (default: your user name)
  --json          one JSON object on standard output
  --db FILE       the database (default stemma.db, or STEMMA_STORE)

Exit code 1: parts of the input could not be read; everything readable was stored.`;

export const ingestCommand: Command = {
  name: "ingest",
  usage,
  async run(args, context) {
    const { terminal, stop, stdin } = context;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" } },
        settings: ["db", "store", "person", "analyst"],
        folders: ["rules"],
        positionals: { least: 1, most: 10_000, what: "at least one path" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(ingestCommand, read.error, terminal);
    }
    const { config, positionals } = read.value;
    return withStore(ingestCommand, config, { readOnly: false }, terminal, async (store) => {
      const { ruleset, detector, ruleFiles } = await loadContent(config, store);
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
        onProgress: (now) => progress.show(progressText(now)),
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

function exitCode(summary: IngestSummary, stopped: boolean): ExitCode {
  if (summary.state === "interrupted") {
    return stopped ? 1 : 2;
  }
  return summary.rejectedTotal > 0 ? 1 : 0;
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

function readable(summary: IngestSummary): string {
  const { files, records, events, duplicates, processes, sessions, alerts, suppressed, seconds } = summary;
  const lines = [
    `${files} files, ${records} records: ${events} new events, ${duplicates} stored already`,
    `${processes} processes, ${sessions} logon sessions`,
    `${alerts} alerts${suppressed > 0 ? `, ${suppressed} hidden by exceptions` : ""}`,
    `${seconds.toFixed(1)} s${seconds > 0 ? `, ${Math.round(events / seconds)} events/s` : ""}`,
    ...summary.ignored.map(({ file, reason }) => `ignored: ${file}: ${reason}`),
    ...summary.warnings.map((problem) => `warning: ${describe(problem)}`),
    ...summary.rejected.map((problem) => `not read: ${describe(problem)}`),
  ];
  if (summary.rejectedTotal > summary.rejected.length) {
    lines.push(`… and ${summary.rejectedTotal - summary.rejected.length} more that could not be read`);
  }
  if (summary.state === "interrupted") {
    lines.push("Interrupted. Run the same command again to continue.");
  }
  return `${lines.map(visible).join("\n")}\n`;
}
