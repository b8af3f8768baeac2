import type { RuleReport } from "#contracts/rule-report";
import { visible } from "../lib/visible.ts";
import { ruleReportOf } from "../ruleset/report.ts";
import { type RunProgress, runRules } from "../ruleset/run.ts";
import { seenFieldsOf } from "../ruleset/seen-fields.ts";
import { type Command, type CommandContext, cannotRun, type ExitCode, readArguments, refuseUsage } from "./command.ts";
import { loadContent, openStore } from "./open.ts";
import { json, progressOn, table } from "./terminal.ts";

/** `stemma rules report`: what each loaded rule is worth on the stored data. */
export async function reportRules(
  command: Command,
  args: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, stop } = context;
  const read = readArguments(
    args,
    {
      options: { json: { type: "boolean" }, run: { type: "boolean" } },
      settings: ["db", "store"],
      folders: ["rules"],
      positionals: { least: 0, most: 1000, what: "folders" },
    },
    context,
  );
  if (!read.ok) {
    return refuseUsage(command, read.error, terminal);
  }
  const { config, positionals } = read.value;
  const opened = await openStore(config, { readOnly: true });
  if (!opened.ok) {
    return cannotRun(command, opened.error, terminal);
  }
  const store = opened.value;
  try {
    const ruleFolders = positionals.length > 0 ? positionals : config.ruleFolders;
    const { ruleset } = await loadContent({ ...config, ruleFolders }, store);
    const report = await ruleReportOf(store, ruleset, await seenFieldsOf(store, { whole: true }));
    const progress = progressOn(terminal);
    const run = read.value.flag("run")
      ? await runRules(store, ruleset.rules, {
          limit: 0,
          now: Date.now(),
          signal: stop,
          onProgress: (soFar) => {
            const { until, events } = soFar();
            progress.show(
              `ran over ${events} events, up to ${until === undefined ? "" : new Date(until).toISOString()}`,
            );
          },
        })
      : undefined;
    progress.end();
    const hits = new Map(run?.rules.map(({ rule, hits }) => [rule.id, hits]));
    terminal.out(
      read.value.flag("json")
        ? json({
            ...report,
            rules: report.rules.map((rule) => (run === undefined ? rule : { ...rule, hits: hits.get(rule.id) ?? 0 })),
            ...(run?.truncationReason === undefined ? {} : { cut: run.truncationReason }),
          })
        : readable(report, run, hits, terminal.width),
    );
    return 0;
  } finally {
    await store.close();
  }
}

function readable(
  report: RuleReport,
  run: RunProgress | undefined,
  hits: ReadonlyMap<string, number>,
  width: number | undefined,
): string {
  const totals = report.totals.map(({ finding, count }) => `${count} ${finding}`).join(", ");
  const rows = report.rules.map((rule) => [
    rule.finding,
    rule.language,
    String(rule.alerts),
    ...(run === undefined ? [] : [String(hits.get(rule.id) ?? 0)]),
    `${rule.name} v${rule.version}`,
    [
      rule.at?.line === undefined
        ? rule.reason
        : `${rule.reason} (${rule.source}:${rule.at.line}:${rule.at.column ?? 1})`,
      ...(rule.evictions === undefined ? [] : [rule.evictions.sentence]),
    ].join(" "),
  ]);
  const head = ["finding", "language", "alerts", ...(run === undefined ? [] : ["hits now"]), "rule", "reason"];
  return [
    `${report.rules.length} rules on ${report.events} stored events: ${totals}`,
    `sources: ${report.sources.map(({ source, events }) => `${source} ${events}`).join(", ") || "none"}`,
    ...(run?.truncationReason === undefined ? [] : [run.truncationReason]),
    "",
    table(head, rows, width),
    "",
    ...reasons(report),
  ]
    .map((line) => line.split("\n").map(visible).join("\n"))
    .join("\n");
}

/** How many rules have no source, for which reason. */
function reasons({ reasons: all, sampled, events }: RuleReport): readonly string[] {
  if (all.length === 0) {
    return [];
  }
  const rows = all.map(({ kind, what, count, names }) => [
    String(count),
    kind === "mapping" ? "our mapping lacks" : "your data lacks",
    `${whats[what]}: ${names.map((one) => `${one.name} (${one.count})`).join(", ")}`,
  ]);
  return [
    `no source, by reason${sampled < events ? `, from a sample of ${sampled} of ${events} events` : ""}:`,
    table(["rules", "reason", "what, with the number of rules"], rows, undefined),
    "",
  ];
}

const whats = { field: "fields", record: "event types", value: "values", stream: "data streams" } as const;
