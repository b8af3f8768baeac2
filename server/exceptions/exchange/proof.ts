import type { ExceptionRecord } from "#contracts/exception";
import type { ExchangeProof } from "#contracts/exception-exchange";
import type { WorkProgress } from "#contracts/work";
import type { AlertRecord } from "../../alert/record.ts";
import { evidenceOf } from "../../alerting/evidence.ts";
import { contextsOf } from "../../alerting/lineage-contexts.ts";
import type { Rule } from "../../detection/rule.ts";
import { compileException, type ExceptedEvent } from "../../exception/active.ts";
import { noLineage } from "../../exception/lineage-context.ts";
import type { ListLookup } from "../../exception/lists.ts";
import { appliesTo, ruleIdsInScope } from "../../exception/scope.ts";
import type { Store } from "../../store/port.ts";
import { judgedMalicious } from "../malicious.ts";

/** Newest alerts that a proof looks at. */
const mostAlerts = 2_000;
/** Alerts whose events are looked up together. */
const partSize = 100;
/** Alerts that a proof names. */
const mostNamed = 20;

/** An exported text as it is read again. */
export interface Candidate {
  readonly record: ExceptionRecord;
  /** Whether the text hides an event that the rule found. */
  readonly hides: (rule: string, event: ExceptedEvent) => boolean;
}

interface Tally {
  readonly positives: { tested: number; hidden: number };
  readonly negatives: { tested: number; hidden: number };
  readonly malicious: { tested: number; hidden: number };
  readonly differing: Set<string>;
}

/**
 * Compares exported texts with their exceptions on the events of the stored alerts of their rules: those that an
 * exception hides, those that it does not, and among both those of alerts judged malicious. One pass over the alerts
 * for all candidates. See docs/decisions/0086.
 */
export async function prove(
  store: Store,
  rules: readonly Rule[],
  candidates: readonly Candidate[],
  lists: ListLookup,
  onProgress?: (progress: WorkProgress) => void,
): Promise<readonly ExchangeProof[]> {
  const scopes = candidates.map(({ record }) => ruleIdsInScope(record, rules));
  const ruleIds = scopes.some((scope) => scope === undefined)
    ? undefined
    : [...new Set(scopes.flatMap((scope) => scope ?? []))];
  const judged = candidates.map(({ record, hides }) => ({ record, hides, active: compileException(record, lists) }));
  const needLineage = judged.some(({ active }) => active.needsLineage);
  const tallies = candidates.map(
    (): Tally => ({
      positives: { tested: 0, hidden: 0 },
      negatives: { tested: 0, hidden: 0 },
      malicious: { tested: 0, hidden: 0 },
      differing: new Set(),
    }),
  );
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const total = candidates.length === 0 ? 0 : (await store.alerts.find({ ruleIds, limit: 1 })).total;
  let tested = 0;
  for await (const part of partsOf(total === 0 ? undefined : store.alerts.each({ ruleIds, order: "newest-first" }))) {
    const contexts = needLineage
      ? await contextsOf(
          store.lineage,
          part.flatMap(({ processKey }) => processKey ?? []),
        )
      : undefined;
    const malicious = await judgedMalicious(store, part, undefined);
    const evidence = await Promise.all(part.map((alert) => evidenceOf(alert, (id) => store.events.get(id))));
    for (const [index, alert] of part.entries()) {
      const rule = byId.get(alert.rule.id) ?? { id: alert.rule.id };
      const lineage = contexts?.get(alert.processKey ?? "") ?? noLineage;
      const events = (evidence[index] ?? []).map(({ event: { fields } }) => ({ fields, lineage }));
      for (const [place, { record, hides, active }] of judged.entries()) {
        const tally = tallies[place];
        if (tally !== undefined && appliesTo(record, rule)) {
          for (const event of events) {
            const pair = { byException: active.matches(event), byText: hides(alert.rule.id, event) };
            count(tally, alert, pair, malicious.has(alert.id));
          }
        }
      }
    }
    tested += part.length;
    onProgress?.({ done: tested, total: Math.min(total, mostAlerts), unit: "alerts" });
  }
  return tallies.map((tally) => proofOf(tally, tested, total));
}

function count(
  tally: Tally,
  alert: AlertRecord,
  { byException, byText }: { readonly byException: boolean; readonly byText: boolean },
  isMalicious: boolean,
): void {
  for (const side of [byException ? tally.positives : tally.negatives, ...(isMalicious ? [tally.malicious] : [])]) {
    side.tested += 1;
    side.hidden += byText ? 1 : 0;
  }
  if (byException !== byText) {
    tally.differing.add(alert.id);
  }
}

function proofOf({ positives, negatives, malicious, differing }: Tally, tested: number, total: number): ExchangeProof {
  const isTested = positives.tested + negatives.tested > 0;
  const cut = tested < total ? ` Tested on the newest ${tested} of ${total} alerts.` : "";
  const bad =
    malicious.tested === 0 ? "" : ` Of events judged malicious it hides ${malicious.hidden} of ${malicious.tested}.`;
  return {
    positives,
    negatives,
    malicious,
    differing: [...differing].slice(0, mostNamed),
    verdict: !isTested ? "untested" : differing.size === 0 ? "equal" : "differs",
    sentence: isTested
      ? `Hides ${positives.hidden} of ${positives.tested} events that the exception hides, and ` +
        `${negatives.hidden} of ${negatives.tested} others of its rules.${bad}${cut}`
      : "No stored alert of its rules to test it on.",
  };
}

async function* partsOf(alerts: AsyncIterable<AlertRecord> | undefined): AsyncGenerator<readonly AlertRecord[]> {
  if (alerts === undefined) {
    return;
  }
  let part: AlertRecord[] = [];
  let taken = 0;
  for await (const alert of alerts) {
    part.push(alert);
    taken += 1;
    if (part.length === partSize || taken === mostAlerts) {
      yield part;
      part = [];
    }
    if (taken === mostAlerts) {
      return;
    }
  }
  if (part.length > 0) {
    yield part;
  }
}
