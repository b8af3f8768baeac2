import type { Fields } from "#contracts/event";
import type { ExceptionDraft } from "#contracts/exception";
import type { FieldEntry } from "#contracts/exception-entry";
import type { RedStop } from "#contracts/exception-gate";
import { compileCondition } from "../condition/evaluate.ts";
import { valuesOf } from "../event/event.ts";
import { fieldCondition } from "../exception/condition.ts";
import { explainEntry } from "../exception/explain.ts";

type Hidden = { readonly id: string; readonly fields: Fields };

/** More values than these in one entry are no description of an activity any more. */
const VALUES = 20;
/** Longer values are left out: the contract of entries has a limit. */
const LONGEST = 8000;
/** Entries that are added at most. */
const MOST = 3;

/** Fields by which people would tell activities apart, the best first; others come after them by name. */
const preferred: readonly string[] = [
  "process.command_line",
  "process.parent.command_line",
  "process.parent.executable",
  "process.executable",
  "process.hash.sha256",
  "user.name",
  "host.name",
  "source.ip",
];

/** Fields that tell records apart, not activities. */
const ofRecords =
  /^(@timestamp|ecs\.|event\.|agent\.|data_stream\.|message$|stemma\.|winlog\.(record_id|process|event_id|version|opcode|task)|winlog\.event_data\.(UtcTime|.*Guid|.*ProcessId|.*LogonId))|(^|\.)(pid|entity_id|thread\.id|start|end|created|ingested|timestamp|logon_id|LogonId)$/;

/**
 * Narrows a draft so that it still hides the other alerts but none of the malicious ones: a greedy search over the
 * fields that they have, on each step for the entry that leaves out the most malicious alerts and keeps all others.
 *
 * @param hidden Everything that the draft hides, malicious alerts included, by the fields of their leading event.
 * @param malicious Ids of those that must not be hidden.
 */
export function excludeMalicious(
  draft: Pick<ExceptionDraft, "entries" | "alternatives">,
  hidden: readonly Hidden[],
  malicious: ReadonlySet<string>,
): RedStop["narrowing"] {
  const others = hidden.filter(({ id }) => !malicious.has(id));
  if (others.length === 0) {
    return {
      kind: "none",
      text: "Every alert that it would have hidden is judged malicious: nothing is left to hide.",
    };
  }
  let red = hidden.filter(({ id }) => malicious.has(id));
  const added: FieldEntry[] = [];
  const candidates = candidatesOf(others, red);
  while (red.length > 0 && added.length < MOST) {
    const best = bestOf(candidates, red);
    if (best === undefined) {
      break;
    }
    added.push(best.entry);
    red = red.filter(({ fields }) => best.matches(fields));
  }
  if (red.length > 0) {
    return {
      kind: "none",
      text:
        `No field separates the ${others.length} other alerts from those judged malicious: ` +
        "what is expected and what is not look alike here.",
    };
  }
  const narrowed = (entries: ExceptionDraft["entries"]) => [...entries, ...added];
  return {
    kind: "found",
    entries: narrowed(draft.entries),
    ...(draft.alternatives === undefined ? {} : { alternatives: draft.alternatives.map(narrowed) }),
    text: `Also requires that ${added.map(explainEntry).join(" and ")}.`,
  };
}

interface Candidate {
  readonly entry: FieldEntry;
  readonly matches: (fields: Fields) => boolean;
}

/** Entries that match all of `others`: by the values that these have, or without the values that only `red` has. */
function candidatesOf(others: readonly Hidden[], red: readonly Hidden[]): readonly Candidate[] {
  const fields = new Set([...others, ...red].flatMap((one) => Object.keys(one.fields)));
  const names = [...fields].filter((name) => !ofRecords.test(name)).sort(byPreference);
  return names.flatMap((field) => {
    const ours = valuesIn(others, field);
    const theirs = valuesIn(red, field);
    const onlyTheirs = theirs && [...theirs].filter((value) => ours?.has(value) !== true);
    return [
      ...(ours === undefined ? [] : entryOf(field, [...ours], "included")),
      ...(onlyTheirs === undefined ? [] : entryOf(field, onlyTheirs, "excluded")),
    ]
      .map((entry): Candidate => ({ entry, matches: compileCondition(fieldCondition(entry)) }))
      .filter(({ matches }) => others.every((one) => matches(one.fields)));
  });
}

function entryOf(field: string, values: readonly string[], operator: FieldEntry["operator"]): readonly FieldEntry[] {
  const [value] = values;
  if (value === undefined || values.length > VALUES || values.some((one) => one === "" || one.length > LONGEST)) {
    return [];
  }
  const common = { field, operator, case: "insensitive" } as const;
  return [
    values.length === 1 ? { type: "match", value, ...common } : { type: "match_any", values: [...values], ...common },
  ];
}

/** The different values; undefined once there are too many for one entry. */
function valuesIn(alerts: readonly Hidden[], field: string): ReadonlySet<string> | undefined {
  const found = new Map<string, string>();
  for (const { fields } of alerts) {
    for (const value of valuesOf(fields, field)) {
      found.set(String(value).toLowerCase(), String(value));
    }
    if (found.size > VALUES) {
      return undefined;
    }
  }
  return new Set(found.values());
}

/** The one that leaves out the most; of equals, the first. Undefined: none leaves any out. */
function bestOf(candidates: readonly Candidate[], red: readonly Hidden[]): Candidate | undefined {
  let best: { readonly candidate: Candidate; readonly out: number } | undefined;
  for (const candidate of candidates) {
    const out = red.filter(({ fields }) => !candidate.matches(fields)).length;
    if (out > (best?.out ?? 0)) {
      best = { candidate, out };
    }
  }
  return best?.candidate;
}

function byPreference(left: string, right: string): number {
  const rank = (name: string) => (preferred.includes(name) ? preferred.indexOf(name) : preferred.length);
  return rank(left) - rank(right) || (left < right ? -1 : 1);
}
