import type { Config } from "../config.ts";
import { loadRules } from "../detection/rule-files/load.ts";
import type { RuleLoadStatus } from "../detection/rule-files/loaded-rules.ts";
import { type Command, type CommandContext, type ExitCode, readArguments, refuseUsage } from "./command.ts";
import { checkPlaybooks } from "./playbooks-check.ts";
import { measurePlaybooks } from "./playbooks-measure.ts";
import { reportStatistics } from "./playbooks-statistics.ts";
import { reportRules } from "./rules-report.ts";
import { json, type Terminal, table } from "./terminal.ts";

const rulesUsage = `Usage: stemma rules check [DIR…] [--json]
       stemma rules report [DIR…] [--run] [--db FILE] [--json]

check: loads the rules of the folders (default: the shipped ones) and reports what was loaded and what was not, and why.
Exit code 1: some files failed to load.
report: what each rule is worth on the stored data: which rules fire, are noisy, match nothing, or cannot match, and
why. Folders replace the configured ones.
  --run      also runs all rules over the stored events and counts what each finds now
  --db FILE  the database (default stemma.db, or STEMMA_STORE)`;

const playbooksUsage = `Usage: stemma playbooks check [DIR…] [--json]
       stemma playbooks measure [--attack PATH]… [--benign PATH]… [--sample] [--answered] [--rules DIR]… [--json]
       stemma playbooks statistics ID [--period 30d|90d|365d|all] [--db FILE] [--json]

check: compiles the playbooks of the folders (default: the configured ones) and the investigation guides of the rules there, and
reports what each became: steps, queries, texts, and what could not be read, with file, line and column. --json has a
record of each; without it, guides of rules are summed up.
Exit code 1: some files failed to load, or a folder has nothing that can be used.
measure: how often each check raises or lowers concern on alerts of attacks and on benign ones, in a store of its own.
  --attack PATH   a capture, folder or archive of an attack
  --benign PATH   one of ordinary work
  --sample        the bundled sample, of which it is known what is benign
  --answered      as if earlier alerts had been closed as what they were
  --most NUMBER   measure so many alerts of each playbook and kind at most (default 200)
  --rules DIR     further rules in addition to the shipped ones
statistics: what became of the questions of a playbook in a store: how often each was answered and how, how often it decided
the verdict, how long it took, and how often analysts agreed. The guide of a rule has the id guide-RULE.
  --period        answers of the last 30, 90 (the default) or 365 days, or all
  --db FILE       the database (default stemma.db, or STEMMA_STORE)`;

export const rulesCommand: Command = {
  name: "rules",
  usage: rulesUsage,
  run: (args, context) =>
    args[0] === "report" ? reportRules(rulesCommand, args.slice(1), context) : checkRules(args, context),
};

function checkRules(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  return check(rulesCommand, args, context, async (folders, config, asJson) => {
    const { rules, files } = await loadRules(folders.length > 0 ? folders : config.ruleFolders);
    const counts = countBy(files.map(({ state }) => state));
    const languages = countBy(rules.map(({ language }) => language));
    const formats = countsByFormat(files);
    const notable = files.filter(({ state }) => state !== "evaluable");
    const rows = notable.map(({ file, state, reason, at }) => [
      state,
      at?.line === undefined ? file : `${file}:${at.line}:${at.column ?? 1}`,
      reason ?? "",
    ]);
    const report = {
      counts: { evaluable: 0, "not evaluable": 0, superseded: 0, duplicate: 0, failed: 0, ...counts },
      languages,
      formats,
      rules: rules.map(({ id, name, version, language, source }) => ({ id, name, version, language, source })),
      files,
    };
    context.terminal.out(
      asJson
        ? json(report)
        : `${rules.length} rules: ${joined(languages)}\n${files.length} files: ${joined(counts)}\n${Object.entries(
            formats,
          )
            .map(([format, states]) => `  ${format}: ${joined(states)}\n`)
            .join("")}${
            rows.length === 0 ? "" : `\n${table(["state", "file", "reason"], rows, context.terminal.width)}\n`
          }`,
    );
    return files.some(({ state }) => state === "failed") ? 1 : 0;
  });
}

export const playbooksCommand: Command = {
  name: "playbooks",
  usage: playbooksUsage,
  run(args, context) {
    const [action, ...rest] = args;
    switch (action) {
      case "measure":
        return measurePlaybooks(playbooksCommand, rest, context);
      case "statistics":
        return reportStatistics(playbooksCommand, rest, context);
      default:
        return check(playbooksCommand, args, context, checkPlaybooks);
    }
  },
};

async function check(
  command: Command,
  args: readonly string[],
  context: CommandContext,
  report: (folders: readonly string[], config: Config, asJson: boolean, terminal: Terminal) => Promise<ExitCode>,
): Promise<ExitCode> {
  const read = readArguments(
    args,
    {
      options: { json: { type: "boolean" } },
      settings: [],
      positionals: { least: 1, most: 1000, what: "check" },
    },
    context,
  );
  if (!read.ok) {
    return refuseUsage(command, read.error, context.terminal);
  }
  const [action, ...folders] = read.value.positionals;
  if (action !== "check") {
    const message = `Unknown action: ${action}.`;
    return refuseUsage(command, [{ code: "usage.argument", message }], context.terminal);
  }
  return report(folders, read.value.config, read.value.flag("json"), context.terminal);
}

/** States of the files of each format. */
function countsByFormat(files: readonly RuleLoadStatus[]): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const byFormat = Map.groupBy(files, ({ format }) => format ?? "other");
  return Object.fromEntries([...byFormat].map(([format, group]) => [format, countBy(group.map(({ state }) => state))]));
}

function countBy(values: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

function joined(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ") || "none"
  );
}
