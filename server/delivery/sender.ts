import { setTimeout } from "node:timers/promises";
import type { Result } from "../lib/result.ts";
import type { DeliveryRecord } from "../store/deliveries/port.ts";
import { StoreFailure } from "../store/failure.ts";
import type { Store } from "../store/port.ts";
import type { Receivers } from "../triage/deliveries.ts";
import { delayAfter, MOST_ATTEMPTS } from "./backoff.ts";
import { type PostSettings, post } from "./post.ts";
import type { Prepared } from "./prepare.ts";

/** Milliseconds for which a delivery belongs to the server that took it: longer than preparing and posting take. */
const LEASE = 600_000;
/** Intervals to wait after a failure of the store, such as one that cannot be reached. */
const PAUSE_AFTER_ERROR = 10;
/** Deliveries looked at, of which one is taken: others may be faster with the first ones. */
const LOOKED_AT = 20;

export interface SenderContext {
  readonly store: Pick<Store, "deliveries" | "write">;
  readonly receivers: Receivers;
  readonly post: PostSettings;
  /** Puts together what is sent, and writes the bundle. */
  readonly prepare: (delivery: DeliveryRecord, signal: AbortSignal) => Promise<Result<Prepared, string>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Milliseconds between two looks for what is due. */
  readonly interval: number;
  readonly onAttempt: (attempt: { readonly id: string; readonly ok: boolean; readonly reason?: string }) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Sends escalations: takes what is due, one at a time for each receiver, so that a slow one delays no other. Several
 * servers on one store share the work: what one has taken is its own until the lease ends. See docs/decisions/0069.
 */
export class DeliverySender {
  readonly #context: SenderContext;
  readonly #stopping = new AbortController();
  #lanes: readonly Promise<void>[] = [];

  constructor(context: SenderContext) {
    this.#context = context;
  }

  start(): void {
    this.#lanes = this.#context.receivers.map((target) => this.#lane(target));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#lanes);
  }

  /** Sends what is due to a receiver. Returns how many attempts were made. */
  async sendDue(target: string | undefined): Promise<number> {
    let attempts = 0;
    for (let taken = await this.#take(target); taken !== undefined; taken = await this.#take(target)) {
      attempts += 1;
      await this.#attempt(taken);
      if (this.#stopping.signal.aborted) {
        break;
      }
    }
    return attempts;
  }

  async #lane(target: string | undefined): Promise<void> {
    const { interval, onError } = this.#context;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const failure: unknown = await this.sendDue(target).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure instanceof StoreFailure && failure.problem.code === "store.read-only") {
        return;
      }
      if (failure !== undefined) {
        onError(failure);
      }
      const pause = failure === undefined ? interval : PAUSE_AFTER_ERROR * interval;
      await setTimeout(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #take(target: string | undefined): Promise<DeliveryRecord | undefined> {
    const { store, now } = this.#context;
    const due = this.#stopping.signal.aborted ? [] : await store.deliveries.due(target, now(), LOOKED_AT);
    if (due.length === 0) {
      return undefined;
    }
    return store.write(async ({ deliveries }) => {
      for (const { id } of due) {
        const current = await deliveries.get(id);
        if (current?.state === "waiting" && current.nextAt <= now()) {
          const taken = { ...current, attempts: current.attempts + 1, nextAt: now() + LEASE };
          await deliveries.put(taken);
          return taken;
        }
      }
      return undefined;
    });
  }

  async #attempt(taken: DeliveryRecord): Promise<void> {
    const { signal } = this.#stopping;
    const prepared = await this.#prepared(taken, signal);
    if (!prepared.ok) {
      return this.#end(taken, taken, prepared.error);
    }
    const delivery = { ...taken, ...prepared.value };
    const { id, target, body } = delivery;
    const posted =
      target === undefined
        ? undefined
        : await post({ id, target, body }, this.#context.post, { ...this.#context, signal });
    return this.#end(taken, delivery, posted?.ok === false ? posted.error : undefined);
  }

  /** What was prepared once is stored before it is sent, so that every attempt sends the same. */
  async #prepared(taken: DeliveryRecord, signal: AbortSignal): Promise<Result<Prepared, string>> {
    if (taken.body !== undefined) {
      return { ok: true, value: { body: taken.body, files: taken.files } };
    }
    const prepared = await this.#context.prepare(taken, signal);
    if (prepared.ok) {
      await this.#put(taken, { ...taken, ...prepared.value });
    }
    return prepared;
  }

  async #end(taken: DeliveryRecord, delivery: DeliveryRecord, reason: string | undefined): Promise<void> {
    const { now, random, onAttempt } = this.#context;
    const { attempts } = taken;
    const at = now();
    onAttempt({ id: delivery.id, ok: reason === undefined, reason });
    if (reason === undefined) {
      await this.#put(taken, { ...delivery, state: "delivered", endedAt: at, reason: undefined });
    } else if (this.#stopping.signal.aborted) {
      // It may have arrived or not. The next server tries it at once, under the same id.
      await this.#put(taken, { ...delivery, attempts: attempts - 1, nextAt: at, reason });
    } else if (attempts >= MOST_ATTEMPTS) {
      await this.#put(taken, { ...delivery, state: "failed", endedAt: at, reason });
    } else {
      await this.#put(taken, { ...delivery, nextAt: at + delayAfter(attempts, random()), reason });
    }
  }

  /** Unless another server has taken it meanwhile, because this one took longer than its lease. */
  async #put(taken: DeliveryRecord, delivery: DeliveryRecord): Promise<void> {
    await this.#context.store.write(async ({ deliveries }) => {
      const current = await deliveries.get(delivery.id);
      if (current?.state === "waiting" && current.attempts === taken.attempts && current.nextAt === taken.nextAt) {
        await deliveries.put(delivery);
      }
    });
  }
}
