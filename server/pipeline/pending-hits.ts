import type { Problem } from "#contracts/problem";
import { withGraphFields } from "../alerting/graph-event.ts";
import { type Raised, raise } from "../alerting/raise.ts";
import type { Detector, Hit } from "../detection/rule.ts";
import { activeExceptions } from "../exception/active.ts";
import type { Store, StoreTransaction } from "../store/port.ts";

const SCOPE = "tentative";
/** Hits looked at in one write. */
const PAGE = 200;
/** Hits that wait for the graph from one ingest to the next; more are given up, the first ones first. */
const mostWaiting = 20_000;

/**
 * Hits of rules that ask for what only the process graph knows. They are noted in the write that stored their events, and
 * decided at the end of the ingest, when the graph has taken everything in. What the graph cannot tell then waits for the
 * next ingest, which may bring the missing process.
 */
export class PendingHits {
  readonly #store: Store;
  readonly #detector: Detector;
  #givenUp = 0;

  constructor(store: Store, detector: Detector) {
    this.#store = store;
    this.#detector = detector;
  }

  /** Notes hits, inside the write that stored their events. */
  async take(transaction: Pick<StoreTransaction, "engineState">, hits: readonly Hit[]): Promise<void> {
    if (hits.length > 0) {
      const rows = hits.map(({ rule, event }) => ({ name: JSON.stringify([rule.id, event.id]), value: "" }));
      await transaction.engineState.save(SCOPE, rows);
    }
  }

  /** Decides what has been noted. */
  async settle(now: number): Promise<Raised> {
    const rows = await this.#store.engineState.all(SCOPE);
    const exceptions = activeExceptions(await this.#store.exceptions.all(), now);
    let [alerts, suppressed, waiting] = [0, 0, 0];
    for (let start = 0; start < rows.length; start += PAGE) {
      const decided: string[] = [];
      const hits: Hit[] = [];
      const processOf = new Map<string, string>();
      for (const [name] of rows.slice(start, start + PAGE)) {
        const outcome = await this.#decide(name);
        if (outcome === "open" && waiting < mostWaiting) {
          waiting += 1;
          continue;
        }
        this.#givenUp += outcome === "open" ? 1 : 0;
        decided.push(name);
        if (outcome !== "open" && outcome !== "no") {
          hits.push(outcome.hit);
          if (outcome.processKey !== undefined) {
            processOf.set(outcome.hit.event.id, outcome.processKey);
          }
        }
      }
      if (decided.length > 0) {
        const raised = await this.#store.write(async (transaction) => {
          const gone = decided.map((name) => ({ name, value: undefined }));
          await transaction.engineState.save(SCOPE, gone);
          const found = {
            hits,
            applied: { processOf, rekeyed: new Map() },
            eventOf: (id: string) => this.#store.events.get(id),
          };
          return raise(transaction, found, exceptions, now);
        });
        alerts += raised.alerts;
        suppressed += raised.suppressed;
      }
    }
    return { alerts, suppressed };
  }

  /** What the bound on waiting hits cost, if anything. */
  problem(): Problem | undefined {
    return this.#givenUp === 0
      ? undefined
      : {
          code: "ingest.parents-not-found",
          message: `${this.#givenUp} hits of rules about the parent's parent were given up, because the graph does not know it of too many processes`,
          remedy: "Ingest the records of the processes that started before.",
        };
  }

  async #decide(name: string): Promise<{ readonly hit: Hit; readonly processKey: string | undefined } | "no" | "open"> {
    const [ruleId, eventId] = namesOf(name);
    const rule = this.#detector.byId.get(ruleId);
    const stored = await this.#store.events.get(eventId);
    if (rule === undefined || stored === undefined) {
      return "no";
    }
    const { event, processKey, known } = await withGraphFields(this.#store.lineage, stored);
    const hit = this.#detector.confirm(rule, event);
    return hit === undefined ? (known ? "no" : "open") : { hit, processKey };
  }
}

function namesOf(name: string): readonly [ruleId: string, eventId: string] {
  const names: unknown = JSON.parse(name);
  const [ruleId, eventId] = Array.isArray(names) ? names : [];
  return [String(ruleId), String(eventId)];
}
