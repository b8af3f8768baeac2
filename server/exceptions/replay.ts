import { sequenceAlertId } from "../alert/identity.ts";
import { storedLineage, withLineage } from "../alerting/lineage-contexts.ts";
import { createCorrelationEngine } from "../detection/correlation/engine.ts";
import { type CorrelationFinding, completingOccurrence, membersOf } from "../detection/correlation/finding.ts";
import type { Rule } from "../detection/rule.ts";
import { createSequenceEngine } from "../detection/sequence/engine.ts";
import type { SequenceFinding } from "../detection/sequence/run.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { ActiveException, ExceptedEvent } from "../exception/active.ts";
import { decide } from "../exception/decide.ts";
import type { Store } from "../store/port.ts";
import { touchedGroups } from "./touched-groups.ts";

/** A replay that takes longer is given up; milliseconds. */
const longestReplay = 60_000;
/** Findings that are compared. */
const mostFindings = 200_000;

/** What a rule over several or many events finds. `id` is that of its alert. */
export interface ReplayedFinding {
  readonly id: string;
  readonly rule: Rule;
  /** In time order; at most as many as an alert lists. */
  readonly members: readonly { readonly id: string; readonly time: number }[];
  /** The event that completes it. */
  readonly last: string;
}

export interface Replay {
  /**
   * By alert id, whether the rule still finds it. Alerts that it does not find without the exception either are absent:
   * they were raised by another version of the rule, by another order of arrival, or from events that are not stored.
   */
  readonly stillFound: ReadonlyMap<string, boolean>;
  /** Of the alerts that the rule does not find any more: those of which no event is hidden. */
  readonly regrouped: ReadonlySet<string>;
  /** What the rules find with the exception only. */
  readonly instead: readonly ReplayedFinding[];
  /** Why nothing is known. */
  readonly truncationReason?: string;
}

export type ReadMatching = (each: (events: readonly StemmaEvent[]) => Promise<void>) => Promise<void>;

export interface ReplayOptions {
  /** Reads every stored event that the exception may hide, in any order, some of them twice. */
  readonly readMatching: ReadMatching;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly onEvents?: (tested: number) => void;
}

type Seen = StemmaEvent & ExceptedEvent;
type Reader = Pick<Store, "events" | "lineage">;

const nothing: Replay = { stillFound: new Map(), regrouped: new Set(), instead: [] };

/**
 * Runs rules over several or many events over everything that is stored twice, with the engines of the ingest: as they
 * are, and without the events that the exception hides. Groups of events in which it hides nothing cannot change, so
 * only the others are replayed. See docs/decisions/0083.
 */
export async function replay(
  store: Reader,
  rules: readonly Rule[],
  exception: ActiveException,
  { readMatching, now, onEvents }: ReplayOptions,
): Promise<Replay> {
  const several = rules.filter(({ body }) => body.kind === "sequence" || body.kind === "correlation");
  if (several.length === 0) {
    return nothing;
  }
  const started = performance.now();
  const isLate = () => performance.now() - started > longestReplay;
  const groups = touchedGroups(store.lineage, several, exception);
  await readMatching(async (events) => {
    if (!isLate()) {
      await groups.add(events);
    }
  });
  if (isLate()) {
    return given("the time limit was reached");
  }
  const touched = groups.result();
  if (touched.rules.length === 0) {
    return nothing;
  }
  const sequences = createSequenceEngine(touched.rules);
  const correlations = createCorrelationEngine(touched.rules);
  const runs = {
    all: { sequences: sequences.start(), correlations: correlations.start() },
    left: { sequences: sequences.start(), correlations: correlations.start() },
  };
  const found = { all: new Map<string, SequenceFinding>(), left: new Map<string, SequenceFinding>() };
  const keep = (side: "all" | "left", findings: readonly SequenceFinding[]) => {
    for (const finding of findings) {
      found[side].set(sequenceIdOf(finding), finding);
    }
  };
  const hidden = hiddenEvents();
  let tested = 0;
  for await (const batch of store.events.scan({ condition: touched.condition })) {
    for (const event of await withLineage(batch, [exception], storedLineage(store.lineage))) {
      const isExcepted = isExceptedFrom(exception, event, hidden.add);
      const stages = touched.stages(sequences.rules, sequences.match(event.fields));
      keep("all", runs.all.sequences.apply(event, stages));
      keep("left", runs.left.sequences.apply(event, stages, isExcepted.member));
      const inputs = touched.inputs(correlations.rules, correlations.match(event));
      if (inputs.length > 0) {
        runs.all.correlations.apply(event, inputs);
        runs.left.correlations.apply(event, inputs, isExcepted.counted);
      }
    }
    tested += batch.length;
    onEvents?.(tested);
    if (isLate()) {
      return given("the time limit was reached");
    }
    if (found.all.size + found.left.size > mostFindings) {
      return given(`they find more than ${mostFindings.toLocaleString("en")} sequences`);
    }
  }
  keep("all", runs.all.sequences.advanceTime(now));
  keep("left", runs.left.sequences.advanceTime(now));
  const evicted = [runs.all, runs.left].some((run) => run.sequences.evicted.size + run.correlations.evicted.size > 0);
  if (evicted) {
    return given("too many groups of events were open at once");
  }
  return compared(
    {
      all: [...[...found.all].map(ofSequence), ...runs.all.correlations.collectFindings(now).findings.map(ofCounts)],
      left: [...[...found.left].map(ofSequence), ...runs.left.correlations.collectFindings(now).findings.map(ofCounts)],
    },
    hidden.has,
  );
}

function given(why: string): Replay {
  return {
    ...nothing,
    truncationReason: `Rules over several events could not be run again: ${why}. Their alerts are judged by the events that they list, and what would be raised in their place is not known.`,
  };
}

interface Compared extends ReplayedFinding {
  /** Events that it rests on, also those that an alert does not list. */
  readonly rests: () => Iterable<string>;
}

function compared(
  { all, left }: { readonly all: readonly Compared[]; readonly left: readonly Compared[] },
  isHidden: (rule: Rule, event: string) => boolean,
): Replay {
  const again = new Set(left.map(({ id }) => id));
  const before = new Set(all.map(({ id }) => id));
  const lost = all.filter(({ id }) => !again.has(id));
  const restsOnHidden = ({ rule, rests }: Compared) => [...rests()].some((event) => isHidden(rule, event));
  return {
    stillFound: new Map(all.map(({ id }) => [id, again.has(id)])),
    regrouped: new Set(lost.filter((finding) => !restsOnHidden(finding)).map(({ id }) => id)),
    instead: left.filter(({ id }) => !before.has(id)).map(({ rests: _, ...finding }) => finding),
  };
}

function sequenceIdOf({ rule, members }: SequenceFinding): string {
  return sequenceAlertId(
    rule.id,
    members.map(({ id }) => id),
  );
}

function ofSequence([id, { rule, members }]: readonly [string, SequenceFinding]): Compared {
  return { id, rule, members, last: members.at(-1)?.id ?? "", rests: () => members.map((member) => member.id) };
}

function ofCounts({ id, rule, finding: found }: CorrelationFinding): Compared {
  const members = membersOf(found);
  const completing = completingOccurrence(found);
  return {
    id,
    rule,
    members,
    last: (completing?.members?.at(-1) ?? completing)?.id ?? members.at(-1)?.id ?? "",
    rests: () => found.occurrences.flatMap((one) => (one.members ?? [one]).map((member) => member.id)),
  };
}

/** Events that the exception hides, by rule. */
function hiddenEvents() {
  const byRule = new Map<string, Set<string>>();
  return {
    add: (rule: Rule, event: string) => void byRule.getOrInsertComputed(rule.id, () => new Set()).add(event),
    has: (rule: Rule, event: string) => byRule.get(rule.id)?.has(event) === true,
  };
}

/** For the engines, as at ingest: whether the exception hides an event from a step of a rule, or from a count. */
function isExceptedFrom(exception: ActiveException, event: Seen, note: (rule: Rule, event: string) => void) {
  if (!exception.mayMatch(event)) {
    return { member: () => false, counted: () => false };
  }
  const hides = (role: "member" | "counted") => (rule: Rule, step?: number) => {
    const isHidden = decide([{ event, role, step, subject: event.id }], [exception]).left.length === 0;
    if (isHidden) {
      note(rule, event.id);
    }
    return isHidden;
  };
  return { member: hides("member"), counted: hides("counted") };
}
