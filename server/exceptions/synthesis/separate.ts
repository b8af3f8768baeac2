import type { ExceptionEntry } from "#contracts/exception-entry";
import { compileException } from "../../exception/active.ts";
import { explainEntry } from "../../exception/explain.ts";
import { type Activity, groupOf, type Suggested } from "../draft.ts";
import type { DraftSubject } from "../drafting/subject.ts";
import { type Fact, factsOf, rankOf } from "./facts.ts";

/** Values that one entry lists. */
const MOST_VALUES = 20;

/** Entries that no malicious alert matches, or the malicious alerts that match whatever is added. */
export type Separation =
  | { readonly kind: "separated"; readonly group: readonly Suggested[]; readonly spare: readonly ExceptionEntry[] }
  | { readonly kind: "inseparable"; readonly malicious: readonly DraftSubject[] };

/**
 * Adds to the entries of an activity what all of its alerts have and malicious alerts lack, each time what excludes
 * most of those that are left, until none is left.
 */
export function separated(activity: Activity, malicious: readonly DraftSubject[], factsBy: FactsOf): Separation {
  const group = [...groupOf(activity)];
  let left = malicious.filter(matching(group.map(({ entry }) => entry)));
  const candidates = candidatesOf(activity.subjects, factsBy).filter(
    ({ entry }) => !group.some((known) => explainEntry(known.entry) === explainEntry(entry)),
  );
  const used = new Set<Candidate>();
  while (left.length > 0) {
    const best = candidates
      .map((candidate) => ({ candidate, excluded: left.filter((one) => !candidate.matches(factsBy(one))).length }))
      .filter(({ excluded }) => excluded > 0)
      .sort((one, other) => other.excluded - one.excluded || one.candidate.rank - other.candidate.rank)[0];
    if (best === undefined) {
      return { kind: "inseparable", malicious: left };
    }
    used.add(best.candidate);
    const excluded = `Excludes ${best.excluded} of ${left.length} malicious alerts that the other entries would cover.`;
    group.push({ entry: best.candidate.entry, because: excluded });
    left = left.filter((one) => best.candidate.matches(factsBy(one)));
  }
  const spare = candidates.filter((candidate) => !used.has(candidate)).map(({ entry }) => entry);
  return { kind: "separated", group, spare };
}

/** Whether entries cover an alert, by the very evaluator that will run. */
export function matching(entries: readonly ExceptionEntry[]): (subject: DraftSubject) => boolean {
  const exception = compileException({ id: "", name: "", mode: "enforced", entries: [...entries] });
  return (subject) => exception.matches(subject);
}

/** The facts of a subject by what they are about, in lower case. */
export type FactsOf = (subject: DraftSubject) => ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the facts of each subject once. */
export function rememberedFacts(): FactsOf {
  const known = new Map<DraftSubject, ReadonlyMap<string, ReadonlySet<string>>>();
  return (subject) =>
    known.getOrInsertComputed(subject, () => {
      const facts = new Map<string, Set<string>>();
      for (const { about, value } of factsOf(subject)) {
        facts.getOrInsertComputed(about, () => new Set()).add(value.toLowerCase());
      }
      return facts;
    });
}

interface Candidate {
  readonly entry: ExceptionEntry;
  readonly rank: number;
  matches(facts: ReadonlyMap<string, ReadonlySet<string>>): boolean;
}

/** Entries that match every one of the subjects, best first. */
function candidatesOf(subjects: readonly DraftSubject[], factsBy: FactsOf): readonly Candidate[] {
  const [first, ...others] = subjects;
  if (first === undefined) {
    return [];
  }
  return [...Map.groupBy(factsOf(first), ({ about }) => about)]
    .flatMap(([about, facts]) => candidatesAbout(about, facts, [first, ...others], factsBy))
    .sort((left, right) => left.rank - right.rank);
}

function candidatesAbout(
  about: string,
  facts: readonly Fact[],
  subjects: readonly DraftSubject[],
  factsBy: FactsOf,
): readonly Candidate[] {
  const rank = rankOf({ about });
  const shared = facts.filter(({ value }) =>
    subjects.every((subject) => factsBy(subject).get(about)?.has(value.toLowerCase())),
  );
  if (shared.length > 0) {
    return shared.map((fact) => ({ entry: fact.entryOf([fact.value]), rank, matches: hasAny(about, [fact.value]) }));
  }
  const values = new Set<string>();
  for (const subject of subjects) {
    const own = factsBy(subject).get(about);
    // Of several values of a subject, the first one is enough.
    const [value] = own ?? [];
    if (own === undefined || value === undefined || values.size > MOST_VALUES) {
      return [];
    }
    if (!own.values().some((one) => values.has(one))) {
      values.add(value);
    }
  }
  const [fact] = facts;
  return fact === undefined || values.size > MOST_VALUES
    ? []
    : [{ entry: fact.entryOf([...values]), rank: rank + 0.5, matches: hasAny(about, [...values]) }];
}

function hasAny(about: string, values: readonly string[]): Candidate["matches"] {
  const wanted = values.map((value) => value.toLowerCase());
  return (facts) => wanted.some((value) => facts.get(about)?.has(value));
}
