import type { Problem } from "#contracts/problem";
import type { ActiveException } from "../alerts/raise.ts";
import { activeExceptions } from "../alerts/raise.ts";
import { type MemberSource, raiseSequences } from "../alerts/raise-sequences.ts";
import { or } from "../condition/tree.ts";
import type { Rule } from "../detection/rule.ts";
import type { SequenceEngine, SequenceFinding, SequenceRun, StageMatch } from "../detection/sequence/engine.ts";
import { anyStage, type SequencePlan } from "../detection/sequence/plan.ts";
import type { StemmaEvent } from "../event/event.ts";
import { appliesTo } from "../exceptions/condition.ts";
import type { Absorbed } from "../lineage/absorb.ts";
import type { Store, StoreTransaction } from "../store/port.ts";

const SCOPE = "sequences";
/** Findings raised in one write. */
const PAGE = 200;

/** A new event; `matched` where it matches a stage of some rule. */
export interface Arrived {
  readonly id: string;
  readonly time: number;
  readonly matched: { readonly event: StemmaEvent; readonly stages: readonly StageMatch[] } | undefined;
}

/** An event that an exception has taken out of a rule's sequences. */
interface Excepted {
  readonly record: ActiveException["record"];
  readonly ruleId: string;
  readonly event: StemmaEvent;
}

/**
 * Carries the rules over several events through one ingest. Events are taken in the order of their arrival; what is begun
 * is saved in the write that stored the events, so a kill loses and doubles nothing. Events that arrive later than newer
 * ones are noted, and at the end the stored events from there on are looked at again in the order of time, by the same
 * engine: what was found stays, what was missed is found.
 */
export class SequenceWatch {
  readonly #store: Store;
  readonly #engine: SequenceEngine;
  readonly #run: SequenceRun;
  readonly #memory: number | undefined;
  #evicted = 0;

  private constructor(store: Store, engine: SequenceEngine, run: SequenceRun, memory: number | undefined) {
    this.#store = store;
    this.#engine = engine;
    this.#run = run;
    this.#memory = memory;
  }

  /** Goes on where the last ingest ended; nothing to do where no rule is over several events. */
  static async open(store: Store, engine: SequenceEngine, memory?: number): Promise<SequenceWatch | undefined> {
    return engine.rules.length === 0
      ? undefined
      : new SequenceWatch(store, engine, engine.start(await store.engineState.all(SCOPE), { memory }), memory);
  }

  /**
   * Events in the order of their arrival, inside the write that stored them: those that match something with what they
   * match, of the others the time. Returns how many alerts they raised.
   */
  async take(
    transaction: StoreTransaction,
    arrived: Iterable<Arrived>,
    processOf: Absorbed["processOf"],
    exceptions: readonly ActiveException[],
    now: number,
  ): Promise<number> {
    const excepted: Excepted[] = [];
    const findings: SequenceFinding[] = [];
    const events = new Map<string, StemmaEvent>();
    for (const { id, time, matched } of arrived) {
      if (matched === undefined) {
        findings.push(...this.#run.take({ id, time }, []));
        continue;
      }
      events.set(id, matched.event);
      const isExcepted = except(matched.event, exceptions, excepted);
      findings.push(...this.#run.take({ id, time }, matched.stages, isExcepted));
    }
    for (const { record, ruleId, event } of excepted) {
      const subject = processOf.get(event.id) ?? event.id;
      await transaction.exceptions.addHit(record.id, { ruleId, subject, eventId: event.id, time: event.time });
    }
    const alerts = await raiseSequences(transaction, findings, this.#members(events, processOf), exceptions, now);
    await transaction.engineState.save(SCOPE, this.#run.changes());
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
        const findings = batch.flatMap((event) =>
          again.take(event, engine.match(event.fields), except(event, exceptions, [])),
        );
        alerts += await this.#raise(
          findings.filter((finding) => startOf(finding) >= (since.get(finding.rule.id) ?? 0)),
          exceptions,
          now,
        );
      }
      this.#evicted += again.evicted;
      this.#run.adopt(
        again,
        late.map(({ rule }) => rule),
        from,
      );
    }
    alerts += await this.#raise(this.#run.passTime(now), exceptions, now);
    await this.#store.write(({ engineState }) => engineState.save(SCOPE, this.#run.changes()));
    return alerts;
  }

  /** What the bound on memory cost, if anything. */
  problem(): Problem | undefined {
    const evicted = this.#evicted + this.#run.evicted;
    return evicted === 0
      ? undefined
      : {
          code: "sequences-evicted",
          message: `${evicted} begun sequences were given up because too many were open at once; rules over several events may have missed something`,
          remedy: "Raise STEMMA_SEQUENCE_MEMORY, or load fewer rules over several events.",
        };
  }

  async #raise(findings: readonly SequenceFinding[], exceptions: readonly ActiveException[], now: number) {
    let alerts = 0;
    for (let start = 0; start < findings.length; start += PAGE) {
      const page = findings.slice(start, start + PAGE);
      alerts += await this.#store.write((transaction) =>
        raiseSequences(transaction, page, this.#members(new Map(), new Map()), exceptions, now),
      );
    }
    return alerts;
  }

  #members(byId: ReadonlyMap<string, StemmaEvent>, processOf: Absorbed["processOf"]): MemberSource {
    return {
      event: async (id) => byId.get(id) ?? this.#store.events.get(id),
      processKeyOf: async (event) =>
        processOf.get(event.id) ?? (byId.has(event.id) ? undefined : (await this.#store.lineage.processOf(event))?.key),
    };
  }
}

/** Whether an enforced exception takes the event out of a rule; each that does is noted. */
function except(
  event: StemmaEvent,
  exceptions: readonly ActiveException[],
  noted: Excepted[],
): (rule: Rule) => boolean {
  const matching = exceptions.filter(({ record, matches }) => record.mode === "enforced" && matches(event));
  return (rule) => {
    const [first] = matching.filter(({ record }) => appliesTo(record, rule.id));
    if (first !== undefined) {
      noted.push({ record: first.record, ruleId: rule.id, event });
    }
    return first !== undefined;
  };
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
