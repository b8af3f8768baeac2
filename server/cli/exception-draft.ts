import { suggestDraftById } from "../exceptions/draft.ts";
import { explainDraft } from "../exceptions/explain-draft.ts";
import { visible } from "../lib/visible.ts";
import { type Arguments, type Command, type CommandContext, cannotRun, type ExitCode } from "./command.ts";
import { loadContent, withStore } from "./open.ts";
import { json } from "./terminal.ts";

/** `stemma exception draft ALERT…`: prints the suggested draft of one or several alerts. Nothing is saved. */
export function printDraft(
  command: Command,
  alertIds: readonly string[],
  read: Arguments,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  return withStore(command, read.config, { readOnly: true }, terminal, async (store) => {
    const { ruleset } = await loadContent(read.config, store);
    const suggested = await suggestDraftById(store, alertIds, (id) => ruleset.byId.get(id));
    if (!suggested.ok) {
      return cannotRun(command, suggested.error, terminal);
    }
    if (read.flag("json")) {
      // What `preview` reads.
      terminal.out(json(suggested.value.draft));
      return 0;
    }
    terminal.out(`${explainDraft(suggested.value).map(visible).join("\n")}\n`);
    return 0;
  });
}
