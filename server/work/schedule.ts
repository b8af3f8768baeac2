import type { RequestProblem } from "#contracts/problem";
import { FairQueue } from "./fair-queue.ts";
import { queueFull, tooMany } from "./problems.ts";
import type { Lane } from "./thread.ts";

/** Work that one person may have at once in a lane, waiting and running. */
const MOST_OF_ONE = 24;
/** Work that may wait in a lane, of all persons. */
const MOST_WAITING = 200;

/** Batches that run at once. Each writes all the time. */
export const BATCHES = 1;

/** What decides when work gets its turn. */
export interface Scheduled {
  readonly person: string;
  readonly lane: Lane;
}

/** Which work waits, which runs, and whose turn is next: the limits of a person, and those of a lane. */
export class Schedule<J extends Scheduled> {
  readonly #workers: number;
  readonly #waiting: Readonly<Record<Lane, FairQueue<J>>> = {
    short: new FairQueue(),
    long: new FairQueue(),
    batch: new FairQueue(),
  };
  readonly #running = new Set<J>();

  /** Among so many threads, and those of batches. */
  constructor(workers: number) {
    this.#workers = workers;
  }

  get running(): ReadonlySet<J> {
    return this.#running;
  }

  get waiting(): Readonly<Record<Lane, number>> {
    const { short, long, batch } = this.#waiting;
    return { short: short.size, long: long.size, batch: batch.size };
  }

  /** Why a person may not ask for more in a lane. Long work never keeps anybody from short work, nor the other way. */
  refusal(person: string, lane: Lane): RequestProblem | undefined {
    if (this.of(person).filter((job) => job.lane === lane).length >= MOST_OF_ONE) {
      return tooMany(MOST_OF_ONE, lane);
    }
    return this.waiting[lane] >= MOST_WAITING ? queueFull(MOST_WAITING, lane) : undefined;
  }

  add(job: J): void {
    this.#waiting[job.lane].add(job.person, job);
  }

  /** Takes the work that may run now, if any. `busy` has the lane of each thread that is not free. */
  next(busy: readonly Lane[]): J | undefined {
    const isFree = busy.filter((lane) => lane !== "batch").length < this.#workers;
    const job =
      (isFree ? (this.#take("short", busy) ?? this.#take("long", busy)) : undefined) ?? this.#take("batch", busy);
    if (job !== undefined) {
      this.#running.add(job);
    }
    return job;
  }

  /** Forgets work, whether it waits or runs; false if it does neither. */
  remove(job: J): boolean {
    return this.#running.delete(job) || this.#waiting[job.lane].remove(job.person, job);
  }

  /** The work of a person, running work first. */
  of(person: string): readonly J[] {
    return [...this.#runningOf(person), ...lanes.flatMap((lane) => this.#waiting[lane].entriesOf(person))];
  }

  /** How much work of the same lane gets its turn before this and with it; undefined if it does not wait. */
  positionOf(job: J): number | undefined {
    return this.#waiting[job.lane].positionOf(job.person, job);
  }

  /** Removes and returns everything. */
  clear(): readonly J[] {
    const all = [...lanes.flatMap((lane) => this.#waiting[lane].clear()), ...this.#running];
    this.#running.clear();
    return all;
  }

  /**
   * Nobody gets all threads, and long work leaves one of them to short work. A batch has a thread beyond them: it can
   * take half a minute, and is in the way of nobody.
   */
  #take(lane: Lane, busy: readonly Lane[]): J | undefined {
    const threads = { short: this.#workers, long: this.#workers - 1, batch: BATCHES }[lane];
    const taken = busy.filter((one) => one === lane).length;
    const mostOfOne = Math.max(1, threads - 1);
    return taken < threads
      ? this.#waiting[lane].take(
          (person) => this.#runningOf(person).filter((job) => job.lane === lane).length < mostOfOne,
        )
      : undefined;
  }

  #runningOf(person: string): readonly J[] {
    return [...this.#running].filter((job) => job.person === person);
  }
}

const lanes: readonly Lane[] = ["short", "long", "batch"];
