import { readFile } from "node:fs/promises";
import { type DryRun, type ExceptionDraft, exceptionDraft } from "#contracts/exception";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { visible } from "../lib/visible.ts";

/** Reads the draft of an exception from a JSON file. */
export async function readDraft(file: string): Promise<Result<ExceptionDraft, readonly Problem[]>> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(file, "utf8"), currentCase);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail([{ code: "input.unreadable", message, at: { file } }]);
  }
  const draft = exceptionDraft.safeParse(document);
  return draft.success
    ? ok(draft.data)
    : fail(
        draft.error.issues.map((issue) => ({
          code: "input.invalid",
          message: `${issue.path.join(".") || "the draft"}: ${issue.message}`,
          at: { file, field: issue.path.join(".") },
        })),
      );
}

/** Names of the case modes in drafts that were written for earlier versions. */
const formerCaseModes: ReadonlyMap<unknown, string> = new Map([
  ["exact", "sensitive"],
  ["fold", "insensitive"],
]);

function currentCase(key: string, value: unknown): unknown {
  return key === "case" ? (formerCaseModes.get(value) ?? value) : value;
}

/** A dry run in words. */
export function dryRunText(run: DryRun): string {
  const lines = [
    `Tested ${run.eventsTested} stored events; ${run.eventsMatched} match.`,
    `Breadth: ${run.breadth.level} (${run.breadth.score} of 100)`,
    ...run.breadth.reasons.map(({ weight, text }) => `  ${weight === "good" ? "+" : "!"} ${text}`),
    `Would close now: ${run.totals.closesNow}`,
    ...run.closesNow.map(
      (alert) => `  ${alert.id}  ${alert.rule.name}  ${alert.host}  ${alert.process.commandLine ?? ""}`,
    ),
    `Would have hidden: ${run.totals.wouldHide}`,
    ...run.notes.map(({ weight, field, text }) => `  ${weight === "hint" ? "-" : "!"} ${field}: ${text}`),
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
