import type { RuleLack } from "#contracts/rule-structure";
import { canHaveField } from "../condition/computed-fields.ts";
import { conjunctsOf, fieldsOf } from "../condition/fields.ts";
import { printEql } from "../condition/print.ts";
import type { Condition } from "../condition/tree.ts";
import { graphFields } from "../detection/graph-fields.ts";
import { outcomes, type Shape } from "../detection/outcomes.ts";
import { anyWindowsRecord, kindFields, recordKinds } from "../event/record-kinds.ts";
import { distinctName, nameOf } from "./kind-name.ts";
import type { SeenFields, SeenKind } from "./seen-fields.ts";
import { streamsOf } from "./streams.ts";

/** A raw record value that is missing in this many sampled events counts as absent. */
export const TELLING = 20;

/** A type of record that the mapping knows, or any other Windows record, with the fields that it can have. */
interface Mapped extends Shape {
  readonly name: string;
  readonly fields: ReadonlySet<string>;
}

const known = recordKinds.map((kind) => ({ ...kind, name: nameOf(kind) }));
/** Windows records of any log: without a mapping of their own they have their own values. */
const unknown: Mapped = { ...anyWindowsRecord, name: "any Windows record" };
const byName = new Map<string, Mapped>(known.map((kind) => [kind.name, kind]));

/** Fields that tell where events come from: what only has to be ingested needs no mapping here. */
const sourceFields: ReadonlySet<string> = new Set([
  "data_stream.dataset",
  "event.dataset",
  "event.module",
  "host.os.type",
]);

/** Fields that tell which class of events is meant: documents of other sources have further ones. */
const classFields: ReadonlySet<string> = new Set(["event.category", "event.kind"]);

/**
 * What keeps stored events from satisfying a condition: the field mappings, which no data would change, or the data;
 * `undefined` where stored events can satisfy it. Of several things that are missing, those are named of the event type
 * that comes nearest. See docs/decisions/0016.
 */
export function lackOf(condition: Condition, seen: SeenFields, streams?: readonly string[]): RuleLack | undefined {
  const lack = untoldLackOf(condition, seen, streams);
  if (lack === undefined) {
    return undefined;
  }
  const { without, apart: _, ...told } = lack;
  return { ...told, text: `${textOfLack(lack)}${without === undefined ? "" : `; ${without}`}` };
}

interface Untold extends Omit<RuleLack, "text"> {
  readonly without?: string | undefined;
  /** Whether stored events have each of the values, but not together. */
  readonly apart?: boolean;
}

function untoldLackOf(
  condition: Condition,
  seen: SeenFields,
  streams: readonly string[] | undefined,
): Untold | undefined {
  const parts = conjunctsOf(condition);
  const sampled = seen.sampled < seen.stored;
  const fails = (kind: Shape, has: (field: string) => boolean) => parts.some(isFailing(kind, has));
  const failing = (kind: Shape, has: (field: string) => boolean) => parts.filter(isFailing(kind, has));
  if (seen.kinds.some((kind) => !fails(kind, hasSeen(kind, sampled)))) {
    return undefined;
  }
  /** The stored event type that comes nearest, with what it lacks. */
  const unfit = (kinds: readonly SeenKind[]): string | undefined => {
    const kind = fewest(kinds, (one) => missing(failing(one, hasSeen(one, sampled)), hasSeen(one, sampled)).length);
    const has = kind && hasSeen(kind, sampled);
    const fields = kind === undefined || has === undefined ? [] : missing(failing(kind, has), has);
    return kind === undefined || fields.length === 0 ? undefined : `${nameOf(kind)} is, without ${fields.join(", ")}`;
  };
  const able = known.filter((kind) => !fails(kind, canHave(kind)));
  const anyRecord = !fails(unknown, canHave(unknown));
  const foreign = parts.filter(
    (part) =>
      fieldsOf(part).some((field) => sourceFields.has(field)) &&
      ![...known, unknown].some((kind) => outcomes(part, kind, everything).canHold),
  );
  if (able.length > 0 || anyRecord || foreign.length > 0) {
    const stored = seen.kinds.filter((kind) => !fails(kind, everything));
    const fitting = stored.filter((kind) => foreign.length > 0 || !fails(kind, hasMapped(kind)));
    const nearest = fewest(
      fitting,
      (kind) => missing(failing(kind, hasSeen(kind, sampled)), hasSeen(kind, sampled)).length,
    );
    if (nearest !== undefined) {
      const has = hasSeen(nearest, sampled);
      return { kind: "data", what: "field", names: missing(failing(nearest, has), has), of: nameOf(nearest), sampled };
    }
    if (able.length > 0) {
      const names = [...new Set(able.map((kind) => distinctName(kind, seen.kinds)))];
      return { kind: "data", what: "record", names, sampled, without: unfit(stored) };
    }
    return {
      kind: "data",
      what: "value",
      sampled,
      ...notStored(foreign.length > 0 ? foreign : aboutType(parts), seen),
    };
  }
  return lackOfRecords(parts, seen, streams);
}

/**
 * What is missing where no Windows record can satisfy the parts. Documents with ECS names are read as they are, so that
 * events of another source can, if the rule is written for one.
 */
function lackOfRecords(parts: readonly Condition[], seen: SeenFields, patterns: readonly string[] | undefined): Untold {
  const sampled = seen.sampled < seen.stored;
  const failing = (kind: Shape, has: (field: string) => boolean) => parts.filter(isFailing(kind, has));
  const others = seen.kinds.filter((kind) => isForeign(kind) && failing(kind, everything).length === 0);
  const lacks = (kind: SeenKind) => missing(failing(kind, hasSeen(kind, sampled)), hasSeen(kind, sampled));
  const other = fewest(others, (kind) => lacks(kind).length);
  if (other !== undefined) {
    return { kind: "data", what: "field", names: lacks(other), of: nameOf(other), sampled };
  }
  const candidates: readonly Mapped[] = [...known, unknown];
  const kind =
    fewest(candidates, (one) => {
      const values = failing(one, everything).length;
      const fields = failing(one, canHave(one)).length - values;
      return 3 * values + fields - (one === unknown ? 0 : 0.5);
    }) ?? unknown;
  const values = failing(kind, everything);
  const nowhere = values.filter((part) => !candidates.some((one) => outcomes(part, one, everything).canHold));
  const fields = values.length > 0 ? [] : missing(failing(kind, canHave(kind)), canHave(kind));
  const tests = nowhere.length > 0 ? nowhere.flatMap((part) => decisive(part, candidates)) : values;
  const names = values.length > 0 ? [...new Set(tests.map(textOf))] : fields;
  const what = values.length > 0 ? "value" : "field";
  const { ofWindows, notStored } = streamsOf(patterns, seen.kinds);
  if (notStored.length > 0 && (!ofWindows || values.length > 0)) {
    const unknownFields = fields.filter((field) => !candidates.some((one) => canHave(one)(field)));
    const none = nowhere.length > 0 ? names : unknownFields;
    const without =
      none.length > 0
        ? `no Windows record has ${listed(none, " or ")}`
        : values.length > 0
          ? `no Windows record has ${listed(names, " and ")} together`
          : `${kind.name}, which comes nearest, lacks ${listed(fields)}`;
    return { kind: "data", what: "stream", names: [...notStored], sampled, without };
  }
  const foreign = nowhere.filter((part) => fieldsOf(part).some((field) => classFields.has(field)));
  if (!ofWindows || foreign.length > 0) {
    return { kind: "data", what, names, sampled, apart: nowhere.length === 0 };
  }
  const of = nowhere.length > 0 ? undefined : kind.name;
  const without = notStored.length > 0 ? `events of ${listed(notStored)} can have it` : undefined;
  return { kind: "mapping", what, names, of, sampled: false, without };
}

/** The comparisons because of which no type can satisfy a part; the whole part where there are no such. */
function decisive(part: Condition, candidates: readonly Shape[]): readonly Condition[] {
  const found = (one: Condition): readonly Condition[] => {
    switch (one.kind) {
      case "compare":
        return candidates.some((kind) => outcomes(one, kind, everything).canHold) ? [] : [one];
      case "and":
        return one.terms.flatMap(found);
      case "or": {
        const terms = one.terms.map(found);
        return terms.every((some) => some.length > 0) ? terms.flat() : [];
      }
      default:
        return [];
    }
  };
  const comparisons = found(part);
  return comparisons.length > 0 ? comparisons : [part];
}

/** The first few, and how many more. */
function listed(names: readonly string[], separator = ", "): string {
  return `${names.slice(0, 4).join(separator)}${names.length > 4 ? ` and ${names.length - 4} more` : ""}`;
}

/** The reason in words. */
function textOfLack(lack: Untold): string {
  const names = listed(lack.names, lack.what === "record" ? " or " : ", ");
  const among = lack.sampled ? "sampled" : "stored";
  if (lack.kind === "mapping") {
    return lack.what === "value" && lack.of === undefined
      ? `our mapping lacks ${names}: it gives no record that value`
      : `our mapping lacks ${names}: ${lack.of}, which comes nearest, does not get ${lack.names.length > 1 ? "them" : "it"}`;
  }
  switch (lack.what) {
    case "record":
      return `your data lacks ${names}: no such event is ${among}`;
    case "value":
      return `your data lacks ${names}: no ${among} event has ${lack.names.length === 1 ? "it" : lack.apart === true ? "them together" : "any of them"}`;
    case "field": {
      const [events, many] = lack.of === undefined ? ["event", "all"] : [`event of ${lack.of}`, "any"];
      return `your data lacks ${names}: no ${among} ${events} has ${lack.names.length > 1 ? `${many} of them` : "it"}`;
    }
    case "stream":
      return `your data lacks events of ${names}, for which the rule is written`;
  }
}

/** Whether no event of a type satisfies a part. */
function isFailing(kind: Shape, has: (field: string) => boolean): (part: Condition) => boolean {
  return (part) => !outcomes(part, kind, has).canHold;
}

const everything = () => true;
/** Whether events of a type are no Windows records. */
const isForeign = ({ constant }: Shape) =>
  constant["winlog.channel"] === undefined && constant["winlog.provider_name"] === undefined;
const isRaw = (field: string) => field.startsWith("winlog.event_data.");

/** What a record of a type can have, whatever is stored. */
function canHave({ fields, constant }: Mapped): (field: string) => boolean {
  const has = (field: string) =>
    graphFields.has(field) ||
    constant[field] !== undefined ||
    (!kindFields.includes(field) && (isRaw(field) || field.includes("*") || fields.has(field)));
  return (field) => canHaveField(field, has);
}

/** As `canHave`, of the type that stored events have. */
function hasMapped(kind: SeenKind): (field: string) => boolean {
  const own = canHave(byName.get(nameOf(kind)) ?? unknown);
  return (field) => kind.fields.has(field) || own(field);
}

/** What stored events of a type have. A few sampled ones do not tell what others lack. */
function hasSeen(kind: SeenKind, sampled: boolean): (field: string) => boolean {
  const mapped = sampled && kind.events < TELLING ? hasMapped(kind) : undefined;
  const has = (field: string) =>
    graphFields.has(field) ||
    kind.fields.has(field) ||
    kind.constant[field] !== undefined ||
    field.includes("*") ||
    mapped?.(field) === true;
  return (field) => canHaveField(field, has);
}

/** The fields without which the parts cannot hold. */
function missing(parts: readonly Condition[], has: (field: string) => boolean): string[] {
  return [...new Set(parts.flatMap((part) => fieldsOf(part).filter((field) => !has(field))))].sort();
}

/** The parts that no stored event satisfies; all of them where each by itself is satisfied. */
function notStored(parts: readonly Condition[], seen: SeenFields): Pick<Untold, "names" | "apart"> {
  const alone = parts.filter((part) => !seen.kinds.some((kind) => outcomes(part, kind, everything).canHold));
  return alone.length > 0 ? { names: alone.map(textOf) } : { names: parts.map(textOf), apart: true };
}

function aboutType(parts: readonly Condition[]): readonly Condition[] {
  return parts.filter(
    (part) =>
      part.kind !== "not" &&
      fieldsOf(part).length > 0 &&
      fieldsOf(part).every((field) => kindFields.includes(field) && field !== "host.os.type"),
  );
}

function fewest<T>(items: readonly T[], cost: (item: T) => number): T | undefined {
  let best: { readonly item: T; readonly cost: number } | undefined;
  for (const item of items) {
    const own = cost(item);
    if (best === undefined || own < best.cost) {
      best = { item, cost: own };
    }
  }
  return best?.item;
}

/** A part as people read it. */
function textOf(part: Condition): string {
  const text = printEql(part);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

const LONGEST = 200;
