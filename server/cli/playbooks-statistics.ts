import { type PlaybookStatistics, type StepStatistics, statisticsPeriod } from "#contracts/playbook-statistics";
import { playbookStatisticsOf } from "../playbooks/statistics/read.ts";
import { noSuchPlaybook } from "../playbooks/view.ts";
import { toleratingDamage } from "../store/damage.ts";
import { durationText } from "../triage/report/markdown.ts";
import {
  type Command,
  type CommandContext,
  cannotRun,
  type ExitCode,
  readArguments,
  refuseUsage,
  reportDamage,
} from "./command.ts";
import { loadContent, withStore } from "./open.ts";
import { json, progressOn, table } from "./terminal.ts";

/** `stemma playbooks statistics ID`: what became of the questions of a playbook in the stored work. */
export async function reportStatistics(
  command: Command,
  args: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal } = context;
  const read = readArguments(
    args,
    {
      options: { json: { type: "boolean" }, period: { type: "string" } },
      folders: ["rules", "playbooks"],
      positionals: { least: 1, most: 1, what: "the id of a playbook" },
    },
    context,
  );
  if (!read.ok) {
    return refuseUsage(command, read.error, terminal);
  }
  const { config, positionals, text, flag } = read.value;
  const period = statisticsPeriod.safeParse(text("period") ?? "90d");
  if (!period.success) {
    const message = `--period must be one of ${statisticsPeriod.options.join(", ")}.`;
    return refuseUsage(command, [{ code: "usage.value", message }], terminal);
  }
  const [id = ""] = positionals;
  return withStore(command, config, { readOnly: true }, terminal, async (store) => {
    const { playbooks } = await loadContent(config, store);
    const playbook = playbooks.get(id);
    if (playbook === undefined) {
      return cannotRun(command, noSuchPlaybook(id), terminal);
    }
    const progress = progressOn(terminal);
    const { value: statistics, damage } = await toleratingDamage(() =>
      playbookStatisticsOf(store, playbooks, playbook, {
        ...{ period: period.data, now: Date.now() },
        onProgress: ({ done }) => progress.show(`${done.toLocaleString("en")} alerts read`),
      }),
    );
    progress.end();
    terminal.out(flag("json") ? json(statistics) : readable(statistics, terminal.width));
    return reportDamage(command, damage, terminal);
  });
}

function readable({ playbook, from, truncated, alerts, steps, former }: PlaybookStatistics, width: number | undefined) {
  const since = from === undefined ? "" : `, answers since ${from.slice(0, 10)}`;
  const closed = alerts.closed.map(({ reason, count }) => `${count} ${reason ?? "without a reason"}`);
  return [
    `${playbook.title} (${playbook.version})${since}${truncated ? ", older ones were not read" : ""}`,
    `${alerts.walked} alerts walked, ${alerts.open} open; closed: ${closed.join(", ") || "none"}; ${alerts.overridden} against the verdict`,
    "",
    table(
      ["step", "asked", "answered", "answers", "conflicts", "no data", "decided", "median", "p90", "agreed", "hints"],
      [...steps, ...former].map(rowOf),
      width,
    ),
    "",
  ].join("\n");
}

function rowOf(step: StepStatistics): readonly string[] {
  const { decided, time, agreement } = step;
  const duration = (value: number | undefined) => (value === undefined ? "-" : durationText(value));
  return [
    step.question === undefined ? `${step.stepId} (former)` : step.stepId,
    `${step.asked}`,
    `${step.answered}`,
    step.values.flatMap(({ value, count }) => (count === 0 ? [] : [`${count} ${value}`])).join(", ") || "-",
    `${step.againstSuggestion}`,
    `${step.withoutData}`,
    `${decided.decided} of ${decided.alerts}`,
    duration(time.median),
    duration(time.p90),
    `${agreement.agreed} of ${agreement.pairs}`,
    step.hints.join(", "),
  ];
}
