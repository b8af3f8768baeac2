import { type Command, type CommandContext, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { printDraft } from "./exception-draft.ts";
import { exchangeActions, exchangeHelp, exchangeUsage } from "./exception-exchange.ts";
import { dryRunText, readDraft } from "./exception-file.ts";
import { listCommand, showCommand } from "./exception-list.ts";
import { runDraft } from "./exception-run.ts";
import { saveCommand } from "./exception-save.ts";
import { stopCommand } from "./exception-stop.ts";
import { loadContent, withStore } from "./open.ts";
import { json } from "./terminal.ts";

const previewUsage = `Usage: stemma exception preview FILE [--json]
       stemma exception draft ALERT… [--json]
${exchangeUsage}

preview: shows what an exception would do to the stored events and alerts. FILE has the draft as JSON. Nothing is saved.
draft: prints the narrowest exception for one or several alerts, with --json as such a FILE.
  --json     one JSON object on standard output
  --db FILE  the database (default stemma.db, or STEMMA_STORE)
${exchangeHelp}`;

/** Shows the dry run of a draft, or a draft for alerts. */
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
    const draft = await readDraft(file);
    if (!draft.ok) {
      const [first] = draft.error;
      return first?.code === "input.unreadable"
        ? cannotRun(exceptionCommand, first, terminal)
        : refuseUsage(exceptionCommand, draft.error, terminal);
    }
    const { config } = read.value;
    return withStore(exceptionCommand, config, { readOnly: true }, terminal, async (store) => {
      const { result } = await runDraft(store, await loadContent(config, store), config, draft.value);
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
  run([action = "", ...rest], context: CommandContext) {
    const exchange = exchangeActions.get(action);
    if (exchange !== undefined) {
      return exchange(exceptionCommand, [action, ...rest], context);
    }
    const command = actions.get(action);
    return command === undefined ? previewCommand.run([action, ...rest], context) : command.run(rest, context);
  },
};
