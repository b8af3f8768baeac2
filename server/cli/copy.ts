import { setTimeout } from "node:timers/promises";
import type { Problem } from "#contracts/problem";
import { type Config, readConfig } from "../config.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { auditHash } from "../store/audit/chain.ts";
import type { Store } from "../store/port.ts";
import { type CopiedSection, type CopyProgress, copyStore, wordsOf } from "../store/snapshot/copy.ts";
import { type ChainState, verifyChain } from "../triage/audit-trail.ts";
import { type Command, type CommandContext, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { openStore } from "./open.ts";
import { json, progressOn, table } from "./terminal.ts";

const usage = `Usage: stemma copy --from STORE --to STORE [--json]

Copies everything in a store into an empty one, and compares both section by section: the number of values, and a
fingerprint of them. Stop the servers of both stores first. Repeat the command to continue an interrupted copy.
  --from STORE  a database file, or neo4j://… (STEMMA_NEO4J_USER, STEMMA_NEO4J_PASSWORD)
  --to STORE    the same; it must be empty
  --json        one JSON object on standard output

Exit code 1: the audit trail of the source is broken, and was copied unchanged.`;

/** Milliseconds between two attempts to acquire a lease. */
const leaseInterval = 500;

export const copyCommand: Command = {
  name: "copy",
  usage,
  async run(args, context) {
    const { terminal, stop } = context;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" }, from: { type: "string" }, to: { type: "string" } },
        settings: [],
      },
      context,
    );
    const [from, to] = read.ok ? [read.value.text("from"), read.value.text("to")] : [];
    const missing: Problem[] = [];
    if (from === undefined) {
      missing.push({ code: "usage.option", message: "Missing: --from, the store to copy." });
    }
    if (to === undefined) {
      missing.push({ code: "usage.option", message: "Missing: --to, the store to copy into." });
    }
    if (!read.ok || from === undefined || to === undefined) {
      return refuseUsage(copyCommand, read.ok ? missing : read.error, terminal);
    }
    const progress = progressOn(terminal);
    const opened = await openBoth(from, to, context, () => progress.show("waiting for an ingest to finish"));
    if (!opened.ok) {
      return cannotRun(copyCommand, opened.error, terminal);
    }
    const { source, target, close } = opened.value;
    try {
      const copied = await copyStore(source, target, {
        onProgress: (now) => progress.show(progressText(now)),
        signal: stop,
      });
      progress.end();
      if (!copied.ok) {
        return cannotRun(copyCommand, copied.error, terminal);
      }
      const audit = await verifyChain(target.audit, auditHash);
      const report = { from: source.description, to: target.description, sections: copied.value, audit };
      terminal.out(read.value.flag("json") ? json(scriptable(report)) : readable(report));
      return audit.intact ? 0 : 1;
    } finally {
      progress.end();
      await close();
    }
  },
};

interface OpenStores {
  readonly source: Store;
  readonly target: Store;
  close(): Promise<void>;
}

/** Opens both and acquires the lease to ingest on each, so that nothing is written meanwhile. */
async function openBoth(
  from: string,
  to: string,
  context: CommandContext,
  waiting: () => void,
): Promise<Result<OpenStores, Problem>> {
  const { stop } = context;
  const first = configOf(from, context);
  const second = configOf(to, context);
  if (!first.ok) {
    return first;
  }
  if (!second.ok) {
    return second;
  }
  if (first.value.store === second.value.store) {
    return fail({ code: "copy.same-store", message: "source and target are the same store" });
  }
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const release of closing.splice(0).reverse()) {
      await release();
    }
  };
  const open = async (config: Config, readOnly: boolean): Promise<Result<Store, Problem>> => {
    const opened = await openStore(config, { readOnly });
    if (!opened.ok) {
      return opened;
    }
    closing.push(() => opened.value.close());
    const lease = await acquireLease(opened.value, stop, waiting);
    if (lease.ok) {
      closing.push(() => lease.value.release());
      return opened;
    }
    // A user without write access cannot acquire it. The final comparison detects writes of others.
    return lease.error.code === "store.ingest-running" ? fail(lease.error) : opened;
  };
  const source = await open(first.value, true);
  if (!source.ok) {
    await close();
    return source;
  }
  const target = await open(second.value, false);
  if (!target.ok) {
    await close();
    return target;
  }
  return ok({ source: source.value, target: target.value, close });
}

/** Waits for the lease: an ingest that was killed holds it on a Neo4j for some seconds more. */
async function acquireLease(store: Store, stop: AbortSignal, waiting: () => void): ReturnType<Store["ingestLease"]> {
  for (;;) {
    const lease = await store.ingestLease();
    if (lease.ok || lease.error.code !== "store.ingest-running" || stop.aborted) {
      return lease;
    }
    waiting();
    await setTimeout(leaseInterval);
  }
}

function configOf(store: string, { environment, directory }: CommandContext): Result<Config, Problem> {
  const config = readConfig(environment, { STEMMA_STORE: store }, directory);
  return config.ok ? config : fail(config.error[0] ?? { code: "config.invalid", message: store });
}

function progressText({ phase, section, done, total }: CopyProgress): string {
  return `${phase} ${wordsOf(section)}: ${done} of ${total}`;
}

interface Report {
  readonly from: string;
  readonly to: string;
  readonly sections: readonly CopiedSection[];
  readonly audit: ChainState;
}

/** The names in the JSON output, which scripts rely on. */
function scriptable({ from, to, sections, audit }: Report) {
  return { from, to, parts: sections.map(({ section, ...values }) => ({ part: section, ...values })), audit };
}

function readable({ from, to, sections, audit }: Report): string {
  const chain = audit.intact
    ? `audit trail intact: ${audit.checked} records`
    : `audit trail broken at record ${audit.brokenAt}, as in the source`;
  const rows = sections.map(({ section, count, hash }) => [wordsOf(section), String(count), hash.slice(0, 16)]);
  return `${from} → ${to}\n\n${table(["section", "values", "fingerprint"], rows)}\n${chain}\nBoth stores have the same content.\n`;
}
