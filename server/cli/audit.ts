import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { auditHash } from "../store/audit/chain.ts";
import type { AuditHead } from "../store/audit/port.ts";
import type { Store } from "../store/port.ts";
import { problemOfNotes } from "../triage/audit-notes.ts";
import { type ChainState, verifyChain } from "../triage/audit-trail.ts";
import {
  type Arguments,
  type Command,
  type CommandContext,
  cannotRun,
  type ExitCode,
  readArguments,
  refuseUsage,
} from "./command.ts";
import { withStore } from "./open.ts";
import { json, type Terminal } from "./terminal.ts";

const usage = `Usage: stemma audit head [--db FILE | --store STORE] [--json]
       stemma audit accept --reason TEXT [--db FILE]

head: verifies the audit trail and prints its end as NUMBER:HASH. Note it down elsewhere: stemma check --audit-head
NUMBER:HASH later says whether the trail still has it.
accept: records that the trail is rightly shorter than what was noted beside the database, as after an older file was
put in its place. What was noted before does not count from then on.
  --json        one JSON object on standard output
  --db FILE     the database (default stemma.db, or STEMMA_STORE)

Exit code 1: the trail is broken, lacks an end that was noted, or has notes that cannot be read.`;

export const auditCommand: Command = {
  name: "audit",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const positionals = { least: 1, most: 1, what: "head or accept" };
    const options = { json: { type: "boolean" }, reason: { type: "string" } } as const;
    const read = readArguments(args, { options, positionals }, context);
    if (!read.ok) {
      return refuseUsage(auditCommand, read.error, terminal);
    }
    switch (read.value.positionals[0]) {
      case "head":
        return showHead(read.value, terminal);
      case "accept":
        return accept(read.value, context);
      default: {
        const message = `Unknown action: ${read.value.positionals[0]}.`;
        return refuseUsage(auditCommand, [{ code: "usage.argument", message }], terminal);
      }
    }
  },
};

function showHead({ config, flag }: Arguments, terminal: Terminal): Promise<ExitCode> {
  return withStore(auditCommand, config, { readOnly: true }, terminal, async (store) => {
    const state = await verifyChain(store.audit, auditHash);
    const { head } = state;
    if (flag("json")) {
      terminal.out(json(state));
    } else if (head !== undefined) {
      terminal.out(`${endText(head)}\n`);
    } else if (state.intact) {
      terminal.out("The audit trail is empty.\n");
    }
    const { finding, warning } = problemOfNotes(state.notes, state.checked);
    const wrong = [...(state.intact ? [] : [brokenTrail(state)]), ...(finding === undefined ? [] : [finding])];
    for (const { message, remedy } of [...wrong, ...(warning === undefined ? [] : [warning])]) {
      terminal.err(`stemma audit: ${message}. ${remedy}\n`);
    }
    return wrong.length === 0 ? 0 : 1;
  });
}

async function accept({ config, text }: Arguments, { terminal }: CommandContext): Promise<ExitCode> {
  const reason = text("reason")?.trim() ?? "";
  if (reason === "") {
    const message = "Missing: --reason, why the trail is rightly shorter.";
    return refuseUsage(auditCommand, [{ code: "usage.option", message }], terminal);
  }
  return withStore(auditCommand, config, { readOnly: false }, terminal, (store) =>
    acceptTrail(store, { reason, analyst: config.analyst }, terminal),
  );
}

/** Records that the trail of a store is rightly shorter than noted; refuses for any other trail. */
export async function acceptTrail(
  store: Store,
  { reason, analyst }: { readonly reason: string; readonly analyst: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const state = await verifyChain(store.audit, auditHash);
  const lacks = state.lacks ?? (await missingEnd(store, state));
  if (lacks === undefined) {
    const complete: Problem = { code: "audit.complete", message: "the trail has everything noted" };
    return cannotRun(auditCommand, state.intact ? complete : brokenTrail(state), terminal);
  }
  const record = await store.write(({ audit }) =>
    audit.append(
      {
        at: Date.now(),
        actor: { name: analyst },
        action: "audit.accepted",
        subject: { kind: "store", id: "audit" },
        before: { lacks },
        after: { reason },
      },
      { acceptsTrail: true },
    ),
  );
  terminal.out(`${endText(record)}\n`);
  return 0;
}

/** The end that the store itself has, if the trail is intact as far as it goes but does not reach it. */
async function missingEnd({ audit }: Store, { intact, checked }: ChainState): Promise<AuditHead | undefined> {
  const [head, { items }] = await Promise.all([audit.head(), audit.page({ limit: 1 })]);
  const isCut = !intact && (items[0]?.sequence ?? 0) === checked;
  return isCut && head !== undefined && head.sequence > checked ? head : undefined;
}

/** As people note it down. */
export function endText({ sequence, hash }: AuditHead): string {
  return `${sequence}:${hash}`;
}

/** The end of a trail that somebody noted down. */
export function readEnd(text: string): Result<AuditHead, Problem> {
  const [, sequence, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return sequence === undefined || hash === undefined
    ? fail({ code: "usage.value", message: "--audit-head must be NUMBER:HASH, as stemma audit head prints it." })
    : ok({ sequence: Number(sequence), hash });
}

/** What is wrong with a trail that is not intact. */
export function brokenTrail({ brokenAt, lacks }: ChainState): Problem {
  if (lacks !== undefined) {
    return {
      code: "audit.shortened",
      message: `the audit trail does not have record ${lacks.sequence} as it was noted (${lacks.hash.slice(0, 16)}…): its last records were removed or replaced, from record ${brokenAt} on`,
      remedy:
        "If an older file was put in its place, stemma audit accept --reason TEXT records that. Otherwise restore a backup.",
    };
  }
  return {
    code: "audit.broken",
    message: `the audit trail is broken at record ${brokenAt}: it, or a record before it, was changed or removed`,
    remedy: "Compare it with a backup: stemma check --db BACKUP says how far that one is intact.",
  };
}
