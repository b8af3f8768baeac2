import type { AttachedText } from "#contracts/attachment";
import type { Answer, FieldOrigin, PlaybookView, Suggestion } from "#contracts/playbook";
import type { QueryRun } from "#contracts/query-run";
import { visible } from "../lib/visible.ts";
import { playbookView, stepQuery, stepSuggestion } from "../playbooks/view.ts";
import type { Store } from "../store/port.ts";
import { summariesOf } from "../triage/alert-summary.ts";
import { type Command, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { loadContent, withStore } from "./open.ts";
import { json, progressOn } from "./terminal.ts";

const usage = `Usage: stemma triage ALERT [--rows N] [--anchor event|detection] [--json]

Runs every query of the alert's playbook and prints the results, the coverage and the suggested answers. Changes
nothing.
  --rows N     at most N rows per query (default 20); counts are always exact
  --anchor     time windows around the event (default) or the detection
  --json       one JSON object on standard output
  --db FILE    the database (default stemma.db, or STEMMA_STORE)`;

type StepRun = PlaybookView["steps"][number] & {
  readonly runs: readonly QueryRun[];
  readonly suggestion?: Suggestion;
  /** The texts that are attached to its answer. */
  readonly attached?: readonly AttachedText[];
};

export const triageCommand: Command = {
  name: "triage",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" }, anchor: { type: "string" } },
        numbers: ["rows"],
        folders: ["rules", "playbooks"],
        positionals: { least: 1, most: 1, what: "the id of an alert" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(triageCommand, read.error, terminal);
    }
    const anchor = read.value.text("anchor") ?? "event";
    if (anchor !== "event" && anchor !== "detection") {
      const message = "--anchor must be event or detection.";
      return refuseUsage(triageCommand, [{ code: "usage.value", message }], terminal);
    }
    return withStore(triageCommand, read.value.config, { readOnly: true }, terminal, async (store) => {
      const id = read.value.positionals[0] ?? "";
      const alert = await store.alerts.get(id);
      if (alert === undefined) {
        const message = `Alert "${id}" not found.`;
        return cannotRun(
          triageCommand,
          { code: "alert.not-found", message, remedy: "List ids with: stemma alerts" },
          terminal,
        );
      }
      const { playbooks } = await loadContent(read.value.config);
      const view = await playbookView(store, playbooks, alert);
      if (!view.ok) {
        return cannotRun(triageCommand, view.error, terminal);
      }
      const options = { anchor, limit: read.value.number("rows") ?? 20, clock: Date.now } as const;
      const progress = progressOn(terminal);
      const steps: StepRun[] = [];
      for (const [index, step] of view.value.steps.entries()) {
        progress.show(`step ${index + 1} of ${view.value.steps.length}`);
        const runs: QueryRun[] = [];
        for (const query of step.queries) {
          const run = await stepQuery(store, playbooks, alert, query.id, options);
          if (!run.ok) {
            return cannotRun(triageCommand, run.error, terminal);
          }
          runs.push(run.value);
        }
        const suggestion = await stepSuggestion(store, playbooks, alert, step.id, options);
        const attached = await attachedTo(store, step.answer);
        steps.push({ ...step, runs, suggestion: suggestion.ok ? suggestion.value : undefined, attached });
      }
      progress.end();
      const [summary] = await summariesOf(store, [alert]);
      const { steps: _, ...playbook } = view.value;
      const result = { alert: summary, playbook, steps };
      terminal.out(read.value.flag("json") ? json(result) : readable(playbook, steps));
      return 0;
    });
  },
};

/** The texts that were attached to an answer, each once. */
async function attachedTo(
  { triage }: Pick<Store, "triage">,
  answer: Answer | undefined,
): Promise<readonly AttachedText[] | undefined> {
  const attachments = answer?.attachments;
  if (attachments === undefined) {
    return undefined;
  }
  const bytes = new Map(attachments.map((one) => [one.sha256, one.bytes]));
  const texts = await triage.attachedTexts([...bytes.keys()]);
  return [...texts].map(([sha256, text]) => ({ sha256, bytes: bytes.get(sha256) ?? 0, text }));
}

function readable(playbook: Omit<PlaybookView, "steps">, steps: readonly StepRun[]): string {
  const lines = [playbook.title, ""];
  for (const [index, step] of steps.entries()) {
    lines.push(`${index + 1}. ${step.question}${step.anchor ? "  (anchor)" : ""}`);
    for (const { field, values, origin } of step.focus) {
      const from = origin === undefined ? "" : `  (${originText(origin)})`;
      lines.push(`     ${field}: ${values.length === 0 ? "—" : values.join(", ")}${from}`);
    }
    for (const run of step.runs) {
      lines.push(
        `   · ${run.label}: ${run.outcome === "hits" ? `${run.total} found` : run.outcome.replace("-", " ")}. ${run.reason}`,
        // The reason of a result without hits has it.
        ...(run.outcome === "hits" ? [`     data: ${run.windowCoverage.text}`] : []),
      );
    }
    if (step.suggestion !== undefined) {
      lines.push(`   → suggests: ${step.suggestion.value}`, ...step.suggestion.because.map((text) => `     ${text}`));
    }
    if (step.answer !== undefined) {
      lines.push(
        `   ✓ answered by ${step.answer.actor}: ${step.answer.value} ${step.answer.note}`,
        ...(step.answer.attachments ?? []).map(
          ({ title, bytes, sha256 }) => `     attached: ${title} (${bytes} bytes, SHA-256 ${sha256})`,
        ),
      );
    }
    lines.push("");
  }
  const { verdict } = playbook;
  lines.push(`Verdict: ${verdict.outcome} (${verdict.answered} of ${verdict.total} answered). ${verdict.rule.text}`);
  return `${lines.map(visible).join("\n")}\n`;
}

function originText(origin: FieldOrigin): string {
  return origin.certain ? `from the ${origin.kind}` : `from the likeliest ${origin.kind}`;
}
