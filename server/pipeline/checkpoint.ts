import { hash } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import type { IngestSummary } from "#contracts/ingest";
import type { Problem } from "#contracts/problem";
import type { Detector } from "../detection/rule.ts";
import type { FinishedFile, ReadPosition, ResumePoint } from "../ingest/position.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import type { Counted, IngestCounters } from "./counters.ts";
import type { PreparedBatch } from "./prepare.ts";

/** Scopes of `engine_state`: one row per unfinished ingest, and one per file that it has read. */
const RUNS = "ingest-runs";
const FILES = "ingest-files";
/** Begins the name of a run that cannot go on: its input cannot be read again. */
const ONCE = "run ";
/** Changes with what a position means: an older one is not used. */
const FORMAT = 2;

const identity = z.object({ size: z.number(), modified: z.number(), head: z.string() });
const storedRun = z.object({
  format: z.literal(FORMAT),
  id: z.string(),
  /** A digest of the rules that read last. */
  rules: z.string(),
  /** Of the process graph when the ingest began. */
  before: z.object({ processes: z.number(), sessions: z.number() }),
  totals: z.object({ warnings: z.number(), ignored: z.number() }),
  position: z
    .object({
      path: z.string(),
      identity,
      inputs: z.number(),
      next: z
        .object({
          from: z.number(),
          clocks: z.object({ hosts: z.array(z.tuple([z.string(), z.number()])), any: z.number().optional() }),
          mayHold: z.number(),
          hasRecords: z.boolean(),
          twoTimes: z
            .object({ count: z.number(), clock: z.string(), time: z.string(), offset: z.number().optional() })
            .optional(),
          events: z.number(),
          problems: z.number(),
          bytes: z.number(),
        })
        .optional(),
    })
    .optional(),
});
type StoredRun = Readonly<z.infer<typeof storedRun>>;
const otherFormat = z.object({ format: z.number().refine((format) => format !== FORMAT) });
const storedFile = z.object({ path: z.string(), identity: identity.optional() });

/** What an ingest reads and with which rules: the same command has the same. */
export interface Command {
  readonly paths: readonly string[];
  /** Whether all of it can be read again from a position. */
  readonly resumable: boolean;
  /** Settings that decide what is read. */
  readonly settings: unknown;
  readonly detector: Detector;
}

/** An interrupted ingest that goes on. */
export interface Resumed {
  readonly counted: Counted;
  readonly from: ResumePoint;
}

/**
 * How far an ingest came, stored by the writes that store what it read. The same command, given again after it was
 * interrupted, goes on from there as the same ingest; an ingest that is done leaves no checkpoint. Only the holder of
 * the lease to ingest may open one. See docs/decisions/0052.
 */
export class Checkpoint {
  readonly #name: string;
  readonly #id: string;
  readonly #rules: string;
  readonly #before: StoredRun["before"];
  readonly #store: Store;
  readonly resumed: Resumed | undefined;
  /** What was different, or lost, when it was opened. */
  readonly warnings: readonly Problem[];
  #position: ReadPosition | undefined;

  private constructor(
    store: Store,
    name: string,
    run: Omit<StoredRun, "format" | "totals">,
    { resumed, warnings }: { readonly resumed?: Resumed; readonly warnings: readonly Problem[] },
  ) {
    this.#store = store;
    this.#name = name;
    this.#id = run.id;
    this.#rules = run.rules;
    this.#before = run.before;
    this.#position = resumed?.from.position;
    this.resumed = resumed;
    this.warnings = warnings;
  }

  /** The checkpoint of the ingest that the same command began and did not finish, or a new one with this id. */
  static async open(store: Store, command: Command, id: string): Promise<Checkpoint> {
    const rules = hash("sha256", JSON.stringify(command.detector.rules), "base64url");
    const name = command.resumable ? nameOf(command) : `${ONCE}${id}`;
    const rows = await store.engineState.all(RUNS);
    const damaged = rows.filter(([, value]) => isDamaged(value)).length;
    const run = parsed(storedRun, new Map(rows).get(name));
    const summary = run === undefined ? undefined : await store.ingests.get(run.id);
    const finished = run === undefined ? undefined : await finishedFiles(store, run.id);
    if (run === undefined || summary === undefined || finished === undefined) {
      const lost = damaged + (summary !== undefined && finished === undefined ? 1 : 0);
      const warnings = lost > 0 ? [unreadable(lost)] : [];
      return new Checkpoint(store, name, { id, rules, before: await store.lineage.counts() }, { warnings });
    }
    const { position, totals } = run;
    const from = { finished, ...(position && { position }) };
    const warnings = [
      ...(damaged > 0 ? [unreadable(damaged)] : []),
      ...(run.rules === rules ? [] : [rulesChanged(summary)]),
    ];
    return new Checkpoint(
      store,
      name,
      { ...run, rules },
      { resumed: { counted: { summary, ...totals }, from }, warnings },
    );
  }

  get id(): string {
    return this.#id;
  }

  /** How many processes and sessions there were when the ingest began. */
  get before(): StoredRun["before"] {
    return this.#before;
  }

  /** Records how far these batches lead, in the write that stores them. */
  async advance(
    { engineState }: Pick<StoreTransaction, "engineState">,
    batches: readonly Pick<PreparedBatch, "finished" | "position">[],
    counters: IngestCounters,
  ): Promise<void> {
    const files = batches.flatMap(({ finished }) => finished).map((file) => this.#fileRow(file));
    if (files.length > 0 && !this.#name.startsWith(ONCE)) {
      await engineState.save(FILES, files);
    }
    this.#position = batches.at(-1)?.position;
    const run: StoredRun = {
      ...{ format: FORMAT, id: this.#id, rules: this.#rules, before: this.#before, totals: counters.totals },
      position: this.#position as StoredRun["position"],
    };
    await engineState.save(RUNS, [{ name: this.#name, value: JSON.stringify(run) }]);
  }

  /**
   * In the first write: records the ingest, and as interrupted those that died. They can go on later, except those that
   * nobody can read again or whose checkpoint cannot be read: nothing of them remains.
   */
  async begin(transaction: StoreTransaction, counters: IngestCounters): Promise<void> {
    const kept = new Set([this.#id]);
    const removed: string[] = [];
    for (const [name, value] of await this.#store.engineState.all(RUNS)) {
      const run = parsed(storedRun, value);
      const summary = run === undefined ? undefined : await this.#store.ingests.get(run.id);
      if (summary?.state === "running" && summary.id !== this.#id) {
        await transaction.ingests.put({ ...summary, state: "interrupted" });
      }
      if (name !== this.#name && summary !== undefined && !name.startsWith(ONCE)) {
        kept.add(summary.id);
      } else {
        removed.push(name);
      }
    }
    await removeRows(transaction, RUNS, removed);
    const files = (await this.#store.engineState.all(FILES)).map(([name]) => name);
    await removeRows(
      transaction,
      FILES,
      files.filter((name) => !kept.has(name.slice(0, name.indexOf(" ")))),
    );
    await this.advance(transaction, [{ finished: [], position: this.#position }], counters);
  }

  /** Removes the checkpoint, in the last write of an ingest that is done. */
  async remove(transaction: Pick<StoreTransaction, "engineState">): Promise<void> {
    const files = (await this.#store.engineState.all(FILES)).map(([name]) => name);
    await removeRows(
      transaction,
      FILES,
      files.filter((name) => name.startsWith(filePrefix(this.#id))),
    );
    await removeRows(transaction, RUNS, [this.#name]);
  }

  #fileRow(file: FinishedFile): { readonly name: string; readonly value: string } {
    return { name: `${filePrefix(this.#id)}${file.path}`, value: JSON.stringify(file) };
  }
}

async function removeRows(
  { engineState }: Pick<StoreTransaction, "engineState">,
  scope: string,
  names: readonly string[],
): Promise<void> {
  if (names.length > 0) {
    await engineState.save(
      scope,
      names.map((name) => ({ name, value: undefined })),
    );
  }
}

/** What was read until now was read with other rules than what is read from here on. */
function rulesChanged({ records }: IngestSummary): Problem {
  return {
    code: "ingest.rules-changed",
    message: `the rules have changed since this ingest was interrupted: its first ${records} records were tested with the former ones`,
    remedy: "Run new rules over the stored events in the workbench, or with: stemma rules report --run.",
  };
}

function unreadable(count: number): Problem {
  return {
    code: "ingest.checkpoint-unreadable",
    message: `how far ${count === 1 ? "an interrupted ingest" : `${count} interrupted ingests`} came is damaged in the store: the same command reads everything again, and skips the events that are stored`,
    remedy: "Run stemma check: it says what else is damaged.",
  };
}

/** The finished files of an ingest by their paths; undefined if one of them cannot be read. */
async function finishedFiles(store: Store, id: string): Promise<ReadonlyMap<string, FinishedFile> | undefined> {
  const rows = (await store.engineState.all(FILES)).filter(([name]) => name.startsWith(filePrefix(id)));
  const files = rows.map(([, value]) => parsed(storedFile, value));
  return files.every((file) => file !== undefined) ? new Map(files.map((file) => [file.path, file])) : undefined;
}

function filePrefix(id: string): string {
  return `${id} `;
}

function nameOf({ paths, settings }: Command): string {
  return `paths ${hash("sha256", JSON.stringify([paths.map((path) => resolve(path)), settings]), "base64url")}`;
}

/** A checkpoint of another version is none, without being damaged. */
function isDamaged(value: string): boolean {
  return parsed(storedRun, value) === undefined && parsed(otherFormat, value) === undefined;
}

function parsed<T>(schema: z.ZodType<T>, value: string | undefined): T | undefined {
  try {
    return value === undefined ? undefined : schema.safeParse(JSON.parse(value)).data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    return undefined;
  }
}
