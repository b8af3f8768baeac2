import { randomUUID } from "node:crypto";
import type { DryRun, ExceptionRecord } from "#contracts/exception";
import type { Problem } from "#contracts/problem";
import { exceptingWith } from "../exceptions/closing.ts";
import { saveException } from "../exceptions/save.ts";
import { visible } from "../lib/visible.ts";
import { runBatch } from "../triage/batch/run.ts";
import { type Command, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { dryRunText, readDraft } from "./exception-file.ts";
import { runDraft, runOptions } from "./exception-run.ts";
import { loadContent, withStore } from "./open.ts";
import { json } from "./terminal.ts";

const usage = `Usage: stemma exception save FILE [--reason TEXT] [--enforce] [--yes | --token TOKEN] [--json]

Runs the dry run of the draft in FILE, prints it, and saves the exception if told so. What the page refuses is refused.
  --reason TEXT  the reason, in place of the one in FILE
  --enforce      hide alerts and close those of the dry run; otherwise it is saved in shadow mode
  --yes          save it, whatever the dry run finds
  --token TOKEN  save it if the dry run is still the one that printed this token
  --json         one JSON object on standard output
  --db FILE      the database (default stemma.db, or STEMMA_STORE)

Exit code 1: it was to be saved, and was refused.`;

export const saveCommand: Command = {
  name: "exception save",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const read = readArguments(
      args,
      {
        options: {
          ...{ json: { type: "boolean" }, yes: { type: "boolean" }, enforce: { type: "boolean" } },
          ...{ reason: { type: "string" }, token: { type: "string" } },
        },
        settings: ["db", "store", "analyst"],
        folders: ["rules"],
        positionals: { least: 1, most: 1, what: "the file of the draft" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(saveCommand, read.error, terminal);
    }
    const { config, flag, text, positionals } = read.value;
    const file = positionals[0] ?? "";
    const stored = await readDraft(file);
    if (!stored.ok) {
      const [first] = stored.error;
      return first?.code === "input.unreadable"
        ? cannotRun(saveCommand, first, terminal)
        : refuseUsage(saveCommand, stored.error, terminal);
    }
    const mode = flag("enforce") ? "enforced" : "shadow";
    const draft = { ...stored.value, reason: text("reason") ?? stored.value.reason, mode } as const;
    const isSaving = flag("yes") || text("token") !== undefined;
    if (isSaving && draft.reason.trim() === "") {
      const message = "The exception needs a reason.";
      const remedy = "Write it into the file, or give --reason TEXT.";
      return refuseUsage(
        saveCommand,
        [{ code: "input.invalid", message, remedy, at: { file, field: "reason" } }],
        terminal,
      );
    }
    return withStore(saveCommand, config, { readOnly: !isSaving }, terminal, async (store) => {
      const content = await loadContent(config, store);
      const { rules } = content.ruleset;
      const { result: run, kept } = await runDraft(store, content, config, draft);
      if (!isSaving) {
        terminal.out(flag("json") ? json({ dryRun: run }) : `${dryRunText(run)}${notSaved(run)}`);
        return 0;
      }
      const actor = { name: config.analyst, origin: { account: "local", method: "command-line" } } as const;
      const saved = await saveException(store, rules, {
        ...{ draft, token: text("token") ?? run.token, run: kept, clock: Date.now, newId: randomUUID, actor },
        ...(await runOptions(store, content, config, draft)),
      });
      if (!saved.ok) {
        terminal.out(
          flag("json") ? json({ dryRun: run, problem: saved.error }) : `${dryRunText(run)}${refused(saved.error)}`,
        );
        return 1;
      }
      const { exception, batch } = saved.value;
      const done =
        batch &&
        (await runBatch(store, content.playbooks, {
          ...{ id: batch.id, runner: batch.runner, actor, clock: Date.now, newId: randomUUID },
          excepting: exceptingWith(store, rules),
        }));
      if (done?.ok === false) {
        return cannotRun(saveCommand, done.error, terminal);
      }
      const closed = done?.value.changed.alerts ?? 0;
      terminal.out(
        flag("json") ? json({ dryRun: run, exception, closed }) : `${dryRunText(run)}${savedText(exception, closed)}`,
      );
      return 0;
    });
  },
};

function notSaved({ token }: DryRun): string {
  return `Not saved. To save exactly this: --token ${token}\n`;
}

function savedText({ id, name, mode }: ExceptionRecord, closed: number): string {
  return visible(`Saved "${name}" (${mode}) as ${id}; ${closed} alerts closed.`).concat("\n");
}

function refused({ message, remedy }: Problem): string {
  return `${visible(`Refused: ${message}${remedy === undefined ? "" : ` ${remedy}`}`)}\n`;
}
