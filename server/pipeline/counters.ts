import type { Actor } from "#contracts/actor";
import type { IngestSummary } from "#contracts/ingest";
import type { Problem } from "#contracts/problem";
import type { IngestIssue } from "../ingest/issue.ts";
import type { PreparedBatch } from "./prepare.ts";

/** Problems, warnings and ignored files that a summary lists at most; the totals are exact. */
export const LISTED = 1_000;

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
  readonly #rejected: Problem[] = [];
  readonly #warnings: Problem[] = [];
  readonly #ignored: { readonly file: string; readonly reason: string }[] = [];
  #rejectedTotal = 0;
  #warningsTotal = 0;
  #ignoredTotal = 0;
  processes = 0;
  sessions = 0;

  constructor(run: Run, before?: Counted) {
    this.id = run.id;
    this.#run = run;
    if (before !== undefined) {
      const { summary } = before;
      this.#before = { ...summary, resumed: (summary.resumed ?? 0) + 1 };
      this.#file = summary.file ?? "";
      this.#files = summary.files;
      this.#records = summary.records;
      this.#bytes = summary.bytes;
      this.#written = summary;
      this.#rejected.push(...summary.rejected);
      this.#rejectedTotal = summary.rejectedTotal;
      this.#warnings.push(...summary.warnings.slice(0, Math.min(before.warnings, LISTED)));
      this.#warningsTotal = before.warnings;
      this.#ignored.push(...summary.ignored.slice(0, Math.min(before.ignored, LISTED)));
      this.#ignoredTotal = before.ignored;
    }
  }

  /** The exact numbers that a summary does not tell. */
  get totals(): Omit<Counted, "summary"> {
    return { warnings: this.#warningsTotal, ignored: this.#ignoredTotal };
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
    if (severity === "rejected") {
      this.#rejectedTotal += 1;
      if (this.#rejected.length < LISTED) {
        this.#rejected.push(problem);
      }
    } else {
      this.#warningsTotal += 1;
      if (this.#warnings.length < LISTED) {
        this.#warnings.push(problem);
      }
    }
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
    const unlisted = this.#warningsTotal - this.#warnings.length;
    const unlistedFiles = this.#ignoredTotal - this.#ignored.length;
    return {
      id: this.id,
      startedAt: this.#before?.startedAt ?? new Date(this.#run.startedAt).toISOString(),
      actor: this.#run.actor.name,
      paths: [...this.#run.paths],
      state,
      ...(state === "done" || this.#file === "" ? {} : { file: this.#file }),
      ...(this.#before === undefined ? {} : { resumed: this.#before.resumed }),
      files: this.#files,
      ignored: [
        ...this.#ignored,
        ...(unlistedFiles > 0 ? [{ file: "…", reason: `${unlistedFiles} more files, not listed` }] : []),
      ],
      records: this.#records,
      ...sum(this.#written, pending),
      rejected: [...this.#rejected],
      rejectedTotal: this.#rejectedTotal,
      warnings: unlisted > 0 ? [...this.#warnings, moreWarnings(unlisted)] : [...this.#warnings],
      processes: this.processes,
      sessions: this.sessions,
      bytes: this.#bytes,
      seconds: (this.#before?.seconds ?? 0) + Math.max(0, now - this.#run.startedAt) / 1000,
    };
  }
}

function moreWarnings(count: number): Problem {
  return { code: "ingest.more-warnings", message: `${count} more warnings, not listed` };
}
