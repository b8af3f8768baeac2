import type { Problem } from "#contracts/problem";
import { exceptionsInForce } from "../alerting/exceptions-in-force.ts";
import { lineageInWrite } from "../alerting/lineage-contexts.ts";
import { raiseCorrelations, withdrawCorrelations } from "../alerting/raise-correlations.ts";
import type { CorrelationRun } from "../detection/correlation/run.ts";
import type { Detector } from "../detection/rule.ts";
import type { ActiveExceptions } from "../exception/active.ts";
import { pauseUnlessAborted } from "../lib/pause.ts";
import type { AppliedEvents } from "../lineage/apply-events.ts";
import { type EvictionLedger, totalOf } from "../ruleset/evictions.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import type { CountedWrite } from "./counted-write.ts";
import { countHidden, type HiddenEvent, hidesFrom, lineageOf, memberSource, withKnown } from "./members.ts";
import type { ArrivedEvent } from "./sequence-runner.ts";

const SCOPE = "correlations";
/** Findings raised per write. */
const PAGE = 100;
/** How often findings are raised during a long ingest, in milliseconds. */
const INTERVAL = 60_000;

/**
 * Runs the rules over many events during one ingest. Matches are saved in the write that stores the events. Findings
 * are computed at the end of the ingest, and every minute of a long one, from everything saved for the groups
 * concerned, so that they do not depend on the order of arrival or on how events are split into ingests. See
 * docs/decisions/0013.
 */
export class CorrelationRunner {
  readonly #store: Store;
  readonly #detector: Pick<Detector, "byId" | "correlations">;
  readonly #run: CorrelationRun;
  readonly #ledger: EvictionLedger;
  #settledAt: number;

  private constructor(
    store: Store,
    detector: Pick<Detector, "byId" | "correlations">,
    run: CorrelationRun,
    ledger: EvictionLedger,
    now: number,
  ) {
    this.#store = store;
    this.#detector = detector;
    this.#ledger = ledger;
    this.#run = run;
    this.#settledAt = now;
  }

  /** Restores the state of the last ingest. Undefined if no rule is over many events. */
  static async open(
    store: Store,
    detector: Pick<Detector, "byId" | "correlations">,
    ledger: EvictionLedger,
    now: number,
    memory?: number,
  ): Promise<CorrelationRunner | undefined> {
    const { correlations: engine } = detector;
    return engine.rules.length === 0
      ? undefined
      : new CorrelationRunner(
          store,
          detector,
          engine.start(await store.engineState.all(SCOPE), { memory }),
          ledger,
          now,
        );
  }

  /** Saves matches in the write that stores the events. */
  async process(
    transaction: StoreTransaction,
    arrived: Iterable<ArrivedEvent>,
    processOf: AppliedEvents["processOf"],
    exceptions: ActiveExceptions,
    now: number,
  ): Promise<void> {
    const hidden: HiddenEvent[] = [];
    const counted = [...arrived].flatMap(({ id, time, matched }) =>
      matched === undefined || matched.inputs.length === 0 ? [] : [{ id, time, matched }],
    );
    const { rules } = this.#detector.correlations;
    const lineage = await lineageOf(
      counted.map(({ matched }) => matched),
      exceptions,
      () => rules,
      lineageInWrite(transaction.lineage, ({ id }) => processOf.get(id)),
    );
    for (const { id, time, matched } of counted) {
      const known = withKnown(matched, lineage.get(id));
      this.#run.apply({ id, time }, matched.inputs, hidesFrom(exceptions, known, "counted", { processOf, hidden }));
    }
    await countHidden(transaction.exceptions, hidden, now);
    await this.#save(transaction, now);
  }

  /** During an ingest, between two writes: raises findings if it is time to. */
  async settleIfDue(write: CountedWrite, now: number, signal?: AbortSignal): Promise<void> {
    if (now - this.#settledAt >= INTERVAL) {
      await this.settle(write, now, signal);
    }
  }

  /** Raises findings, and withdraws those that late events refuted. */
  async settle(write: CountedWrite, now: number, signal?: AbortSignal): Promise<void> {
    this.#settledAt = now;
    const exceptions = await exceptionsInForce(this.#store, this.#detector, now);
    const { findings, withdrawn: gone } = this.#run.collectFindings(now);
    for (let start = 0; start < Math.max(findings.length, gone.length); start += PAGE) {
      await pauseUnlessAborted(signal);
      await write(async (transaction) => {
        await withdrawCorrelations(transaction, gone.slice(start, start + PAGE), now);
        const page = findings.slice(start, start + PAGE);
        const alerts = await raiseCorrelations(transaction, page, memberSource(this.#store), exceptions, now);
        return { alerts, suppressed: 0 };
      });
    }
    // Last: a process killed before this computes the same findings again, with the same alert ids.
    await this.#store.write((transaction) => this.#save(transaction, now));
  }

  async #save({ engineState }: Pick<StoreTransaction, "engineState">, now: number): Promise<void> {
    await engineState.save(SCOPE, this.#run.changes());
    await this.#ledger.save(engineState, this.#run.evicted, now);
  }

  /** The number of groups dropped because of the memory limit, if any. */
  problem(): Problem | undefined {
    const evicted = totalOf(this.#run.evicted);
    return evicted === 0
      ? undefined
      : {
          code: "ingest.correlations-evicted",
          message: `${evicted} groups of events were dropped because too many were open at once; rules that count events may have missed findings`,
          remedy: "Raise STEMMA_SEQUENCE_MEMORY, or load fewer rules over many events.",
        };
  }
}
