import type { Problem } from "#contracts/problem";
import { exceptionsInForce } from "../alerting/exceptions-in-force.ts";
import { lineageInWrite, storedLineage } from "../alerting/lineage-contexts.ts";
import { raiseSequences } from "../alerting/raise-sequences.ts";
import { or } from "../condition/tree.ts";
import type { InputMatch } from "../detection/correlation/engine.ts";
import type { Detector } from "../detection/rule.ts";
import type { StageMatch } from "../detection/sequence/engine.ts";
import { anyStageCondition, type SequencePlan } from "../detection/sequence/plan.ts";
import type { SequenceFinding, SequenceRun } from "../detection/sequence/run.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { ActiveExceptions } from "../exception/active.ts";
import { pauseUnlessAborted } from "../lib/pause.ts";
import type { AppliedEvents } from "../lineage/apply-events.ts";
import { addUp, type EvictionLedger, totalOf } from "../ruleset/evictions.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import type { CountedWrite } from "./counted-write.ts";
import { countHidden, type HiddenEvent, hidesFrom, lineageOf, memberSource, withKnown } from "./members.ts";

const SCOPE = "sequences";
/** Findings raised per write. */
const PAGE = 200;

/** A new event; `matched` is defined if it matches a part of a rule over several or many events. */
export interface ArrivedEvent {
  readonly id: string;
  readonly time: number;
  readonly matched: MatchedEvent | undefined;
}

/** An event with the stages of sequences and the inputs of correlations that it matches. */
export interface MatchedEvent {
  /** Unpacked on access, which is rare. */
  readonly event: StemmaEvent;
  readonly stages: readonly StageMatch[];
  readonly inputs: readonly InputMatch[];
}

/**
 * Runs the rules over several events during one ingest. Events are processed in the order of their arrival. The state
 * of open sequences is saved in the write that stores the events, so that a killed process loses and duplicates
 * nothing. If events arrived after newer ones, the stored events from there on are scanned again at the end, in the
 * order of time: findings remain, and those that were missed are added. See docs/decisions/0010.
 */
export class SequenceRunner {
  readonly #store: Store;
  readonly #detector: Pick<Detector, "byId" | "sequences">;
  readonly #run: SequenceRun;
  readonly #memory: number | undefined;
  readonly #ledger: EvictionLedger;
  /** Evictions of the runs that scanned events again. */
  readonly #evictedInRescans: ReadonlyMap<string, number>[] = [];

  private constructor(
    store: Store,
    detector: Pick<Detector, "byId" | "sequences">,
    run: SequenceRun,
    ledger: EvictionLedger,
    memory: number | undefined,
  ) {
    this.#store = store;
    this.#ledger = ledger;
    this.#detector = detector;
    this.#run = run;
    this.#memory = memory;
  }

  /** Restores the state of the last ingest. Undefined if no rule is over several events. */
  static async open(
    store: Store,
    detector: Pick<Detector, "byId" | "sequences">,
    ledger: EvictionLedger,
    memory?: number,
  ): Promise<SequenceRunner | undefined> {
    const { sequences: engine } = detector;
    if (engine.rules.length === 0) {
      return undefined;
    }
    const run = engine.start(await store.engineState.all(SCOPE), { memory });
    return new SequenceRunner(store, detector, run, ledger, memory);
  }

  /**
   * Processes events in the order of their arrival, in the write that stores them. Of events without a match only the
   * time matters. Returns how many alerts are new.
   */
  async process(
    transaction: StoreTransaction,
    arrived: Iterable<ArrivedEvent>,
    processOf: AppliedEvents["processOf"],
    exceptions: ActiveExceptions,
    now: number,
  ): Promise<number> {
    const hidden: HiddenEvent[] = [];
    const findings: SequenceFinding[] = [];
    const events = new Map<string, MatchedEvent>();
    const all = [...arrived];
    const { rules } = this.#detector.sequences;
    const lineage = await lineageOf(
      all.flatMap(({ matched }) => matched ?? []),
      exceptions,
      ({ stages }) => stages.flatMap(({ rule }) => rules[rule] ?? []),
      lineageInWrite(transaction.lineage, ({ id }) => processOf.get(id)),
    );
    for (const { id, time, matched } of all) {
      if (matched === undefined) {
        findings.push(...this.#run.apply({ id, time }, []));
        continue;
      }
      events.set(id, matched);
      findings.push(
        ...this.#run.apply(
          { id, time },
          matched.stages,
          hidesFrom(exceptions, withKnown(matched, lineage.get(id)), "member", { processOf, hidden }),
        ),
      );
    }
    await countHidden(transaction.exceptions, hidden, now);
    const members = memberSource(this.#store, { byId: events, processOf });
    const alerts = await raiseSequences(transaction, findings, members, exceptions, now);
    await this.#save(transaction, now);
    return alerts;
  }

  /**
   * At the end of an ingest: scans again where events were late, and completes sequences that end with the absence of
   * an event until a time that has passed.
   */
  async finish(write: CountedWrite, now: number, signal?: AbortSignal): Promise<void> {
    const exceptions = await exceptionsInForce(this.#store, this.#detector, now);
    const late = this.#run.lateRules();
    if (late.length > 0) {
      const engine = this.#detector.sequences.restrictTo(late.map(({ rule }) => rule));
      const again = engine.start([], { memory: this.#memory });
      const since = new Map(late.map(({ rule, plan, from }) => [rule.id, from - spanOf(plan)]));
      const condition = or(...late.map(({ plan }) => anyStageCondition(plan)));
      const from = Math.min(...late.map(({ plan, from: first }) => first - 2 * spanOf(plan)));
      for await (const batch of this.#store.events.scan({ condition, from })) {
        await pauseUnlessAborted(signal);
        // Hidden events were counted when they arrived.
        const lineage = await lineageOf(
          batch.map((event) => ({ event })),
          exceptions,
          () => engine.rules,
          storedLineage(this.#store.lineage),
        );
        const findings = batch.flatMap((event) => {
          const excepted = withKnown({ event }, lineage.get(event.id));
          return again.apply(event, engine.match(event.fields), hidesFrom(exceptions, excepted, "member"));
        });
        await this.#raise(
          write,
          findings.filter((finding) => startOf(finding) >= (since.get(finding.rule.id) ?? 0)),
          exceptions,
          now,
          signal,
        );
      }
      this.#evictedInRescans.push(again.evicted);
      this.#run.adopt(
        again,
        late.map(({ rule }) => rule),
        from,
      );
    }
    await this.#raise(write, this.#run.advanceTime(now), exceptions, now, signal);
    await this.#store.write((transaction) => this.#save(transaction, now));
  }

  async #save({ engineState }: Pick<StoreTransaction, "engineState">, now: number): Promise<void> {
    await engineState.save(SCOPE, this.#run.changes());
    await this.#ledger.save(engineState, this.#evicted(), now);
  }

  #evicted(): ReadonlyMap<string, number> {
    return addUp([this.#run.evicted, ...this.#evictedInRescans]);
  }

  /** The number of sequences dropped because of the memory limit, if any. */
  problem(): Problem | undefined {
    const evicted = totalOf(this.#evicted());
    return evicted === 0
      ? undefined
      : {
          code: "ingest.sequences-evicted",
          message: `${evicted} open sequences were dropped because too many were open at once; rules over several events may have missed findings`,
          remedy: "Raise STEMMA_SEQUENCE_MEMORY, or load fewer rules over several events.",
        };
  }

  async #raise(
    write: CountedWrite,
    findings: readonly SequenceFinding[],
    exceptions: ActiveExceptions,
    now: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (let start = 0; start < findings.length; start += PAGE) {
      await pauseUnlessAborted(signal);
      const page = findings.slice(start, start + PAGE);
      await write(async (transaction) => ({
        alerts: await raiseSequences(transaction, page, memberSource(this.#store), exceptions, now),
        suppressed: 0,
      }));
    }
  }
}

function startOf({ members }: SequenceFinding): number {
  return members[0]?.time ?? Number.NEGATIVE_INFINITY;
}

/** How far around late events is scanned again for rules without a time span, in milliseconds. */
const DAY = 86_400_000;

/** The longest time between the first and the last event of a finding. */
export function spanOf(plan: SequencePlan): number {
  return (plan.kind === "sequence" ? plan.maxspan : plan.window) ?? DAY;
}
