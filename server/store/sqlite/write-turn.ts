import { setTimeout } from "node:timers/promises";
import { StoreFailure } from "../failure.ts";
import { type Connection, connect, isBusy } from "./connection.ts";
import { sqliteProblem } from "./problem.ts";

/**
 * How long a write waits for other processes that write to the same file (an ingest during a server), in milliseconds.
 */
const WRITE_TIMEOUT = 60_000;
const RETRY_INTERVAL = 5;
/** How long a process with several writes waiting goes ahead of the others, in milliseconds. */
const MOST_TURN = 100;

/**
 * Whose turn it is to begin a transaction, among all processes that write to a file. SQLite lets whoever asks at the
 * right moment go first: an ingest, which begins again as soon as it has committed, would keep a server waiting for as
 * long as it lasts. So a process takes the turn, begins, and gives the turn away: whoever waits has it by the time of
 * the commit. The turn is a lock on a sidecar file, which ends with its process. See docs/decisions/0044.
 */
export class WriteTurn {
  readonly #path: string;
  readonly #writer: Connection;
  #lock: Connection | undefined;
  #takenAt: number | undefined;
  /** Whether others get the time to notice that the turn is free, after this process had it for long. */
  #stepsBack = false;

  constructor(path: string, writer: Connection) {
    this.#path = path;
    this.#writer = writer;
  }

  /**
   * Begins a transaction, without blocking this process while it waits. `moreWaiting`: whether this process will begin
   * another one right after.
   */
  async begin(moreWaiting: () => boolean): Promise<void> {
    try {
      const deadline = performance.now() + WRITE_TIMEOUT;
      if (this.#stepsBack) {
        this.#stepsBack = false;
        await setTimeout(2 * RETRY_INTERVAL);
      }
      if (this.#takenAt === undefined) {
        await this.#untilFree(() => this.#take(), deadline);
      }
      await this.#untilFree(() => this.#writer.execute("BEGIN IMMEDIATE"), deadline);
    } catch (error) {
      this.#give();
      throw error;
    }
    if (!moreWaiting()) {
      this.#give();
    } else if (performance.now() - (this.#takenAt ?? 0) > MOST_TURN) {
      this.#give();
      this.#stepsBack = true;
    }
  }

  close(): void {
    this.#lock?.close();
  }

  #take(): void {
    this.#lock ??= connect(`${this.#path}.turn.lock`, { readOnly: false, busyTimeout: 0 });
    this.#lock.execute("BEGIN EXCLUSIVE");
    this.#takenAt = performance.now();
  }

  #give(): void {
    if (this.#takenAt !== undefined) {
      this.#takenAt = undefined;
      this.#lock?.execute("ROLLBACK");
    }
  }

  async #untilFree(attempt: () => void, deadline: number): Promise<void> {
    for (;;) {
      try {
        attempt();
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) {
          throw new StoreFailure(sqliteProblem(error, this.#path));
        }
        await setTimeout(RETRY_INTERVAL);
      }
    }
  }
}
