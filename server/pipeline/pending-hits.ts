import type { Problem } from "#contracts/problem";
import { exceptionsInForce } from "../alerting/exceptions-in-force.ts";
import { withGraphFields } from "../alerting/graph-event.ts";
import { raise } from "../alerting/raise.ts";
import type { Detector, Hit } from "../detection/rule.ts";
import { pauseUnlessAborted } from "../lib/pause.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import type { CountedWrite } from "./counted-write.ts";

const SCOPE = "tentative";
/** Hits decided per write. */
const PAGE = 200;
/** Undecided hits that are kept for the next ingest; further ones are dropped. */
const waitingLimit = 20_000;

/**
 * Hits of rules with conditions on the process graph. They are saved in the write that stores their events, and decided
 * at the end of the ingest, when the graph is complete. A hit whose process is still missing from the graph waits for
 * the next ingest. See docs/decisions/0014.
 */
export class PendingHits {
  readonly #store: Store;
  readonly #detector: Detector;
  #dropped = 0;

  constructor(store: Store, detector: Detector) {
    this.#store = store;
    this.#detector = detector;
  }

  /** Saves hits in the write that stores their events. */
  async add(transaction: Pick<StoreTransaction, "engineState">, hits: readonly Hit[]): Promise<void> {
    if (hits.length > 0) {
      const rows = hits.map(({ rule, event }) => ({ name: JSON.stringify([rule.id, event.id]), value: "" }));
      await transaction.engineState.save(SCOPE, rows);
    }
  }

  /** Decides the saved hits and raises alerts for those that are confirmed. */
  async settle(write: CountedWrite, now: number, signal?: AbortSignal): Promise<void> {
    const rows = await this.#store.engineState.all(SCOPE);
    const exceptions = await exceptionsInForce(this.#store, this.#detector, now);
    let waiting = 0;
    for (let start = 0; start < rows.length; start += PAGE) {
      await pauseUnlessAborted(signal);
      const decided: string[] = [];
      const hits: Hit[] = [];
      const processOf = new Map<string, string>();
      for (const [name] of rows.slice(start, start + PAGE)) {
        const outcome = await this.#decide(name);
        if (outcome === "undecided" && waiting < waitingLimit) {
          waiting += 1;
          continue;
        }
        this.#dropped += outcome === "undecided" ? 1 : 0;
        decided.push(name);
        if (outcome !== "undecided" && outcome !== "rejected") {
          hits.push(outcome.hit);
          if (outcome.processKey !== undefined) {
            processOf.set(outcome.hit.event.id, outcome.processKey);
          }
        }
      }
      if (decided.length > 0) {
        await write(async (transaction) => {
          const removed = decided.map((name) => ({ name, value: undefined }));
          await transaction.engineState.save(SCOPE, removed);
          const found = {
            hits,
            applied: { processOf, rekeyed: new Map() },
            eventOf: (id: string) => this.#store.events.get(id),
          };
          return raise(transaction, found, exceptions, now);
        });
      }
    }
  }

  /** The number of hits dropped because too many were waiting, if any. */
  problem(): Problem | undefined {
    return this.#dropped === 0
      ? undefined
      : {
          code: "ingest.parents-not-found",
          message: `${this.#dropped} hits of rules on the grandparent process were dropped, because it is unknown for too many processes`,
          remedy: "Ingest records from before these processes started.",
        };
  }

  async #decide(
    name: string,
  ): Promise<{ readonly hit: Hit; readonly processKey: string | undefined } | "rejected" | "undecided"> {
    const [ruleId, eventId] = namesOf(name);
    const rule = this.#detector.byId.get(ruleId);
    const stored = await this.#store.events.get(eventId);
    if (rule === undefined || stored === undefined) {
      return "rejected";
    }
    const { event, processKey, known } = await withGraphFields(this.#store.lineage, stored);
    const hit = this.#detector.confirm(rule, event);
    return hit === undefined ? (known ? "rejected" : "undecided") : { hit, processKey };
  }
}

function namesOf(name: string): readonly [ruleId: string, eventId: string] {
  const names: unknown = JSON.parse(name);
  const [ruleId, eventId] = Array.isArray(names) ? names : [];
  return [String(ruleId), String(eventId)];
}
