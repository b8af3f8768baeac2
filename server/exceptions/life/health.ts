import type { ExceptionRecord } from "#contracts/exception";
import { type ExceptionHealth, exceptionStateAt } from "#contracts/exception-life";
import type { RequestProblem } from "#contracts/problem";
import { foldCase } from "../../condition/fold-case.ts";
import { commandTemplate } from "../../event/command-template.ts";
import { isInForce } from "../../exception/condition.ts";
import { pauseUnlessAborted } from "../../lib/pause.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { StoredHit } from "../../store/exceptions/port.ts";
import type { Store } from "../../store/port.ts";
import { activityIn } from "./hidden.ts";
import { hitsOf } from "./hits.ts";

/** Hit rows that are read at once; without their events they are small. */
const rowsPerPage = 1000;
/** Events that are read at once. */
const eventsPerPage = 200;
/** Hits whose events are read, before and after the current version was saved: the newest ones. */
const mostRead = 5000;
/** Values of each list. */
const mostListed = 20;

/** How an exception is used, and whether it has begun to cover something else. Problem: `exception.not-found`. */
export async function exceptionHealthOf(
  store: Store,
  id: string,
  now: number,
): Promise<Result<ExceptionHealth, RequestProblem>> {
  const record = await store.exceptions.get(id);
  if (record === undefined) {
    return fail({ code: "exception.not-found", message: "Exception not found." });
  }
  const writtenAt = record.changedAt ?? record.createdAt;
  const days = new Map<string, number>();
  const rules = new Map<string, number>();
  const [before, since]: [StoredHit[], StoredHit[]] = [[], []];
  let [hits, hitsSince] = [0, 0];
  let first: number | undefined;
  for await (const page of hitsOf(store, id, rowsPerPage)) {
    for (const hit of page) {
      const isSince = hit.countedAt !== undefined && hit.countedAt > Date.parse(writtenAt);
      hits += 1;
      hitsSince += isSince ? 1 : 0;
      first = hit.time;
      increase(days, new Date(hit.time).toISOString().slice(0, 10));
      increase(rules, hit.ruleId);
      const kept = isSince ? since : before;
      if (kept.length < mostRead) {
        kept.push(hit);
      }
    }
    await pauseUnlessAborted(undefined);
  }
  const known = await activityOf(store, before, await sourceAlert(store, record));
  const fresh = await activityOf(store, since);
  const isCut = hits - hitsSince > before.length || hitsSince > since.length;
  return ok({
    state: exceptionStateAt(record, now),
    dueForReview: isDue(record, now),
    ...{ hits, firstHit: first === undefined ? undefined : new Date(first).toISOString(), lastHit: record.lastHit },
    perDay: [...days].map(([day, count]) => ({ day, count })).reverse(),
    rules: mostFrequent(rules),
    ...{ writtenAt, since: hitsSince },
    news: {
      hosts: newValues(fresh.hosts, known.hosts),
      users: newValues(fresh.users, known.users),
      commandLines: newValues(fresh.commandLines, known.commandLines),
    },
    eventsMissing: known.missing + fresh.missing,
    truncationReason: isCut
      ? `What is new is known for the newest ${mostRead.toLocaleString("en")} hits before and since the last edit.`
      : undefined,
  });
}

/** Whether an exception in force is due for review. */
export function isDue(record: ExceptionRecord, now: number): boolean {
  return isInForce(record, now) && record.reviewBy !== undefined && Date.parse(record.reviewBy) <= now;
}

interface Activity {
  readonly hosts: Map<string, number>;
  readonly users: Map<string, number>;
  readonly commandLines: Map<string, number>;
  missing: number;
}

async function activityOf(
  store: Store,
  hits: readonly StoredHit[],
  further: readonly string[] = [],
): Promise<Activity> {
  const activity: Activity = { hosts: new Map(), users: new Map(), commandLines: new Map(), missing: 0 };
  const ids = [...further, ...hits.map(({ eventId }) => eventId)];
  for (let start = 0; start < ids.length; start += eventsPerPage) {
    const events = await Promise.all(ids.slice(start, start + eventsPerPage).map((id) => store.events.get(id)));
    for (const event of events) {
      if (event === undefined) {
        activity.missing += 1;
        continue;
      }
      const { host, user, commandLine } = activityIn(event);
      increase(activity.hosts, host);
      increase(activity.users, user);
      increase(activity.commandLines, commandLine === undefined ? undefined : commandTemplate(commandLine));
    }
    await pauseUnlessAborted(undefined);
  }
  return activity;
}

/** The events of the alert that the exception was written from: known even if somebody had closed it before. */
async function sourceAlert({ alerts }: Store, { fromAlert }: ExceptionRecord): Promise<readonly string[]> {
  const alert = fromAlert === undefined ? undefined : await alerts.get(fromAlert);
  return alert?.sources.map(({ eventId }) => eventId) ?? [];
}

function increase(counts: Map<string, number>, value: string | undefined): void {
  if (value !== undefined) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
}

function newValues(fresh: ReadonlyMap<string, number>, known: ReadonlyMap<string, number>) {
  const folded = new Set([...known.keys()].map(foldCase));
  return mostFrequent(new Map([...fresh].filter(([value]) => !folded.has(foldCase(value)))));
}

function mostFrequent(counts: ReadonlyMap<string, number>): { readonly value: string; readonly count: number }[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1))
    .slice(0, mostListed);
}
