import { readFile } from "node:fs/promises";
import { type DryRun, exceptionDraft } from "#contracts/exception";
import type { Problem } from "#contracts/problem";
import { dryRun } from "../exceptions/dry-run.ts";
import { visible } from "../lib/visible.ts";
import { type Command, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { printDraft } from "./exception-draft.ts";
import { exchangeActions, exchangeHelp, exchangeUsage } from "./exception-exchange.ts";
import { loadContent, withStore } from "./open.ts";
import { json } from "./terminal.ts";

const usage = `Usage: stemma exception preview FILE [--json]
       stemma exception draft ALERT… [--json]
${exchangeUsage}

preview shows what an exception would do to the stored events and alerts. FILE has the draft as JSON: name, reason, ruleIds,
entries, mode. draft prints the narrowest exception for one or several alerts, with --json as such a FILE. Nothing is
saved.
  --json     one JSON object on standard output
  --db FILE  the database (default stemma.db, or STEMMA_STORE)
${exchangeHelp}`;

export const exceptionCommand: Command = {
  name: "exception",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const exchange = exchangeActions.get(args[0] ?? "");
    if (exchange !== undefined) {
      return exchange(exceptionCommand, args, context);
    }
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" } },
        folders: ["rules"],
        positionals: { least: 2, most: 201, what: "preview and the file of a draft, or draft and ids of alerts" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(exceptionCommand, read.error, terminal);
    }
    const [action = "", file = "", ...others] = read.value.positionals;
    if (action === "draft") {
      return printDraft(exceptionCommand, [file, ...others], read.value, context);
    }
    if (action !== "preview" || others.length > 0) {
      const message = action === "preview" ? "preview takes one file." : `Unknown action: ${action}.`;
      return refuseUsage(exceptionCommand, [{ code: "usage.argument", message }], terminal);
    }
    let document: unknown;
    try {
      document = JSON.parse(await readFile(file, "utf8"), currentCase);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return cannotRun(exceptionCommand, { code: "input.unreadable", message, at: { file } }, terminal);
    }
    const draft = exceptionDraft.safeParse(document);
    if (!draft.success) {
      const problems: Problem[] = draft.error.issues.map((issue) => ({
        code: "input.invalid",
        message: `${issue.path.join(".") || "the draft"}: ${issue.message}`,
        at: { file, field: issue.path.join(".") },
      }));
      return refuseUsage(exceptionCommand, problems, terminal);
    }
    return withStore(exceptionCommand, read.value.config, { readOnly: true }, terminal, async (store) => {
      const { ruleset } = await loadContent(read.value.config, store);
      const result = await dryRun(store, ruleset.rules, draft.data, Date.now);
      terminal.out(read.value.flag("json") ? json(result) : readable(result));
      return 0;
    });
  },
};

/** Names of the case modes in drafts that were written for earlier versions. */
const formerCaseModes: ReadonlyMap<unknown, string> = new Map([
  ["exact", "sensitive"],
  ["fold", "insensitive"],
]);

function currentCase(key: string, value: unknown): unknown {
  return key === "case" ? (formerCaseModes.get(value) ?? value) : value;
}

function readable(run: DryRun): string {
  const lines = [
    `Tested ${run.eventsTested} stored events; ${run.eventsMatched} match.`,
    `Breadth: ${run.breadth.level} (${run.breadth.score} of 100)`,
    ...run.breadth.reasons.map(({ weight, text }) => `  ${weight === "good" ? "+" : "!"} ${text}`),
    `Would close now: ${run.totals.closesNow}`,
    ...run.closesNow.map(
      (alert) => `  ${alert.id}  ${alert.rule.name}  ${alert.host}  ${alert.process.commandLine ?? ""}`,
    ),
    `Would have hidden: ${run.totals.wouldHide}`,
    ...(run.totals.raisesInstead === 0
      ? []
      : [
          `WARNING: ${run.totals.raisesInstead} alerts would be raised in their place:`,
          ...run.raisesInstead.map((one) => `  ${one.time}  ${one.rule.name}  ${one.host}  ${one.commandLine ?? ""}`),
        ]),
    ...(run.confirmedMalicious.length === 0
      ? []
      : [
          `WARNING: hides ${run.confirmedMalicious.length} alerts that were confirmed malicious or escalated:`,
          ...run.confirmedMalicious.map((alert) => `  ${alert.id}  ${alert.rule.name}  ${alert.host}`),
        ]),
    ...(run.truncationReason === undefined ? [] : [run.truncationReason]),
  ];
  return `${lines.map(visible).join("\n")}\n`;
}
