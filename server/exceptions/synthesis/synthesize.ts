import type { ExceptionEntry } from "#contracts/exception-entry";
import type { Synthesis } from "#contracts/exception-synthesis";
import { explainEntry } from "../../exception/explain.ts";
import { type Activity, activitiesOf, MOST_ACTIVITIES, nameOf, type Suggested } from "../draft.ts";
import { activityOf } from "../drafting/activity.ts";
import type { DraftSubject } from "../drafting/subject.ts";
import { isHostField } from "../field-scope.ts";
import { matching, rememberedFacts, type Separation, separated } from "./separate.ts";

/** Pairs that are listed. */
const MOST_PAIRS = 20;
/** Entries of a group. */
const MOST_ENTRIES = 50;

type Groups = readonly (readonly ExceptionEntry[])[];
type Outcome = Synthesis extends infer S ? (S extends unknown ? Omit<S, "milliseconds"> : never) : never;

/**
 * The narrowest readable exception that covers all benign alerts and no malicious one: the draft of the benign alerts,
 * and what else they have in common where that covers malicious ones. Alerts of one activity that cannot be separated
 * together are tried one by one. See docs/decisions/0082.
 */
export function synthesize(benign: readonly DraftSubject[], malicious: readonly DraftSubject[]): Outcome {
  const factsBy = rememberedFacts();
  const activities = activitiesOf(benign);
  if (activities.length > MOST_ACTIVITIES) {
    return tooMany(activities.length);
  }
  const separations = activities.flatMap((activity): readonly (readonly [Activity, Separation])[] => {
    const whole = separated(activity, malicious, factsBy);
    return whole.kind === "separated" || activity.subjects.length === 1
      ? [[activity, whole]]
      : oneByOne(activity).map((one) => [one, separated(one, malicious, factsBy)]);
  });
  const pairs = separations.flatMap(([activity, one]) =>
    one.kind === "separated"
      ? []
      : one.malicious.map((other) => ({ benign: activity.subjects[0]?.alert.id ?? "", malicious: other.alert.id })),
  );
  if (pairs.length > 0) {
    const reason = "These alerts are alike in every field that an exception can rely on: event, ancestors and session.";
    return { kind: "inseparable", reason, pairs: pairs.slice(0, MOST_PAIRS), totalPairs: pairs.length };
  }
  const groups = separations.flatMap(([, one]) => (one.kind === "separated" ? [one] : []));
  if (groups.length > MOST_ACTIVITIES) {
    return tooMany(groups.length);
  }
  return result(benign, malicious, groups);
}

function tooMany(count: number): Outcome {
  const reason =
    `The benign alerts are ${count} activities that differ in more than numbers and ids; an exception can have ` +
    `${MOST_ACTIVITIES}. Choose alerts of one workflow.`;
  return { kind: "inseparable", reason, pairs: [], totalPairs: 0 };
}

/** Its alerts as activities of their own, those that are the same together. */
function oneByOne(activity: Activity): readonly Activity[] {
  const key = (subject: DraftSubject) =>
    JSON.stringify([
      activityOf(subject).map((part) => [part.field, part.kind === "value" ? part.value : part.parts]),
      ["user.name", "user.domain", "host.name", "process.working_directory"].map((field) => subject.fields[field]),
    ]);
  return [...Map.groupBy(activity.subjects, key).values()].flatMap((subjects) => activitiesOf(subjects));
}

function result(
  benign: readonly DraftSubject[],
  malicious: readonly DraftSubject[],
  separations: readonly Extract<Separation, { kind: "separated" }>[],
): Outcome {
  const [first, ...others] = separations.map(({ group }) => group);
  const entries = (group: readonly Suggested[]) => group.map(({ entry }) => entry).slice(0, MOST_ENTRIES);
  const groups = separations.map(({ group }) => entries(group));
  const alerts = benign.map(({ alert }) => alert);
  return {
    kind: "separated",
    draft: {
      name: nameOf(alerts),
      reason: "",
      ruleIds: [...new Set(alerts.map(({ rule }) => rule.id))].slice(0, 100),
      ...groupsAsEntries([entries(first ?? []), ...others.map(entries)]),
      mode: "enforced",
      ...(alerts[0] === undefined ? {} : { fromAlert: alerts[0].id }),
    },
    because: (first ?? []).map(({ entry, because }) => because + excludes(entry, malicious)),
    narrower: narrower(separations, groups),
    wider: wider(groups, benign, malicious),
  };
}

function excludes(entry: ExceptionEntry, malicious: readonly DraftSubject[]): string {
  if (malicious.length === 0) {
    return "";
  }
  const matches = matching([entry]);
  const count = malicious.filter((subject) => !matches(subject)).length;
  return ` By itself it excludes ${count} of ${malicious.length} malicious alerts.`;
}

/** One more thing that all alerts of the first activity have in common. */
function narrower(
  separations: readonly Extract<Separation, { kind: "separated" }>[],
  groups: Groups,
): Extract<Outcome, { kind: "separated" }>["narrower"] {
  const known = new Set((groups[0] ?? []).map(explainEntry));
  const entry = separations[0]?.spare.find((one) => !known.has(explainEntry(one)));
  const [first = [], ...others] = groups;
  return entry === undefined || first.length >= MOST_ENTRIES
    ? undefined
    : { text: `Also require: ${explainEntry(entry)}`, ...groupsAsEntries([[...first, entry], ...others]) };
}

/** Without one entry about the same in each group, so that still no malicious alert is covered: the host first. */
function wider(
  groups: Groups,
  benign: readonly DraftSubject[],
  malicious: readonly DraftSubject[],
): Extract<Outcome, { kind: "separated" }>["wider"] {
  const [first = []] = groups;
  const preferred = [...first].sort((left, right) => dropRank(left) - dropRank(right));
  for (const entry of preferred) {
    const field = "field" in entry ? entry.field : undefined;
    const next = groups.map((group) =>
      group.filter((one) => (field === undefined ? one !== entry : !("field" in one) || one.field !== field)),
    );
    const covers = next.map(matching);
    if (
      next.every((group) => group.some(isAboutActivity)) &&
      !malicious.some((subject) => covers.some((matches) => matches(subject))) &&
      benign.every((subject) => covers.some((matches) => matches(subject)))
    ) {
      return { text: `Without: ${explainEntry(entry)}`, ...groupsAsEntries(next) };
    }
  }
  return undefined;
}

/** What is dropped first: the place, then the account, then the parent. */
function dropRank(entry: ExceptionEntry): number {
  const field = "field" in entry ? entry.field : "";
  return isHostField(field)
    ? 0
    : field.endsWith(".domain")
      ? 1
      : field.startsWith("user.")
        ? 2
        : field.startsWith("process.parent")
          ? 3
          : 4;
}

function isAboutActivity(entry: ExceptionEntry): boolean {
  return "field" in entry && /command_line|source\.ip|\.path$|sha256$/.test(entry.field);
}

function groupsAsEntries([entries = [], ...alternatives]: Groups): {
  readonly entries: ExceptionEntry[];
  readonly alternatives?: ExceptionEntry[][];
} {
  return {
    entries: [...entries],
    ...(alternatives.length === 0 ? {} : { alternatives: alternatives.map((group) => [...group]) }),
  };
}
