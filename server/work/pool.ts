import type { DryRunSoFar } from "#contracts/exception";
import type { RequestProblem } from "#contracts/problem";
import type { WorkItem, WorkKind, WorkList, WorkProgress } from "#contracts/work";
import { BadRequestError } from "../lib/bad-request-error.ts";
import { fail, type Result } from "../lib/result.ts";
import type { Authority } from "../people/authority.ts";
import { type Damage, noteDamage, toleratesDamage } from "../store/damage.ts";
import { StoreFailure } from "../store/failure.ts";
import type { FromThread } from "./messages.ts";
import { cancelled, outOfMemory, tooLong } from "./problems.ts";
import { BATCHES, Schedule } from "./schedule.ts";
import { type Content, ContentSharing } from "./shared-content.ts";
import type { Task } from "./task.ts";
import { type TaskInput, type TaskOutput, tasks } from "./tasks.ts";
import { type Lane, PoolThread, type StartThread } from "./thread.ts";

/** Milliseconds in which a thread has to end cancelled work; then it is replaced. */
const GRACE = 1_000;

export interface WorkOptions<Output = unknown> {
  /** Whom the limits and the list of work are about. */
  readonly person: string;
  /** Aborts when the answer is of no use any more. */
  readonly signal?: AbortSignal;
  /** For work that writes: what it needs, and whose right to that counts when it writes. */
  readonly authority?: Authority | undefined;
  /** Called with the result as far as it has come, if the task sends that. */
  readonly onPartial?: (soFar: Output) => void;
}

/** What the pool needs from outside. */
export interface PoolParts {
  /** Threads at most, without that of a batch: at least two, so that short work need not wait for long work. */
  readonly workers: number;
  readonly start: StartThread;
  /** The rules and playbooks that work starts with. */
  readonly content: () => Content;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Called with bugs: errors that a task threw, and threads that ended by themselves. */
  readonly onBug: (error: Error) => void;
}

/** The figures of a pool. */
export interface PoolState {
  readonly workers: number;
  /** Threads that have been started and have not ended. */
  readonly started: number;
  readonly busy: number;
  readonly waiting: Readonly<Record<Lane, number>>;
  /** Since the server started. */
  readonly done: number;
  readonly cancelled: number;
  readonly refused: number;
  readonly failed: number;
  /** Threads that ended by themselves, or did not end work in time. */
  readonly lost: number;
}

interface Job {
  readonly id: string;
  readonly kind: WorkKind;
  readonly lane: Lane;
  readonly person: string;
  readonly input: unknown;
  readonly authority: Authority | undefined;
  readonly content: Content;
  readonly askedAt: number;
  readonly onPartial: (value: unknown) => void;
  readonly toleratesDamage: boolean;
  readonly settle: (result: Result<unknown, RequestProblem> | Error, damage?: Damage) => void;
  thread?: PoolThread;
  /** The result as far as it has come, if the task sends that. */
  soFar?: unknown;
  /** By `performance.now`. */
  startedAt?: number;
  progress?: WorkProgress;
}

/**
 * Runs heavy work in threads, so that it never holds the thread that answers requests. Work waits in a bounded queue
 * in which persons take turns. See docs/decisions/0033.
 */
export class WorkPool {
  readonly #parts: PoolParts;
  readonly #sharing = new ContentSharing();
  readonly #schedule: Schedule<Job>;
  readonly #threads = new Set<PoolThread>();
  readonly #counts = { done: 0, cancelled: 0, refused: 0, failed: 0, lost: 0 };
  #closed = false;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.#schedule = new Schedule(parts.workers);
  }

  /**
   * Runs work in a thread. Rejects with `StoreFailure` and `BadRequestError` as the work itself would; a bug in it is
   * an error of this request only.
   */
  async run<K extends WorkKind>(
    kind: K,
    input: TaskInput<K>,
    options: WorkOptions<TaskOutput<K>>,
  ): Promise<Result<TaskOutput<K>, RequestProblem>> {
    const { result, damage } = await this.#ask(kind, input, options);
    // In the thread of whoever asked, who tolerates damage or not.
    noteDamage(damage);
    return result;
  }

  #ask<K extends WorkKind>(
    kind: K,
    input: TaskInput<K>,
    { person, signal, authority, onPartial }: WorkOptions<TaskOutput<K>>,
  ): Promise<{ readonly result: Result<TaskOutput<K>, RequestProblem>; readonly damage?: Damage | undefined }> {
    const { lane } = tasks[kind];
    const refusal = this.#closed ? cancelled : this.#schedule.refusal(person, lane);
    if (refusal !== undefined || signal?.aborted === true) {
      this.#counts.refused += 1;
      return Promise.resolve({ result: fail(refusal ?? cancelled) });
    }
    return new Promise((resolve, reject) => {
      const job: Job = {
        id: crypto.randomUUID(),
        kind,
        lane,
        person,
        input,
        authority,
        content: this.#parts.content(),
        askedAt: this.#parts.now(),
        // The thread runs the task of this kind.
        onPartial: (value) => onPartial?.(value as TaskOutput<K>),
        toleratesDamage: toleratesDamage(),
        settle: (result, damage) => {
          signal?.removeEventListener("abort", onAbort);
          if (result instanceof Error) {
            reject(result);
          } else {
            resolve({ result: result as Result<TaskOutput<K>, RequestProblem>, damage });
          }
        },
      };
      const onAbort = () => this.#cancel(job);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#schedule.add(job);
      this.#dispatch();
    });
  }

  /**
   * Starts threads ahead of the first work, one for short and one for long work. Each takes about a second of processor
   * time.
   */
  warm(): void {
    while (this.#threads.size < 2) {
      this.#startThread();
    }
  }

  /** The work of a person, oldest first, and how busy the pool is. */
  list(person: string): WorkList {
    const { workers, busy, waiting } = this.state();
    return {
      items: this.#schedule
        .of(person)
        .toSorted((left, right) => left.askedAt - right.askedAt)
        .map((job) => this.#itemOf(job)),
      waiting: waiting.short + waiting.long + waiting.batch,
      running: busy,
      workers,
    };
  }

  /** Cancels work of a person; false if the person has no such work. */
  cancel(person: string, id: string): boolean {
    const job = this.#schedule.of(person).find((one) => one.id === id);
    if (job === undefined) {
      return false;
    }
    this.#cancel(job);
    return true;
  }

  state(): PoolState {
    return {
      workers: this.#parts.workers,
      started: this.#threads.size,
      busy: this.#busy().length,
      waiting: this.#schedule.waiting,
      ...this.#counts,
    };
  }

  /** Cancels everything and ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#schedule.clear()) {
      job.settle(fail(cancelled));
    }
    await Promise.all([...this.#threads].map((thread) => this.#end(thread)));
  }

  #itemOf(job: Job): WorkItem {
    const { id, kind, askedAt, startedAt, progress, soFar } = job;
    return {
      id,
      kind,
      askedAt: new Date(askedAt).toISOString(),
      ...(startedAt === undefined
        ? { state: "waiting", position: this.#schedule.positionOf(job), milliseconds: 0 }
        : { state: "running", milliseconds: Math.round(performance.now() - startedAt), progress }),
      // A dry run sends this, see `partialViews` in `exceptions/so-far.ts`.
      ...(kind === "exceptionDryRun" && { dryRun: soFar as DryRunSoFar | undefined }),
    };
  }

  /** Starts waiting work as long as there are threads for it. */
  #dispatch(): void {
    while (!this.#closed && this.#hasThread()) {
      const job = this.#schedule.next(this.#busy());
      if (job === undefined) {
        return;
      }
      this.#start(job);
    }
  }

  #hasThread(): boolean {
    return this.#threads.size < this.#parts.workers + BATCHES || this.#idle() !== undefined;
  }

  /** Also of threads whose work was cancelled and has not ended yet. */
  #busy(): readonly Lane[] {
    return [...this.#threads].flatMap(({ lane }) => (lane === undefined ? [] : [lane]));
  }

  #idle(): PoolThread | undefined {
    return [...this.#threads].find(({ lane }) => lane === undefined);
  }

  #start(job: Job): void {
    // The others have read the queue already, and go on with it while a batch runs.
    const thread = (job.lane === "batch" ? undefined : this.#idle()) ?? this.#startThread();
    job.thread = thread;
    job.startedAt = performance.now();
    thread.begin(job.id, job.lane);
    this.#sharing.of(job.content).then(
      (content) => {
        const { id, kind, input, authority, toleratesDamage } = job;
        // It may have been cancelled while the rules were shared.
        if (thread.job === id) {
          try {
            thread.send({ id, kind, input, authority, at: this.#parts.now(), content, toleratesDamage });
            const { within }: Task<never, unknown> = tasks[kind];
            if (within !== undefined) {
              thread.limit(within, () => this.#expire(thread, job, within));
            }
          } catch (error) {
            this.#finish(thread, job, asError(error));
          }
        }
      },
      (error: unknown) => this.#finish(thread, job, asError(error)),
    );
  }

  #startThread(): PoolThread {
    const thread: PoolThread = new PoolThread(this.#parts.start, {
      onMessage: (message) => this.#receive(thread, message),
      onLost: (error) => this.#lose(thread, error),
    });
    this.#threads.add(thread);
    return thread;
  }

  #receive(thread: PoolThread, message: FromThread): void {
    if (thread.job !== message.id) {
      return;
    }
    const job = [...this.#schedule.running].find(({ id }) => id === message.id);
    switch (message.kind) {
      case "progress":
        if (job !== undefined) {
          job.progress = message.progress;
        }
        return;
      case "partial":
        if (job !== undefined) {
          job.soFar = message.value;
          job.onPartial(message.value);
        }
        return;
      case "done":
        // The task of this kind returns a result.
        this.#finish(thread, job, message.result as Result<unknown, RequestProblem>, message.damage);
        return;
      case "cancelled":
        this.#finish(thread, job, fail(cancelled));
        return;
      case "refused":
        this.#finish(
          thread,
          job,
          message.by === "store" ? new StoreFailure(message.problem) : new BadRequestError(message.problem),
        );
        return;
      case "failed":
        this.#finish(thread, job, new Error(message.error));
    }
  }

  /** Work has ended in its thread, which is free again. `job` is undefined if it had been cancelled. */
  #finish(
    thread: PoolThread,
    job: Job | undefined,
    result: Result<unknown, RequestProblem> | Error,
    damage?: Damage,
  ): void {
    thread.finish();
    if (job !== undefined && this.#schedule.remove(job)) {
      const isBug = result instanceof Error && !(result instanceof StoreFailure || result instanceof BadRequestError);
      this.#counts[isBug ? "failed" : "done"] += 1;
      job.settle(result, damage);
    }
    this.#dispatch();
    this.#endSurplus(thread);
  }

  /** After a batch there is a thread more than the others may use. */
  #endSurplus(finished: PoolThread): void {
    const forBatches = this.#busy().filter((lane) => lane === "batch").length;
    if (finished.lane === undefined && this.#threads.size - forBatches > this.#parts.workers) {
      void this.#end(finished);
    }
  }

  /** A thread has ended by itself: its work fails, and the next work starts another one. */
  #lose(thread: PoolThread, error: Error): void {
    this.#threads.delete(thread);
    this.#counts.lost += 1;
    const job = [...this.#schedule.running].find((one) => one.thread === thread);
    const isMemory = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
    if (!isMemory) {
      this.#parts.onBug(error);
    }
    this.#finish(thread, job, isMemory ? fail(outOfMemory) : error);
  }

  #cancel(job: Job): void {
    const { thread } = job;
    if (!this.#schedule.remove(job)) {
      return;
    }
    this.#counts.cancelled += 1;
    job.settle(fail(cancelled));
    thread?.cancel(GRACE, () => {
      this.#counts.lost += 1;
      void this.#end(thread).then(() => this.#dispatch());
    });
    this.#dispatch();
  }

  /** Work has had its time. The thread is replaced: it may be in the middle of something that no flag ends. */
  #expire(thread: PoolThread, job: Job, within: number): void {
    this.#counts.lost += 1;
    void this.#end(thread);
    this.#finish(thread, job, fail(tooLong(within)));
  }

  async #end(thread: PoolThread): Promise<void> {
    this.#threads.delete(thread);
    await thread.end();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
