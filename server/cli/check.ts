import type { Problem } from "#contracts/problem";
import { auditHash } from "../store/audit/chain.ts";
import type { AuditHead } from "../store/audit/port.ts";
import { StoreFailure } from "../store/failure.ts";
import { checkStore, type StoreCheck } from "../store/integrity/check.ts";
import type { Store } from "../store/port.ts";
import { problemOfNotes } from "../triage/audit-notes.ts";
import { type ChainState, verifyChain } from "../triage/audit-trail.ts";
import { brokenTrail, endText, readEnd } from "./audit.ts";
import { type Command, cannotRun, describe, readArguments, refuseUsage } from "./command.ts";
import { withStore } from "./open.ts";
import { json, progressOn, table } from "./terminal.ts";

const usage = `Usage: stemma check [--db FILE | --store STORE] [--audit-head NUMBER:HASH] [--json]

Reads everything in a store and says what is damaged: its structure, every stored value, references between them, what
is derived from others, and the audit trail. Changes nothing; servers and ingests may run meanwhile.
  --audit-head  an end of the audit trail that was noted down: whether the trail still has it
  --json        one JSON object on standard output
  --db FILE     the database (default stemma.db, or STEMMA_STORE)

Exit code 1: something is wrong, each with a remedy. 2: the store cannot be opened.`;

export const checkCommand: Command = {
  name: "check",
  usage,
  async run(args, context) {
    const { terminal, stop } = context;
    const options = { json: { type: "boolean" }, "audit-head": { type: "string" } } as const;
    const read = readArguments(args, { options }, context);
    if (!read.ok) {
      return refuseUsage(checkCommand, read.error, terminal);
    }
    const text = read.value.text("audit-head");
    const end = text === undefined ? undefined : readEnd(text);
    if (end?.ok === false) {
      return refuseUsage(checkCommand, [end.error], terminal);
    }
    return withStore(checkCommand, read.value.config, { readOnly: true }, terminal, async (store) => {
      const progress = progressOn(terminal);
      const check = await checkWhole(store, {
        onProgress: ({ what, done, total }) => progress.show(`checking ${what} (${done} of ${total})`),
        signal: stop,
        noted: end === undefined ? [] : [end.value],
      });
      progress.end();
      if (check.stopped) {
        const problem: Problem = { code: "check.stopped", message: "the check was stopped before its end" };
        return cannotRun(checkCommand, problem, terminal);
      }
      const report = { store: store.description, sound: check.findings.length === 0, ...check };
      terminal.out(read.value.flag("json") ? json(report) : readable(report));
      return report.sound ? 0 : 1;
    });
  },
};

export interface WholeCheck extends StoreCheck {
  readonly audit: ChainState;
  /** What is not wrong, but keeps the check from noticing something. */
  readonly warnings: readonly Problem[];
}

/** Checks a store and its audit trail. */
export async function checkWhole(
  store: Store,
  { noted, ...options }: Parameters<typeof checkStore>[1] & { readonly noted: readonly AuditHead[] },
): Promise<WholeCheck> {
  const check = await checkStore(store, options);
  options.onProgress({ what: "the audit trail", done: 0, total: 1 });
  const { audit, findings, warnings } = check.stopped
    ? { audit: unread, findings: [], warnings: [] }
    : await trailOf(store, noted);
  return { ...check, audit, findings: [...check.findings, ...findings], warnings };
}

/** A trail of which nothing was read. */
const unread: ChainState = { intact: true, checked: 0, notes: { isKept: false, unreadable: 0 } };

async function trailOf(
  store: Store,
  noted: readonly AuditHead[],
): Promise<Pick<WholeCheck, "audit" | "findings" | "warnings">> {
  try {
    const audit = await verifyChain(store.audit, auditHash, noted);
    const { finding, warning } = problemOfNotes(audit.notes, audit.checked);
    const findings = [...(audit.intact ? [] : [brokenTrail(audit)]), ...(finding === undefined ? [] : [finding])];
    return { audit, findings, warnings: warning === undefined ? [] : [warning] };
  } catch (error) {
    if (!(error instanceof StoreFailure) || error.lost) {
      throw error;
    }
    // Damaged pages of the file: what of the trail is on them is unknown.
    return { audit: { ...unread, intact: false, brokenAt: 1 }, findings: [error.problem], warnings: [] };
  }
}

type Report = WholeCheck & { readonly store: string; readonly sound: boolean };

function readable({ store, counts, findings, warnings, audit }: Report): string {
  const rows = Object.entries(counts).map(([section, count]) => [section, String(count)]);
  const lines = [
    store,
    "",
    table(["section", "values"], rows),
    "",
    audit.intact
      ? `audit trail intact: ${audit.checked} records${audit.head === undefined ? "" : `, ${endText(audit.head)}`}`
      : `audit trail broken at record ${audit.brokenAt}`,
    ...warnings.map((problem) => `warning: ${describe(problem)}`),
    ...findings.map((problem) => `wrong: ${describe(problem)}`),
    findings.length === 0 ? "Sound." : `${findings.length} ${findings.length === 1 ? "finding" : "findings"}.`,
  ];
  return `${lines.join("\n")}\n`;
}
