import { randomUUID } from "node:crypto";
import { answerValue, type EvidenceReference, evidenceReference } from "#contracts/playbook";
import type { Problem } from "#contracts/problem";
import { visible } from "../lib/visible.ts";
import { suggestHere } from "../playbooks/suggested.ts";
import { playbookView } from "../playbooks/view.ts";
import { answerAlert } from "../triage/incident/questions.ts";
import { attachedFiles } from "./attach.ts";
import { type Command, cannotRun, describe, readArguments, refuseUsage } from "./command.ts";
import { loadContent, withStore } from "./open.ts";
import { json } from "./terminal.ts";

const usage = `Usage: stemma answer ALERT STEP VALUE [--note TEXT] [--evidence KIND:ID]… [--attach FILE[=TITLE]]… [--json]

Records the answer to a step of an alert's playbook, by the same rules as in the workbench: an answer against what the
evidence suggests, or one that lowers concern on missing data, needs a note that says why. Prints the verdict.
  STEP                its id or its number, as stemma triage shows them
  VALUE               raises, lowers, unresolved or not-applicable
  --note TEXT         the reason
  --evidence KIND:ID  event, alert, process, session or field; may be repeated
  --attach FILE[=TITLE]
                      attaches a text, such as the result of a query on the host; may be repeated
  --json              the playbook with its answers and the verdict, as one JSON object on standard output
  --db FILE           the database (default stemma.db, or STEMMA_STORE)
Exit code 1: the answer was refused, and nothing is changed.`;

export const answerCommand: Command = {
  name: "answer",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const read = readArguments(
      args,
      {
        options: {
          json: { type: "boolean" },
          note: { type: "string" },
          evidence: { type: "string", multiple: true },
          attach: { type: "string", multiple: true },
          analyst: { type: "string" },
        },
        settings: ["db", "store", "analyst"],
        folders: ["rules", "playbooks"],
        positionals: { least: 3, most: 3, what: "the id of an alert, a step and an answer" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(answerCommand, read.error, terminal);
    }
    const { config, positionals, text, texts, flag } = read.value;
    const [id = "", named = "", given = ""] = positionals;
    const value = answerValue.safeParse(given);
    const evidence = texts("evidence").map(evidenceOf);
    const attached = await attachedFiles(texts("attach"), context.directory);
    const problems: Problem[] = [
      ...(value.success
        ? []
        : [{ code: "usage.argument" as const, message: `${given} is none of: ${answerValue.options.join(", ")}.` }]),
      ...(attached.ok ? [] : attached.error),
      ...evidence.flatMap((one) => (typeof one === "string" ? [{ code: "usage.value" as const, message: one }] : [])),
    ];
    if (!value.success || !attached.ok || problems.length > 0) {
      return refuseUsage(answerCommand, problems, terminal);
    }
    return withStore(answerCommand, config, { readOnly: false }, terminal, async (store) => {
      const alert = await store.alerts.get(id);
      if (alert === undefined) {
        const message = `Alert "${id}" not found.`;
        const remedy = "List ids with: stemma alerts";
        return cannotRun(answerCommand, { code: "alert.not-found", message, remedy }, terminal);
      }
      const { playbooks } = await loadContent(config, store);
      const steps = playbooks.forAlert(alert)?.steps ?? [];
      const stepId = (/^\d+$/.test(named) ? steps[Number(named) - 1]?.id : undefined) ?? named;
      const request = {
        value: value.data,
        note: text("note") ?? "",
        evidence: evidence.filter((one) => typeof one !== "string"),
        attachments: [...attached.value],
      };
      const actor = { name: config.analyst, origin: { account: "local", method: "command-line" } } as const;
      const change = { stepId, request, actor, at: Date.now(), newId: randomUUID };
      const suggest = suggestHere(store, playbooks, { clock: Date.now });
      const refused = await answerAlert(store, playbooks, alert, change, suggest);
      if (refused !== undefined) {
        terminal.err(`stemma answer: ${describe(refused)}\n`);
        for (const reason of refused.suggested?.because ?? []) {
          terminal.err(`  ${visible(reason)}\n`);
        }
        return 1;
      }
      const view = await playbookView(store, playbooks, alert);
      if (!view.ok) {
        return cannotRun(answerCommand, view.error, terminal);
      }
      const { verdict } = view.value;
      terminal.out(
        flag("json")
          ? json(view.value)
          : `Verdict: ${verdict.outcome} (${verdict.answered} of ${verdict.total} answered). ${verdict.rule.text}\n`,
      );
      return 0;
    });
  },
};

/** A reference, or why the text is none. */
function evidenceOf(text: string): EvidenceReference | string {
  const end = text.indexOf(":");
  const reference = evidenceReference.safeParse({ kind: text.slice(0, Math.max(end, 0)), id: text.slice(end + 1) });
  return reference.success && end > 0 ? reference.data : `--evidence ${text}: write KIND:ID, such as field:user.name.`;
}
