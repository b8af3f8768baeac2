import { sequenceAlertId } from "../../alert/identity.ts";
import { exceptionsInForce } from "../../alerting/exceptions-in-force.ts";
import { raiseCorrelations } from "../../alerting/raise-correlations.ts";
import { raiseSequences } from "../../alerting/raise-sequences.ts";
import { storedAlert } from "../../alerting/stored-alert.ts";
import { never } from "../../condition/tree.ts";
import { createCorrelationEngine } from "../../detection/correlation/engine.ts";
import type { Rule } from "../../detection/rule.ts";
import type { ActiveExceptions } from "../../exception/active.ts";
import { pauseUnlessAborted } from "../../lib/pause.ts";
import { hidesFrom, memberSource } from "../../pipeline/members.ts";
import { spanOf } from "../../pipeline/sequence-runner.ts";
import type { StoreTransaction } from "../../store/port.ts";
import type { JudgedHit, Left, LifeContext } from "./hits.ts";

/** Findings raised per write. */
const PAGE = 100;
/** Running a rule that counts again is given up after this time; milliseconds. */
const longestRun = 60_000;

export interface Completed {
  /** Ids of new alerts. */
  readonly alerts: readonly string[];
  readonly left: readonly Left[];
  /** What was run again. */
  readonly sentence: string;
}

/** A finding over several events, whichever kind of rule made it. */
interface Finding {
  readonly id: string;
  readonly eventIds: ReadonlySet<string>;
  raise(transaction: StoreTransaction): Promise<unknown>;
}

/**
 * Runs a rule over several events again under the exceptions as they are now, over the stored events around those that
 * were hidden, and raises what rests on one of them. The state of the rule in the ingest is left as it is: events that
 * are yet to arrive do not continue what a hidden event had begun.
 */
export async function completedBy(
  context: LifeContext,
  hits: readonly JudgedHit[],
  note: (transaction: StoreTransaction, raised: readonly string[]) => Promise<void>,
): Promise<Completed> {
  const { store, detector, now } = context;
  const rule = hits[0]?.rule;
  const exceptions = await exceptionsInForce(store, detector, now);
  const wanted = new Set(hits.map(({ hit }) => hit.eventId));
  const run =
    rule === undefined
      ? undefined
      : rule.body.kind === "sequence"
        ? await sequencesAround(context, rule, hits, exceptions)
        : await countsOf(context, rule, exceptions);
  if (run === undefined) {
    const reason = `Its rule could not be run again within ${longestRun / 1000} seconds`;
    return { alerts: [], left: hits.map((one) => [one, reason]), sentence: "not run again, because it took too long" };
  }
  const concerned = run.findings.filter(({ eventIds }) => !wanted.isDisjointFrom(eventIds));
  const alerts: string[] = [];
  for (let start = 0; start < concerned.length; start += PAGE) {
    const page = concerned.slice(start, start + PAGE);
    alerts.push(
      ...(await store.write(async (transaction) => {
        const raised: string[] = [];
        for (const finding of page) {
          const isNew = (await storedAlert(transaction, finding.id)) === undefined;
          await finding.raise(transaction);
          raised.push(...(isNew && (await storedAlert(transaction, finding.id)) !== undefined ? [finding.id] : []));
        }
        await note(transaction, raised);
        return raised;
      })),
    );
  }
  const completed = new Set(concerned.flatMap(({ eventIds }) => [...eventIds]));
  return {
    alerts,
    left: hits.flatMap((one): Left[] =>
      completed.has(one.hit.eventId)
        ? []
        : [[one, "With this event back, its rule still finds nothing in the stored events around it"]],
    ),
    sentence: run.sentence,
  };
}

interface Run {
  readonly findings: readonly Finding[];
  readonly sentence: string;
}

/** Sequences that can contain one of the events: from one span of the rule before the first to one after the last. */
async function sequencesAround(
  { store, detector, now }: LifeContext,
  rule: Rule,
  hits: readonly JudgedHit[],
  exceptions: ActiveExceptions,
): Promise<Run> {
  if (rule.body.kind !== "sequence") {
    return { findings: [], sentence: "" };
  }
  const span = spanOf(rule.body.plan);
  const engine = detector.sequences.restrictTo([rule]);
  const findings: Finding[] = [];
  let tested = 0;
  for (const { from, to } of windowsAround(
    hits.map(({ hit }) => hit.time),
    span,
  )) {
    const run = engine.start();
    const found = [];
    for await (const batch of store.events.scan({ condition: rule.body.condition, from, to })) {
      await pauseUnlessAborted(undefined);
      tested += batch.length;
      found.push(
        ...batch.flatMap((event) =>
          run.apply(event, engine.match(event.fields), hidesFrom(exceptions, { event }, "member")),
        ),
      );
    }
    // Sequences that end with the absence of an event, until a time that has passed.
    found.push(...run.advanceTime(now));
    findings.push(
      ...found.map((finding) => {
        const eventIds = finding.members.map(({ id }) => id);
        return {
          id: sequenceAlertId(rule.id, eventIds),
          eventIds: new Set(eventIds),
          raise: (transaction: StoreTransaction) =>
            raiseSequences(transaction, [finding], memberSource(store), exceptions, now),
        };
      }),
    );
  }
  const minutes = Math.max(1, Math.round(span / 60_000)).toLocaleString("en");
  return {
    findings,
    sentence: `run again over ${tested.toLocaleString("en")} stored events, up to ${minutes} minutes around the hidden ones`,
  };
}

/** Overlapping windows are one. */
function windowsAround(
  times: readonly number[],
  span: number,
): readonly { readonly from: number; readonly to: number }[] {
  const windows: { from: number; to: number }[] = [];
  for (const time of times.toSorted((left, right) => left - right)) {
    const last = windows.at(-1);
    if (last !== undefined && time - span <= last.to) {
      last.to = time + span;
    } else {
      windows.push({ from: time - span, to: time + span });
    }
  }
  return windows;
}

/** A count depends on all events of its group, so the rule is run over everything that is stored. */
async function countsOf(
  { store, now }: LifeContext,
  rule: Rule,
  exceptions: ActiveExceptions,
): Promise<Run | undefined> {
  const engine = createCorrelationEngine([rule]);
  const run = engine.start();
  const began = performance.now();
  let tested = 0;
  const condition = rule.body.kind === "correlation" ? rule.body.condition : never;
  for await (const batch of store.events.scan({ condition })) {
    await pauseUnlessAborted(undefined);
    if (performance.now() - began > longestRun) {
      return undefined;
    }
    tested += batch.length;
    for (const event of batch) {
      run.apply(event, engine.match(event), hidesFrom(exceptions, { event }, "counted"));
    }
  }
  const { findings } = run.collectFindings(now);
  return {
    findings: findings.map((finding) => ({
      id: finding.id,
      eventIds: new Set(
        finding.finding.occurrences.flatMap(({ id, members = [] }) => [id, ...members.map((member) => member.id)]),
      ),
      raise: (transaction) => raiseCorrelations(transaction, [finding], memberSource(store), exceptions, now),
    })),
    sentence: `run again over all ${tested.toLocaleString("en")} stored events that it counts`,
  };
}
