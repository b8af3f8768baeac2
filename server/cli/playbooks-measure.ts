import { resolve } from "node:path";
import type { Actor } from "#contracts/actor";
import { changeStatus } from "../alert/change-status.ts";
import { ingest } from "../pipeline/ingest.ts";
import { type LabelledAlert, type Measured, measureChecks, type Truth } from "../playbooks/measure.ts";
import { sampleCapture } from "../sample/generate.ts";
import { isIntrusion } from "../sample/ground-truth.ts";
import type { Store } from "../store/port.ts";
import { type Command, type CommandContext, cannotRun, type ExitCode, readArguments, refuseUsage } from "./command.ts";
import { loadContent, openTemporaryStore } from "./open.ts";
import { json, progressOn, table } from "./terminal.ts";

/** Alerts of one playbook and kind that are measured at most; of more, evenly spread ones. */
const MOST = 200;

/** `stemma playbooks measure`: how often checks hold on alerts of attacks and on benign ones. */
export async function measurePlaybooks(
  command: Command,
  args: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, directory } = context;
  const read = readArguments(
    args,
    {
      options: {
        json: { type: "boolean" },
        sample: { type: "boolean" },
        answered: { type: "boolean" },
        attack: { type: "string", multiple: true },
        benign: { type: "string", multiple: true },
      },
      settings: [],
      numbers: ["most"],
      folders: ["rules", "playbooks"],
      positionals: { least: 0, most: 0, what: "nothing" },
    },
    context,
  );
  if (!read.ok) {
    return refuseUsage(command, read.error, terminal);
  }
  const { config, texts, flag, number } = read.value;
  const paths = (name: Truth) => texts(name).map((path) => resolve(directory, path));
  if (!flag("sample") && paths("attack").length + paths("benign").length === 0) {
    const message = "Name captures with --attack or --benign, or --sample.";
    return refuseUsage(command, [{ code: "usage.argument", message }], terminal);
  }
  const opened = await openTemporaryStore();
  if (!opened.ok) {
    return cannotRun(command, opened.error, terminal);
  }
  const store = opened.value;
  try {
    const { detector, playbooks } = await loadContent(config, store);
    const take = (given: readonly string[], stdin?: AsyncIterable<Uint8Array>) =>
      ingest({ store, detector, paths: given, actor: { name: config.analyst }, clock: Date.now, read: { stdin } });
    const now = Date.now();
    if (flag("sample")) {
      await take(["-"], linesOf(sampleCapture(now)));
    }
    for (const name of ["benign", "attack"] as const) {
      if (paths(name).length > 0) {
        await take(paths(name));
      }
    }
    const labelled = await labelledAlerts(store, paths("benign"), now);
    if (flag("answered")) {
      await closeAll(store, labelled, { name: config.analyst });
    }
    const kindOf = ({ alert, truth }: LabelledAlert) => `${playbooks.forAlert(alert)?.id} ${truth}`;
    const some = spread(labelled, kindOf, number("most") ?? MOST);
    const progress = progressOn(terminal);
    const measured = await measureChecks(store, playbooks, some, {
      clock: () => performance.now(),
      onProgress: (done) => progress.show(`${done} of ${some.length} alerts`),
    });
    progress.end();
    terminal.out(flag("json") ? json(measured) : readable(measured, terminal.width));
    return 0;
  } finally {
    await store.close();
  }
}

async function* linesOf(lines: Iterable<string>): AsyncGenerator<Uint8Array> {
  for (const line of lines) {
    yield Buffer.from(`${line}\n`);
  }
}

/** Every alert is of an attack, except those of files that were given as benign and those the sample knows. */
async function labelledAlerts(store: Store, benign: readonly string[], now: number): Promise<readonly LabelledAlert[]> {
  const labelled: LabelledAlert[] = [];
  for await (const alert of store.alerts.each({ order: "oldest-first" })) {
    const file = alert.sources[0]?.file ?? "";
    const isBenign =
      file === "-"
        ? !isIntrusion(now, alert.time, alert.user?.name)
        : benign.some((path) => file === path || file.startsWith(`${path}/`) || file.startsWith(`${path}!`));
    labelled.push({ alert, truth: isBenign ? "benign" : "attack" });
  }
  return labelled;
}

/** Closes all alerts as what they were, as if analysts had answered each before the next one came. */
async function closeAll(store: Store, labelled: readonly LabelledAlert[], actor: Actor): Promise<void> {
  await store.write(async (transaction) => {
    for (const { alert, truth } of labelled) {
      await changeStatus(transaction, alert, {
        by: { kind: "analyst", ...actor },
        at: alert.detectedAt,
        to: "closed",
        reason: truth === "benign" ? "benign" : "true-positive",
      });
    }
  });
}

function spread<T>(all: readonly T[], kindOf: (one: T) => string, most: number): readonly T[] {
  return [...Map.groupBy(all, kindOf).values()].flatMap((group) =>
    group.length <= most
      ? group
      : Array.from({ length: most }, (_, index) => group[Math.floor((index * group.length) / most)]).filter(
          (one) => one !== undefined,
        ),
  );
}

function readable({ alerts, checks, steps, milliseconds }: Measured, width: number | undefined): string {
  const of = (playbook: string, held: { readonly attack: number; readonly benign: number }) => [
    `${held.attack} of ${alerts[playbook]?.attack ?? 0}`,
    `${held.benign} of ${alerts[playbook]?.benign ?? 0}`,
  ];
  const checkRows = checks.map(({ playbook, step, check, suggests, holds }) => [
    playbook,
    step,
    check,
    suggests,
    ...of(playbook, holds),
  ]);
  const stepRows = steps.flatMap(({ playbook, step, suggested }) =>
    (["raises", "lowers", "unresolved", "none"] as const)
      .filter((value) => suggested[value].attack + suggested[value].benign > 0)
      .map((value) => [playbook, step, value, ...of(playbook, suggested[value])]),
  );
  return [
    table(["playbook", "step", "check", "suggests", "attack", "benign"], checkRows, width),
    "",
    table(["playbook", "step", "suggested", "attack", "benign"], stepRows, width),
    "",
    `All steps of an alert: median ${milliseconds.median.toFixed(0)} ms, longest ${milliseconds.longest.toFixed(0)} ms.\n`,
  ].join("\n");
}
