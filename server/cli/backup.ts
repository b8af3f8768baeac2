import { resolve } from "node:path";
import type { Problem } from "#contracts/problem";
import type { Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { endText } from "./audit.ts";
import { type Command, type CommandContext, cannotRun, type ExitCode, readArguments, refuseUsage } from "./command.ts";
import { sizeText } from "./doctor/check.ts";
import { type Backup, backUpStore, openStore, type Restored, restoreStore, withStore } from "./open.ts";
import { json, progressOn, type Terminal } from "./terminal.ts";

const backupUsage = `Usage: stemma backup FILE [--db FILE | --store STORE] [--force] [--json]

Writes everything in a store into one file, as it is at the beginning; servers and ingests may run meanwhile. The file
appears when it is complete and was checked. Its SHA-256 and the end of the audit trail are printed: note them down.
Of a Neo4j, where nothing may be written meanwhile, the file has everything but people and their sessions.
  --force       replace a file that exists
  --json        one JSON object on standard output
  --db FILE     the database (default stemma.db, or STEMMA_STORE)`;

const restoreUsage = `Usage: stemma restore BACKUP [--db FILE] [--force] [--json]

Makes a database of a backup, which is checked first, and records that in its audit trail. Stop the server and ingests of
the database before. Into a Neo4j: stemma copy --from BACKUP --to neo4j://…
  --force       if there is a database, keep it under another name, which is printed
  --json        one JSON object on standard output
  --db FILE     the database (default stemma.db, or STEMMA_STORE)`;

const options = { json: { type: "boolean" }, force: { type: "boolean" } } as const;

export const backupCommand: Command = {
  name: "backup",
  usage: backupUsage,
  async run(args, context) {
    const { terminal, directory } = context;
    const positionals = { least: 1, most: 1, what: "the file to write" };
    const read = readArguments(args, { options, positionals }, context);
    if (!read.ok) {
      return refuseUsage(backupCommand, read.error, terminal);
    }
    const { config, flag, positionals: given } = read.value;
    const file = resolve(directory, given[0] ?? "");
    const written = await withProgress(context, "copying", (progress) =>
      backUpStore(config, file, { force: flag("force"), ...progress }),
    );
    if (!written.ok) {
      return cannotRun(backupCommand, written.error, terminal);
    }
    return withStore(backupCommand, { ...config, store: file }, { readOnly: true }, terminal, async (store) => {
      const audit = await endOfTrail(store);
      print({ ...written.value, ...(await store.figures()), audit }, flag("json"), terminal);
      return 0;
    });
  },
};

export const restoreCommand: Command = {
  name: "restore",
  usage: restoreUsage,
  async run(args, context) {
    const { terminal, directory } = context;
    const positionals = { least: 1, most: 1, what: "the backup" };
    const read = readArguments(args, { options, positionals }, context);
    if (!read.ok) {
      return refuseUsage(restoreCommand, read.error, terminal);
    }
    const { config, flag, positionals: given } = read.value;
    const backup = resolve(directory, given[0] ?? "");
    const restored = await withProgress(context, "restoring", (progress) =>
      restoreStore(config, backup, { force: flag("force"), now: Date.now, ...progress }),
    );
    if (!restored.ok) {
      return cannotRun(restoreCommand, restored.error, terminal);
    }
    return record(restored.value, { backup, analyst: config.analyst }, () => openStore(config, { readOnly: false }), {
      terminal,
      asJson: flag("json"),
    });
  },
};

/** Writes into the audit trail of a restored store where it comes from. */
async function record(
  restored: Restored,
  { backup, analyst }: { readonly backup: string; readonly analyst: string },
  open: () => Promise<Result<Store, Problem>>,
  { terminal, asJson }: { readonly terminal: Terminal; readonly asJson: boolean },
): Promise<ExitCode> {
  const opened = await open();
  if (!opened.ok) {
    return cannotRun(restoreCommand, opened.error, terminal);
  }
  const store = opened.value;
  try {
    const was = await store.audit.head();
    // The database that was there may have had a longer trail: this record says why it is gone.
    await store.write(({ audit }) =>
      audit.append(
        {
          at: Date.now(),
          actor: { name: analyst },
          action: "store.restored",
          subject: { kind: "store", id: "audit" },
          after: { backup, sha256: restored.sha256, endOfTrail: was },
        },
        { acceptsTrail: true },
      ),
    );
    print({ ...restored, backup, ...(await store.figures()), audit: await endOfTrail(store) }, asJson, terminal);
    return 0;
  } finally {
    await store.close();
  }
}

/** Number and hash of the last record, as people note them down. */
async function endOfTrail({ audit }: Store): Promise<string | undefined> {
  const head = await audit.head();
  return head === undefined ? undefined : endText(head);
}

interface Report extends Backup {
  /** What it was restored from. */
  readonly backup?: string;
  readonly kept?: string | undefined;
  readonly events: number;
  readonly alerts: number;
  readonly audit: string | undefined;
}

function print(report: Report, asJson: boolean, terminal: Terminal): void {
  if (asJson) {
    terminal.out(json(report));
    return;
  }
  const { file, bytes, sha256, kept, events, alerts, audit } = report;
  const lines = [
    `${file}: ${sizeText(bytes)}, ${events} events, ${alerts} alerts`,
    `sha256       ${sha256}`,
    ...(audit === undefined ? [] : [`audit trail  ${audit}`]),
    ...(kept === undefined ? [] : [`The database that was there is now ${kept}`]),
  ];
  terminal.out(`${lines.join("\n")}\n`);
}

async function withProgress<T>(
  { terminal, stop }: CommandContext,
  what: string,
  work: (options: {
    readonly onProgress: (done: number, total: number) => void;
    readonly signal: AbortSignal;
  }) => Promise<T>,
): Promise<T> {
  const progress = progressOn(terminal);
  const result = await work({
    onProgress: (done, total) => progress.show(`${what}: ${Math.floor((100 * done) / Math.max(total, 1))} %`),
    signal: stop,
  });
  progress.end();
  return result;
}
