import type { MessagePort } from "node:worker_threads";
import { isRequestProblem, type Problem, type RequestProblem } from "#contracts/problem";
import type { WorkProgress } from "#contracts/work";
import { BadRequestError } from "../lib/bad-request-error.ts";
import { fail, type Result } from "../lib/result.ts";
import { type Authority, refusalOf } from "../people/authority.ts";
import { seenFieldsMemory } from "../ruleset/seen-fields.ts";
import { toleratingDamage } from "../store/damage.ts";
import { StoreFailure } from "../store/failure.ts";
import type { OpenOptions, Store } from "../store/port.ts";
import { type FromThread, isCancelled, type ToThread } from "./messages.ts";
import { ContentReader } from "./shared-content.ts";
import type { Task, TaskContext } from "./task.ts";
import { tasks } from "./tasks.ts";

/** Milliseconds between two messages about progress. */
const PROGRESS_INTERVAL = 150;

/** What a thread gets from its entry. */
export interface ThreadParts {
  readonly port: MessagePort;
  readonly flag: SharedArrayBuffer;
  openStore(options: OpenOptions): Promise<Result<Store, Problem>>;
  readonly settings: TaskContext["settings"];
}

/** Thrown by reads of work that was cancelled. */
class WorkCancelled extends Error {}

/** Thrown by writes of somebody who has lost the right to them. */
class WriteRefused extends Error {
  readonly problem: RequestProblem;

  constructor(problem: RequestProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Runs the tasks that the pool sends, one at a time. The store is opened for the first one. */
export function serveTasks({ port, flag, openStore, settings }: ThreadParts): void {
  const cancel = new Int32Array(flag);
  const beforeRead = () => {
    if (isCancelled(cancel)) {
      throw new WorkCancelled();
    }
  };
  const send = (message: FromThread) => port.postMessage(message);
  const opened = async (readOnly: boolean): Promise<Store> => {
    const store = await openStore({ readOnly, writesMuch: !readOnly, beforeRead });
    if (!store.ok) {
      throw isRequestProblem(store.error) ? new StoreFailure(store.error) : new Error(store.error.message);
    }
    return store.value;
  };
  let reader: { readonly store: Store; readonly seenFields: TaskContext["seenFields"] } | undefined;
  const contentReader = new ContentReader();

  const run = async ({ id, kind, input, authority, at, content, toleratesDamage }: ToThread): Promise<FromThread> => {
    try {
      beforeRead();
      if (reader === undefined) {
        const store = await opened(true);
        reader = { store, seenFields: seenFieldsMemory(store) };
      }
      const begun = performance.now();
      const now = () => at + Math.round(performance.now() - begun);
      const context: TaskContext = {
        ...reader,
        settings,
        ...contentReader.read(content),
        now,
        onProgress: throttled((progress: WorkProgress) => send({ kind: "progress", id, progress })),
        onPartial: throttled((make: () => unknown) => send({ kind: "partial", id, value: make() })),
        async withWriter(work) {
          if (authority === undefined) {
            throw new Error(`${kind} writes, and nobody said who asked for it`);
          }
          const writer = await opened(false);
          try {
            return await work(withAuthority(writer, authority, now));
          } finally {
            await writer.close();
          }
        },
      };
      // The pool sends the input of this kind.
      const task = tasks[kind] as Task<unknown, unknown>;
      if (!toleratesDamage) {
        return { kind: "done", id, result: await task.run(input, context) };
      }
      const { value, damage } = await toleratingDamage(() => task.run(input, context));
      return { kind: "done", id, result: value, damage };
    } catch (error) {
      return failureOf(id, error);
    }
  };

  port.on("message", (message: ToThread) => {
    void run(message).then((outcome) => {
      try {
        send(outcome);
      } catch (error) {
        // A result that cannot be copied is a bug of its task.
        send(failureOf(message.id, error));
      }
    });
  });
}

/** The store for somebody who may have lost the right to write while the work waited. Looks in every transaction. */
function withAuthority(store: Store, authority: Authority, now: () => number): Store {
  return {
    ...store,
    write: (work) =>
      store.write(async (transaction) => {
        const refusal = await refusalOf(transaction.people, authority, now());
        if (refusal !== undefined) {
          throw new WriteRefused(refusal);
        }
        return work(transaction);
      }),
  };
}

function failureOf(id: string, error: unknown): FromThread {
  if (error instanceof WorkCancelled) {
    return { kind: "cancelled", id };
  }
  if (error instanceof WriteRefused) {
    return { kind: "done", id, result: fail(error.problem) };
  }
  if (error instanceof StoreFailure) {
    return { kind: "refused", id, by: "store", problem: error.problem };
  }
  if (error instanceof BadRequestError && isRequestProblem(error.problem)) {
    const problem: RequestProblem = error.problem;
    return { kind: "refused", id, by: "request", problem };
  }
  return { kind: "failed", id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** Passes on at most one value per interval. */
function throttled<T>(pass: (value: T) => void): (value: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (value) => {
    const now = performance.now();
    if (now - last >= PROGRESS_INTERVAL) {
      last = now;
      pass(value);
    }
  };
}
