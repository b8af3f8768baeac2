import type { Problem } from "#contracts/problem";
import { raiseSequences } from "../alerting/raise-sequences.ts";
import { or } from "../condition/tree.ts";
import type { InputMatch } from "../detection/correlation/engine.ts";
import type { SequenceEngine, SequenceFinding, SequenceRun, StageMatch } from "../detection/sequence/engine.ts";
import { anyStage, type SequencePlan } from "../detection/sequence/plan.ts";
import type { StemmaEvent } from "../event/event.ts";
import { type ActiveExceptions, activeExceptions } from "../exception/active.ts";
import type { AppliedEvents } from "../lineage/apply-events.ts";
import { addUp, type EvictionLedger, totalOf } from "../ruleset/evictions.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { countHidden, type HiddenEvent, hidesFrom, memberSource } from "./members.ts";

const SCOPE = "sequences";
/** Findings raised in one write. */
const PAGE = 200;

/** A new event; `matched` where it matches a part of some rule over several or many events. */
export interface ArrivedEvent {
  readonly id: string;
  readonly time: number;
  readonly matched: MatchedEvent | undefined;
}

/** An event with the stages of sequences and the inputs of correlations that it matches. */
export interface MatchedEvent {
  /** Unpacked when it is asked for: hardly any is. */
  readonly event: StemmaEvent;
  readonly stages: readonly StageMatch[];
  readonly inputs: readonly InputMatch[];
}

/**
 * Carries the rules over several events through one ingest. Events are taken in the order of their arrival; what is begun
 * is saved in the write that stored the events, so a kill loses and doubles nothing. Events that arrive later than newer
 * ones are noted, and at the end the stored events from there on are looked at again in the order of time, by the same
 * engine: what was found stays, what was missed is found.
 */
export class SequenceRunner {
  readonly #store: Store;
  readonly #engine: SequenceEngine;
  readonly #run: SequenceRun;
  readonly #memory: number | undefined;
  readonly #ledger: EvictionLedger;
  /** Of the runs that looked at late events again. */
  readonly #evictedAgain: ReadonlyMap<string, number>[] = [];

  private constructor(
    store: Store,
    engine: SequenceEngine,
    run: SequenceRun,
    ledger: EvictionLedger,
    memory: number | undefined,
  ) {
    this.#store = store;
    this.#ledger = ledger;
    this.#engine = engine;
    this.#run = run;
    this.#memory = memory;
  }

  /** Goes on where the last ingest ended; nothing to do where no rule is over several events. */
  static async open(
    store: Store,
    engine: SequenceEngine,
    ledger: EvictionLedger,
    memory?: number,
  ): Promise<SequenceRunner | undefined> {
    if (engine.rules.length === 0) {
      return undefined;
    }
    const run = engine.start(await store.engineState.all(SCOPE), { memory });
    return new SequenceRunner(store, engine, run, ledger, memory);
  }

  /**
   * Events in the order of their arrival, inside the write that stored them: those that match something with what they
   * match, of the others the time. Returns how many alerts they raised.
   */
  async take(
    transaction: StoreTransaction,
    arrived: Iterable<ArrivedEvent>,
    processOf: AppliedEvents["processOf"],
    exceptions: ActiveExceptions,
    now: number,
  ): Promise<number> {
    const hidden: HiddenEvent[] = [];
    const findings: SequenceFinding[] = [];
    const events = new Map<string, MatchedEvent>();
    for (const { id, time, matched } of arrived) {
      if (matched === undefined) {
        findings.push(...this.#run.take({ id, time }, []));
        continue;
      }
      events.set(id, matched);
      findings.push(
        ...this.#run.take(
          { id, time },
          matched.stages,
          hidesFrom(exceptions, matched, "member", { processOf, hidden }),
        ),
      );
    }
    await countHidden(transaction.exceptions, hidden);
    const members = memberSource(this.#store, { byId: events, processOf });
    const alerts = await raiseSequences(transaction, findings, members, exceptions, now);
    await this.#save(transaction, now);
    return alerts;
  }

  /**
   * At the end of an ingest: looks again where events were late, and completes what waited for an event to stay away until
   * a time that has passed. Returns how many alerts that raised.
   */
  async finish(now: number): Promise<number> {
    const exceptions = activeExceptions(await this.#store.exceptions.all(), now);
    let alerts = 0;
    const late = this.#run.late();
    if (late.length > 0) {
      const engine = this.#engine.only(late.map(({ rule }) => rule));
      const again = engine.start([], { memory: this.#memory });
      const since = new Map(late.map(({ rule, plan, from }) => [rule.id, from - spanOf(plan)]));
      const condition = or(...late.map(({ plan }) => anyStage(plan)));
      const from = Math.min(...late.map(({ plan, from: first }) => first - 2 * spanOf(plan)));
      for await (const batch of this.#store.events.scan({ condition, from })) {
        // Hidden events were counted when they arrived.
        const findings = batch.flatMap((event) =>
          again.take(event, engine.match(event.fields), hidesFrom(exceptions, { event }, "member")),
        );
        alerts += await this.#raise(
          findings.filter((finding) => startOf(finding) >= (since.get(finding.rule.id) ?? 0)),
          exceptions,
          now,
        );
      }
      this.#evictedAgain.push(again.evicted);
      this.#run.adopt(
        again,
        late.map(({ rule }) => rule),
        from,
      );
    }
    alerts += await this.#raise(this.#run.passTime(now), exceptions, now);
    await this.#store.write((transaction) => this.#save(transaction, now));
    return alerts;
  }

  async #save({ engineState }: Pick<StoreTransaction, "engineState">, now: number): Promise<void> {
    await engineState.save(SCOPE, this.#run.changes());
    await this.#ledger.save(engineState, this.#evicted(), now);
  }

  #evicted(): ReadonlyMap<string, number> {
    return addUp([this.#run.evicted, ...this.#evictedAgain]);
  }

  /** What the bound on memory cost, if anything. */
  problem(): Problem | undefined {
    const evicted = totalOf(this.#evicted());
    return evicted === 0
      ? undefined
      : {
          code: "ingest.sequences-evicted",
          message: `${evicted} begun sequences were given up because too many were open at once; rules over several events may have missed something`,
          remedy: "Raise STEMMA_SEQUENCE_MEMORY, or load fewer rules over several events.",
        };
  }

  async #raise(findings: readonly SequenceFinding[], exceptions: ActiveExceptions, now: number) {
    let alerts = 0;
    for (let start = 0; start < findings.length; start += PAGE) {
      const page = findings.slice(start, start + PAGE);
      alerts += await this.#store.write((transaction) =>
        raiseSequences(transaction, page, memberSource(this.#store), exceptions, now),
      );
    }
    return alerts;
  }
}

function startOf({ members }: SequenceFinding): number {
  return members[0]?.time ?? Number.NEGATIVE_INFINITY;
}

/** How far around late events is looked again for rules that say nothing about time, in milliseconds. */
const DAY = 86_400_000;

/** How far the events of one finding can lie apart, or are looked for at least. */
function spanOf(plan: SequencePlan): number {
  return (plan.kind === "sequence" ? plan.maxspan : plan.window) ?? DAY;
}
