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

Moves everything that one store keeps into an empty one, and compares the two part by part: number of values, and a
fingerprint of all of them. Stop servers on either first. A copy that was interrupted goes on when it is started again.
  --from STORE  a database file, or neo4j://… (STEMMA_NEO4J_USER, STEMMA_NEO4J_PASSWORD)
  --to STORE    the same; it must be empty
  --json        one JSON object on standard output

Exit code 1: the audit trail of the source was broken already, and was copied as it is.`;

/** Milliseconds. */
const TURN_INTERVAL = 500;

export const copyCommand: Command = {
  name: "copy",
  usage,
  async run(args, surroundings) {
    const { terminal, stop } = surroundings;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" }, from: { type: "string" }, to: { type: "string" } },
        settings: [],
      },
      surroundings,
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
    const opened = await openBoth(from, to, surroundings, () => progress.show("waiting for an ingest to finish"));
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

interface Both {
  readonly source: Store;
  readonly target: Store;
  close(): Promise<void>;
}

/** Opens both and takes the turn to ingest on each, so that nothing is read in meanwhile. */
async function openBoth(
  from: string,
  to: string,
  surroundings: CommandContext,
  waiting: () => void,
): Promise<Result<Both, Problem>> {
  const { stop } = surroundings;
  const first = configOf(from, surroundings);
  const second = configOf(to, surroundings);
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
    for (const one of closing.splice(0).reverse()) {
      await one();
    }
  };
  const open = async (config: Config, readOnly: boolean): Promise<Result<Store, Problem>> => {
    const opened = await openStore(config, { readOnly });
    if (!opened.ok) {
      return opened;
    }
    closing.push(() => opened.value.close());
    const turn = await takeTurn(opened.value, stop, waiting);
    if (turn.ok) {
      closing.push(() => turn.value.release());
      return opened;
    }
    // Who may only read cannot take the turn; that somebody else writes would show when both are compared.
    return turn.error.code === "store.ingest-running" ? fail(turn.error) : opened;
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

/** One that was killed keeps its turn on a Neo4j for some seconds, so this waits until the turn is free or the command is stopped. */
async function takeTurn(store: Store, stop: AbortSignal, waiting: () => void): ReturnType<Store["ingestLease"]> {
  for (;;) {
    const turn = await store.ingestLease();
    if (turn.ok || turn.error.code !== "store.ingest-running" || stop.aborted) {
      return turn;
    }
    waiting();
    await setTimeout(TURN_INTERVAL);
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
  return `${from} → ${to}\n\n${table(["section", "values", "fingerprint"], rows)}\n${chain}\nBoth hold the same.\n`;
}
