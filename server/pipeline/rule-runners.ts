import type { Problem } from "#contracts/problem";
import type { Detector, Hit } from "../detection/rule.ts";
import type { ActiveExceptions } from "../exception/active.ts";
import type { AppliedEvents } from "../lineage/apply-events.ts";
import { EvictionLedger } from "../ruleset/evictions.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { CorrelationRunner } from "./correlation-runner.ts";
import type { CountedWrite } from "./counted-write.ts";
import { PendingHits } from "./pending-hits.ts";
import { type ArrivedEvent, SequenceRunner } from "./sequence-runner.ts";

interface RunnerOptions {
  readonly store: Store;
  readonly detector: Detector;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Memory of rules over several events. */
  readonly memory?: number;
}

/** The new events of a write, for rules that need more than one event. */
interface RunnerInput {
  readonly arrived: readonly ArrivedEvent[];
  readonly pending: readonly Hit[];
  readonly processOf: AppliedEvents["processOf"];
}

/** Runs the rules that need more than one event, or the complete process graph, during one ingest. */
export class RuleRunners {
  readonly #sequences: SequenceRunner | undefined;
  readonly #correlations: CorrelationRunner | undefined;
  readonly #pending: PendingHits;

  private constructor(
    sequences: SequenceRunner | undefined,
    correlations: CorrelationRunner | undefined,
    pending: PendingHits,
  ) {
    this.#sequences = sequences;
    this.#correlations = correlations;
    this.#pending = pending;
  }

  /** Restores the state of the rules from the store, as the last ingest left it. */
  static async open({ store, detector, now, memory }: RunnerOptions): Promise<RuleRunners> {
    const ledger = await EvictionLedger.open(store.engineState);
    return new RuleRunners(
      await SequenceRunner.open(store, detector, ledger, memory),
      await CorrelationRunner.open(store, detector, ledger, now, memory),
      new PendingHits(store, detector),
    );
  }

  /** Whether any loaded rule needs the events in the order of their arrival. */
  get needArrivedEvents(): boolean {
    return this.#sequences !== undefined || this.#correlations !== undefined;
  }

  /** Processes new events in the write that stores them. Returns how many alerts are new. */
  async process(
    transaction: StoreTransaction,
    { arrived, pending, processOf }: RunnerInput,
    exceptions: ActiveExceptions,
    now: number,
  ): Promise<number> {
    const alerts = await this.#sequences?.process(transaction, arrived, processOf, exceptions, now);
    await this.#correlations?.process(transaction, arrived, processOf, exceptions, now);
    await this.#pending.add(transaction, pending);
    return alerts ?? 0;
  }

  /** Between two writes of a long ingest: raises what correlations found, if it is time to. */
  async settleIfDue(write: CountedWrite, now: number, signal?: AbortSignal): Promise<void> {
    await this.#correlations?.settleIfDue(write, now, signal);
  }

  /**
   * At the end of an ingest, first: completes sequences. All three throw the reason of `signal` when it is aborted; a
   * later ingest then does what is left.
   */
  async finishSequences(write: CountedWrite, now: number, signal?: AbortSignal): Promise<void> {
    await this.#sequences?.finish(write, now, signal);
  }

  /** Second: raises what correlations found. */
  async settleCorrelations(write: CountedWrite, now: number, signal?: AbortSignal): Promise<void> {
    await this.#correlations?.settle(write, now, signal);
  }

  /** Last: decides hits that waited for the process graph. */
  settlePendingHits(write: CountedWrite, now: number, signal?: AbortSignal): Promise<void> {
    return this.#pending.settle(write, now, signal);
  }

  /** What the memory limits of the rules cost. */
  problems(): readonly Problem[] {
    return [this.#sequences, this.#correlations, this.#pending].flatMap((runner) => runner?.problem() ?? []);
  }
}
