import type { Fields } from "#contracts/event";
import type { KindSupport, RuleSources } from "#contracts/rule-structure";
import { computedFields } from "../condition/computed-fields.ts";
import { conjunctsOf, fieldsOf } from "../condition/fields.ts";
import type { Condition } from "../condition/tree.ts";
import { graphFields } from "../detection/graph-fields.ts";
import { outcomes } from "../detection/outcomes.ts";
import type { Rule } from "../detection/rule.ts";
import { neededEvents } from "../detection/rule-events.ts";
import { kindFields, type RecordKind, recordKinds } from "../event/record-kinds.ts";
import { capitalised } from "../lib/capitalised.ts";
import { lackOf, TELLING } from "./lacking.ts";
import type { SeenFields } from "./seen-fields.ts";

/** An event type with the fields that its events can have, by the mapping and by the sampled events. */
interface Kind {
  readonly source: string;
  readonly code: string;
  readonly constant: Fields;
  readonly mapped: ReadonlySet<string>;
  readonly seen: ReadonlySet<string>;
  readonly events: number;
}

/** The event types that can satisfy each stage of a rule, and the fields that others lack. See docs/decisions/0016. */
export function dataSourceCoverageOf(rule: Rule, seen: SeenFields): RuleSources {
  const kinds = kindsOf(seen);
  const stages = neededEvents(rule).map(({ title, condition }) => ({
    title,
    kinds: merged(kinds.flatMap((kind) => supportOf(condition, kind) ?? [])),
  }));
  return { stages, ...summary(rule, stages, seen), sampled: seen.sampled, stored: seen.stored };
}

/** Merges event types that the rule cannot distinguish; stored ones that can satisfy it come first. */
function merged(kinds: readonly KindSupport[]): KindSupport[] {
  const alike = Map.groupBy(kinds, (kind) => JSON.stringify([nameOf(kind), kind.verdict, kind.lacks, kind.blind]));
  return [...alike.values()]
    .flatMap((some) => {
      const [first] = some;
      return first === undefined ? [] : [{ ...first, seen: some.reduce((sum, { seen }) => sum + seen, 0) }];
    })
    .toSorted(
      (left, right) => Number(right.verdict === "yes") - Number(left.verdict === "yes") || right.seen - left.seen,
    );
}

function summary(
  rule: Rule,
  stages: RuleSources["stages"],
  seen: SeenFields,
): Pick<RuleSources, "loaded" | "sentence" | "lack"> {
  if (rule.body.kind === "not-evaluable") {
    return { loaded: "not evaluable", sentence: `Not evaluable: ${rule.body.reason}.` };
  }
  if (seen.stored === 0) {
    return { loaded: "nothing stored", sentence: "No events stored yet." };
  }
  for (const { title, condition } of neededEvents(rule)) {
    const lack = lackOf(condition, seen, rule.streams);
    if (lack !== undefined) {
      const loaded = lack.what === "field" ? "lacks fields" : "no such records";
      return { loaded, sentence: `${capitalised(title)}: ${lack.text}.`, lack };
    }
  }
  const sources = [...new Set(stages.flatMap(({ kinds }) => kinds.filter(isLoaded).map(nameOf)))];
  return { loaded: "yes", sentence: `Stored events can satisfy this rule: ${sources.slice(0, 6).join(", ")}.` };
}

const isLoaded = (kind: KindSupport) => kind.seen > 0 && kind.verdict === "yes";
const nameOf = ({ source, code }: Pick<KindSupport, "source" | "code">) => `${source} ${code}`.trim();

/** Sampled event types with the fields that their mapping adds, and types known only to the mappings. */
function kindsOf({ kinds }: SeenFields): readonly Kind[] {
  const known = new Map<string, RecordKind>(recordKinds.map((kind) => [nameOf(kind), kind]));
  const seen = kinds.map(
    (kind): Kind => ({ ...kind, seen: kind.fields, mapped: known.get(nameOf(kind))?.fields ?? new Set() }),
  );
  const names = new Set(kinds.map(nameOf));
  const unseen = recordKinds
    .filter((kind) => !names.has(nameOf(kind)))
    .map((kind): Kind => ({ ...kind, mapped: kind.fields, seen: new Set(), events: 0 }));
  return [...seen, ...unseen];
}

/** `undefined` for an event type that the rule would not match with any fields. */
function supportOf(condition: Condition, kind: Kind): KindSupport | undefined {
  const conjuncts = conjunctsOf(condition);
  if (!conjuncts.every((conjunct) => outcomes(conjunct, kind, () => true).canHold)) {
    return undefined;
  }
  const has = (field: string) => graphFields.has(field) || basisOf(field, kind) !== "none";
  const failing = conjuncts.filter((conjunct) => !outcomes(conjunct, kind, has).canHold);
  const absent = (part: Condition) => fieldsOf(part).filter((field) => !has(field));
  const lacks = [...new Set(failing.flatMap(absent))].sort();
  const blind = [...new Set(conjuncts.filter((one) => one.kind !== "not").flatMap(absent))]
    .filter((field) => !lacks.includes(field))
    .sort();
  return {
    source: kind.source,
    code: kind.code,
    action: String(kind.constant["event.action"] ?? ""),
    verdict: failing.length === 0 ? "yes" : "lacks fields",
    lacks,
    blind,
    fields: fieldsOf(condition)
      .filter((field) => !kindFields.includes(field))
      .map((field) => ({ field, basis: basisOf(field, kind) })),
    seen: kind.events,
  };
}

function basisOf(field: string, kind: Kind): "seen" | "mapping" | "none" {
  const { seen, mapped, constant, events } = kind;
  const from = computedFields.get(field)?.from.map((one) => basisOf(one, kind));
  if (from !== undefined) {
    return from.find((basis) => basis === "seen") ?? from.find((basis) => basis === "mapping") ?? "none";
  }
  if (seen.has(field) || constant[field] !== undefined) {
    return "seen";
  }
  if (kindFields.includes(field)) {
    return "none";
  }
  if (mapped.has(field) || field.includes("*")) {
    return "mapping";
  }
  // Raw record values are not in the catalogue, so only samples can show that one never occurs.
  return field.startsWith("winlog.event_data.") && events < TELLING ? "mapping" : "none";
}
