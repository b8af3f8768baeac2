import type { Problem } from "#contracts/problem";
import { raiseCorrelations, withdrawCorrelations } from "../alerting/raise-correlations.ts";
import type { CorrelationEngine, CorrelationRun } from "../detection/correlation/engine.ts";
import { type ActiveExceptions, activeExceptions } from "../exception/active.ts";
import type { AppliedEvents } from "../lineage/apply-events.ts";
import { type EvictionLedger, totalOf } from "../ruleset/evictions.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { countHidden, type HiddenEvent, hidesFrom, memberSource } from "./members.ts";
import type { ArrivedEvent } from "./sequence-runner.ts";

const SCOPE = "correlations";
/** Findings raised in one write. */
const PAGE = 100;
/** A long ingest is asked for its findings so often, in milliseconds; any ingest is at its end. */
const INTERVAL = 60_000;

/**
 * Carries the rules over many events through one ingest. What matches is kept as it comes, in the write that stored the
 * events; what rules find in it is worked out at the end of the ingest, and every minute of a long one, from all that is kept
 * of the groups concerned. So it does not matter in which order and in which portions events came.
 */
export class CorrelationRunner {
  readonly #store: Store;
  readonly #run: CorrelationRun;
  readonly #ledger: EvictionLedger;
  #settledAt: number;

  private constructor(store: Store, run: CorrelationRun, ledger: EvictionLedger, now: number) {
    this.#store = store;
    this.#ledger = ledger;
    this.#run = run;
    this.#settledAt = now;
  }

  /** Goes on where the last ingest ended; nothing to do where no rule is over many events. */
  static async open(
    store: Store,
    engine: CorrelationEngine,
    ledger: EvictionLedger,
    now: number,
    memory?: number,
  ): Promise<CorrelationRunner | undefined> {
    return engine.rules.length === 0
      ? undefined
      : new CorrelationRunner(store, engine.start(await store.engineState.all(SCOPE), { memory }), ledger, now);
  }

  /** Keeps what matches, inside the write that stored the events. */
  async take(
    transaction: StoreTransaction,
    arrived: Iterable<ArrivedEvent>,
    processOf: AppliedEvents["processOf"],
    exceptions: ActiveExceptions,
    now: number,
  ): Promise<void> {
    const hidden: HiddenEvent[] = [];
    for (const { id, time, matched } of arrived) {
      if (matched !== undefined && matched.inputs.length > 0) {
        this.#run.take({ id, time }, matched.inputs, hidesFrom(exceptions, matched, "counted", { processOf, hidden }));
      }
    }
    await countHidden(transaction.exceptions, hidden);
    await this.#save(transaction, now);
  }

  /** In the middle of an ingest, behind a write: asks for findings when it is time. Returns how many alerts are new. */
  async passBy(now: number): Promise<number> {
    return now - this.#settledAt < INTERVAL ? 0 : this.settle(now);
  }

  /** Raises what was found, and withdraws what late events have shown to be otherwise. Returns how many alerts are new. */
  async settle(now: number): Promise<number> {
    this.#settledAt = now;
    const exceptions = activeExceptions(await this.#store.exceptions.all(), now);
    const { findings, gone } = this.#run.settle(now);
    let alerts = 0;
    for (let start = 0; start < Math.max(findings.length, gone.length); start += PAGE) {
      alerts += await this.#store.write(async (transaction) => {
        await withdrawCorrelations(transaction, gone.slice(start, start + PAGE), now);
        const page = findings.slice(start, start + PAGE);
        return raiseCorrelations(transaction, page, memberSource(this.#store), exceptions, now);
      });
    }
    // Last: whoever is killed before asks again, and finds the same alerts.
    await this.#store.write((transaction) => this.#save(transaction, now));
    return alerts;
  }

  async #save({ engineState }: Pick<StoreTransaction, "engineState">, now: number): Promise<void> {
    await engineState.save(SCOPE, this.#run.changes());
    await this.#ledger.save(engineState, this.#run.evicted, now);
  }

  /** What the bound on memory cost, if anything. */
  problem(): Problem | undefined {
    const evicted = totalOf(this.#run.evicted);
    return evicted === 0
      ? undefined
      : {
          code: "ingest.correlations-evicted",
          message: `${evicted} groups of events were given up because too many were open at once; rules that count events may have missed something`,
          remedy: "Raise STEMMA_SEQUENCE_MEMORY, or load fewer rules over many events.",
        };
  }
}
