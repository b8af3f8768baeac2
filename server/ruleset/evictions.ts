import { z } from "zod";
import type { RuleEvictions } from "#contracts/rule";
import type { EngineStateReader, EngineStateWriter } from "../store/engine-state/port.ts";

const SCOPE = "evictions";

const kept = z.object({
  count: z.number(),
  /** Epoch milliseconds. */
  last: z.number(),
});
type Kept = Readonly<z.infer<typeof kept>>;

async function readAll(engineState: EngineStateReader): Promise<ReadonlyMap<string, Kept>> {
  const rows = await engineState.all(SCOPE);
  return new Map(rows.map(([ruleId, value]) => [ruleId, kept.parse(JSON.parse(value))]));
}

/** Partial matches evicted by rule because the memory was full, over all ingests. */
export async function evictionsOf(engineState: EngineStateReader): Promise<ReadonlyMap<string, RuleEvictions>> {
  return new Map([...(await readAll(engineState))].map(([ruleId, one]) => [ruleId, evictionsInWords(one)]));
}

function evictionsInWords({ count, last }: Kept): RuleEvictions {
  const at = `${new Date(last).toISOString().slice(0, 16).replace("T", " at ")} UTC`;
  return {
    count,
    last: new Date(last).toISOString(),
    sentence:
      `Partial matches of this rule were evicted ${count === 1 ? "once" : `${count.toLocaleString("en")} times`}, last on ${at}, ` +
      "because the memory for rules about several events was full. Later events could not complete them, so alerts may be missing. " +
      "Raise STEMMA_SEQUENCE_MEMORY, or disable rules about several events that match too often; stemma rules report --run counts matches in stored events.",
  };
}

/** Adds up evictions over ingests, in the same writes as the engine state. */
export class EvictionLedger {
  readonly #before: ReadonlyMap<string, Kept>;
  readonly #saved = new Map<string, number>();

  private constructor(before: ReadonlyMap<string, Kept>) {
    this.#before = before;
  }

  static async open(engineState: EngineStateReader): Promise<EvictionLedger> {
    return new EvictionLedger(await readAll(engineState));
  }

  /** `counts` since the ledger was opened, by rule; `now` in epoch milliseconds. */
  async save(engineState: EngineStateWriter, counts: ReadonlyMap<string, number>, now: number): Promise<void> {
    const rows = [...counts]
      .filter(([ruleId, count]) => this.#saved.get(ruleId) !== count)
      .map(([ruleId, count]) => {
        this.#saved.set(ruleId, count);
        const value: Kept = { count: count + (this.#before.get(ruleId)?.count ?? 0), last: now };
        return { name: ruleId, value: JSON.stringify(value) };
      });
    if (rows.length > 0) {
      await engineState.save(SCOPE, rows);
    }
  }
}

export function addUp(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [ruleId, count] of counts.flatMap((one) => [...one])) {
    sums.set(ruleId, (sums.get(ruleId) ?? 0) + count);
  }
  return sums;
}

export function totalOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
