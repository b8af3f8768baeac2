import type { Actor } from "#contracts/actor";
import type { IngestSummary } from "#contracts/ingest";
import type { Problem } from "#contracts/problem";
import type { IngestIssue } from "../ingest/issue.ts";
import type { PreparedBatch } from "./prepare.ts";

/** Problems, warnings and ignored files that a summary lists at most; the totals are exact. */
export const LISTED = 1_000;
/** Of one kind and one file, so that a file with many does not hide those of the others. */
export const LISTED_OF_FILE = 100;

export type Written = Pick<IngestSummary, "events" | "duplicates" | "alerts" | "suppressed">;
const none: Written = { events: 0, duplicates: 0, alerts: 0, suppressed: 0 };

function sum(left: Written, right: Written): Written {
  return {
    events: left.events + right.events,
    duplicates: left.duplicates + right.duplicates,
    alerts: left.alerts + right.alerts,
    suppressed: left.suppressed + right.suppressed,
  };
}

/** What an interrupted ingest had counted. */
export interface Counted {
  readonly summary: IngestSummary;
  /** Exact totals; the summary lists only some. */
  readonly warnings: number;
  readonly ignored: number;
}

/** One ingest. One that was interrupted and goes on is the same ingest, and counts on. */
interface Run {
  readonly id: string;
  /** When this process began with it, in epoch milliseconds. */
  readonly startedAt: number;
  readonly actor: Actor;
  readonly paths: readonly string[];
}

/** Problems in the order they were found, as many as a summary lists. */
class ListedProblems {
  readonly #listed: Problem[] = [];
  readonly #perFile = new Map<string, number>();
  #total = 0;

  constructor(listed: readonly Problem[] = [], total = listed.length) {
    for (const problem of listed) {
      this.add(problem);
    }
    this.#total = total;
  }

  get total(): number {
    return this.#total;
  }

  get listed(): Problem[] {
    return [...this.#listed];
  }

  add(problem: Problem): void {
    this.#total += 1;
    if (this.#listed.length < LISTED) {
      const kind = JSON.stringify([problem.code, problem.at?.file]);
      const count = this.#perFile.get(kind) ?? 0;
      if (count < LISTED_OF_FILE) {
        this.#perFile.set(kind, count + 1);
        this.#listed.push(problem);
      }
    }
  }
}

/** Counts what one ingest reads and writes, and builds its summary. */
export class IngestCounters {
  readonly id: string;
  readonly #run: Run;
  readonly #before: Pick<IngestSummary, "startedAt" | "seconds" | "resumed"> | undefined;
  #file = "";
  #files = 0;
  #records = 0;
  #bytes = 0;
  #written = none;
  readonly #rejected: ListedProblems;
  readonly #warnings: ListedProblems;
  readonly #ignored: { readonly file: string; readonly reason: string }[] = [];
  #ignoredTotal = 0;
  processes = 0;
  sessions = 0;

  constructor(run: Run, before?: Counted) {
    this.id = run.id;
    this.#run = run;
    this.#rejected = new ListedProblems(before?.summary.rejected, before?.summary.rejectedTotal);
    this.#warnings = new ListedProblems(before?.summary.warnings.slice(0, before.warnings), before?.warnings);
    if (before !== undefined) {
      const { summary } = before;
      this.#before = { ...summary, resumed: (summary.resumed ?? 0) + 1 };
      this.#file = summary.file ?? "";
      this.#files = summary.files;
      this.#records = summary.records;
      this.#bytes = summary.bytes;
      this.#written = summary;
      this.#ignored.push(...summary.ignored.slice(0, Math.min(before.ignored, LISTED)));
      this.#ignoredTotal = before.ignored;
    }
  }

  /** The exact numbers that a summary does not tell. */
  get totals(): Omit<Counted, "summary"> {
    return { warnings: this.#warnings.total, ignored: this.#ignoredTotal };
  }

  addRead(batch: Pick<PreparedBatch, "file" | "files" | "records" | "bytes" | "ignored" | "problems">): void {
    this.#file = batch.file;
    this.#files += batch.files;
    this.#records += batch.records;
    this.#bytes += batch.bytes;
    for (const ignored of batch.ignored) {
      this.#ignoredTotal += 1;
      if (this.#ignored.length < LISTED) {
        this.#ignored.push(ignored);
      }
    }
    for (const problem of batch.problems) {
      this.addProblem(problem);
    }
  }

  addProblem({ severity, problem }: IngestIssue): void {
    (severity === "rejected" ? this.#rejected : this.#warnings).add(problem);
  }

  addWarnings(problems: readonly Problem[]): void {
    for (const problem of problems) {
      this.addProblem({ severity: "warning", problem });
    }
  }

  addWritten(written: Written): void {
    this.#written = sum(this.#written, written);
  }

  addRaised(raised: Pick<Written, "alerts" | "suppressed">): void {
    this.addWritten({ ...none, ...raised });
  }

  /** `pending` is what the current write adds; it is counted once the write is durable. */
  summary(state: IngestSummary["state"], now: number, pending: Written = none): IngestSummary {
    return {
      id: this.id,
      startedAt: this.#before?.startedAt ?? new Date(this.#run.startedAt).toISOString(),
      actor: this.#run.actor.name,
      paths: [...this.#run.paths],
      state,
      ...(state === "done" || this.#file === "" ? {} : { file: this.#file }),
      ...(this.#before === undefined ? {} : { resumed: this.#before.resumed }),
      files: this.#files,
      ignored: [...this.#ignored],
      ignoredTotal: this.#ignoredTotal,
      records: this.#records,
      ...sum(this.#written, pending),
      rejected: this.#rejected.listed,
      rejectedTotal: this.#rejected.total,
      warnings: this.#warnings.listed,
      warningsTotal: this.#warnings.total,
      processes: this.processes,
      sessions: this.sessions,
      bytes: this.#bytes,
      seconds: (this.#before?.seconds ?? 0) + Math.max(0, now - this.#run.startedAt) / 1000,
    };
  }
}
