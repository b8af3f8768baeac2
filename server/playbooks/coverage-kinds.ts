import { isEventSourceId, sourceLabel } from "#contracts/event-source";
import { canHaveField } from "../condition/computed-fields.ts";
import { conjunctsOf } from "../condition/fields.ts";
import type { Condition } from "../condition/tree.ts";
import { graphFields } from "../detection/graph-fields.ts";
import { outcomes, type Shape } from "../detection/outcomes.ts";
import { anyWindowsRecord, kindFields, recordKinds } from "../event/record-kinds.ts";
import type { PlaybookQuery, QueryGroup } from "./playbook.ts";
import type { BoundGroup } from "./query-condition.ts";

/** A kind of record; without a code any record of the source. */
export interface Kind {
  readonly source: string;
  readonly code?: string;
}

/** Something that would show a hit: any one of the kinds would record it. */
export interface Need {
  readonly kinds: readonly Kind[];
}

export function kindName({ source, code }: Kind): string {
  return code === undefined ? sourceLabel(source) : `${sourceLabel(source)} ${code}`;
}

/** Kinds that record the same thing, so that one of them is enough. */
const alike: ReadonlyMap<string, string> = new Map([
  ["sysmon 1", "process start"],
  ["security 4688", "process start"],
  ["sysmon 5", "process end"],
  ["security 4689", "process end"],
]);

/**
 * Kinds that a host writes in ordinary operation: not to have seen one says that its records are excluded. Others may
 * be so rare that nobody has seen one.
 */
const ordinary: ReadonlySet<string> = new Set([
  ...["1", "3", "5", "7", "11", "12", "13", "22"].map((code) => `sysmon ${code}`),
  ...["4624", "4634", "4672", "4688", "4689"].map((code) => `security ${code}`),
]);

const nameOf = ({ source, code = "" }: Kind): string => `${source} ${code}`;

/** The records that would show a hit of a query, of sources that are stored. */
export interface StoredKinds {
  /** Of the hosts that the query is about. */
  readonly sources: ReadonlySet<string>;
  /** Of all hosts: `source code`. */
  readonly seen: ReadonlyMap<string, Kind>;
}

/**
 * What has to be recorded so that a query would have hits: for each group the kinds of record that can satisfy its
 * condition, of those that the query names if it does. A group that asks for the same thing by another id is the same
 * need. All needs have to be covered.
 */
export function neededKinds(
  query: Pick<PlaybookQuery, "groups" | "shownBy">,
  bound: readonly BoundGroup[],
  stored: StoredKinds,
): readonly Need[] {
  const asking = query.groups.flatMap((group, index) => {
    const condition = bound[index]?.condition;
    return condition === undefined ? [] : [{ question: questionOf(group), condition }];
  });
  const needs = [...Map.groupBy(asking, ({ question }) => question).values()].flatMap((same) =>
    needsOf(
      same.map(({ condition }) => condition),
      query.shownBy,
      stored,
    ),
  );
  return distinct(needs);
}

/** The records that could satisfy any of the conditions, those of one activity together. */
export function needsOf(
  conditions: readonly Condition[],
  shownBy: readonly Kind[],
  stored: StoredKinds,
): readonly Need[] {
  const showing = (kinds: readonly Kind[]) =>
    kinds.filter((kind) => conditions.some((condition) => canShow(kind, condition)));
  // Kinds that nobody has seen are needed if nothing else would show a hit.
  const choices = [
    () => showing(shownBy),
    () => showing(expectedKinds(stored)),
    () => showing(everyKind),
    () => shownBy,
  ];
  const kinds = choices.reduce<readonly Kind[]>((found, choose) => (found.length > 0 ? found : choose()), []);
  if (kinds.length === 0) {
    return [{ kinds }];
  }
  return [...Map.groupBy(kinds, (kind) => alike.get(nameOf(kind)) ?? nameOf(kind)).values()].map((same) => ({
    kinds: same,
  }));
}

function distinct(needs: readonly Need[]): readonly Need[] {
  return [...new Map(needs.map((need) => [need.kinds.map(nameOf).join(), need])).values()];
}

/** Kinds that were seen on any host and ordinary ones, of the sources that are stored of the hosts. */
function expectedKinds({ sources, seen }: StoredKinds): readonly Kind[] {
  const known = recordKinds.filter((kind) => sources.has(kind.source) && ordinary.has(nameOf(kind)));
  const kinds = [...known, ...[...seen.values()].filter(({ source }) => sources.has(source))];
  return [...new Map(kinds.map(({ source, code }) => [nameOf({ source, code }), { source, code }])).values()];
}

/** Groups that differ only in whether they name a process by its entity id or its pid ask the same. */
function questionOf({ providers }: QueryGroup): string {
  const parts = providers.map((provider) => JSON.stringify(provider).replaceAll("process.entity_id", "process.pid"));
  return JSON.stringify(parts.map((part) => part.replaceAll("process.parent.entity_id", "process.parent.pid")).sort());
}

const everyKind: readonly Kind[] = [
  ...new Map(recordKinds.map(({ source, code }) => [nameOf({ source, code }), { source, code }])).values(),
];

const mapped = Map.groupBy(recordKinds, nameOf);

function canShow(kind: Kind, condition: Condition): boolean {
  const known = isEventSourceId(kind.source) ? (mapped.get(nameOf(kind)) ?? []) : [];
  return known.length > 0
    ? known.some(({ constant, fields }) => canHold(condition, { constant }, fields))
    : canHold(condition, unmapped(kind), anyWindowsRecord.fields);
}

/** A record without a mapping of its own: its kind is known, and its own values may be any. */
function unmapped({ code }: Kind): Shape {
  return {
    constant: { ...anyWindowsRecord.constant, ...(code === undefined ? {} : { "event.code": code }) },
    open: new Set([...kindFields].filter((field) => field !== "event.code")),
  };
}

function canHold(condition: Condition, shape: Shape, fields: ReadonlySet<string>): boolean {
  const has = (field: string): boolean =>
    canHaveField(
      field,
      (one) => fields.has(one) || graphFields.has(one) || one.includes("*") || one.startsWith("winlog.event_data."),
    );
  return conjunctsOf(condition).every((conjunct) => outcomes(conjunct, shape, has).canHold);
}

/** Any record of a source, for alerts: a rule may need whichever. */
export function anyRecord(sources: Iterable<string>): Need {
  return { kinds: [...sources].sort().map((source) => ({ source })) };
}
