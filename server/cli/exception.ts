import { dryRun } from "../exceptions/dry-run.ts";
import { type Command, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { dryRunText, readDraft } from "./exception-draft.ts";
import { listCommand, showCommand } from "./exception-list.ts";
import { saveCommand } from "./exception-save.ts";
import { stopCommand } from "./exception-stop.ts";
import { loadContent, withStore } from "./open.ts";
import { json } from "./terminal.ts";

const previewUsage = `Usage: stemma exception preview FILE [--json]

Shows what an exception would do to the stored events and alerts. FILE has the draft as JSON: name, reason, ruleIds,
entries, mode. Nothing is saved.
  --json     one JSON object on standard output
  --db FILE  the database (default stemma.db, or STEMMA_STORE)`;

const previewCommand: Command = {
  name: "exception",
  usage: previewUsage,
  async run(args, context) {
    const { terminal } = context;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" } },
        folders: ["rules"],
        positionals: { least: 2, most: 2, what: "preview and the file of the draft" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(exceptionCommand, read.error, terminal);
    }
    const [action = "", file = ""] = read.value.positionals;
    if (action !== "preview") {
      const message = `Unknown action: ${action}.`;
      return refuseUsage(exceptionCommand, [{ code: "usage.argument", message }], terminal);
    }
    const draft = await readDraft(file);
    if (!draft.ok) {
      const [first] = draft.error;
      return first?.code === "input.unreadable"
        ? cannotRun(exceptionCommand, first, terminal)
        : refuseUsage(exceptionCommand, draft.error, terminal);
    }
    return withStore(exceptionCommand, read.value.config, { readOnly: true }, terminal, async (store) => {
      const { ruleset } = await loadContent(read.value.config, store);
      const result = await dryRun(store, ruleset.rules, draft.value, Date.now);
      terminal.out(read.value.flag("json") ? json(result) : dryRunText(result));
      return 0;
    });
  },
};

/** Actions with a file of their own, by their name; it is the first argument. */
const actions = new Map([
  ["save", saveCommand],
  ["list", listCommand],
  ["show", showCommand],
  ["stop", stopCommand],
]);

export const exceptionCommand: Command = {
  name: "exception",
  usage: [previewUsage, ...[...actions.values()].map(({ usage }) => usage)].join("\n\n"),
  run([action = "", ...rest], context) {
    const command = actions.get(action);
    return command === undefined ? previewCommand.run([action, ...rest], context) : command.run(rest, context);
  },
};
