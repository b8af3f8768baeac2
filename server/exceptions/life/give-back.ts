import type { Actor } from "#contracts/actor";
import type { ExceptionRecord } from "#contracts/exception";
import type { GiveBackResult } from "#contracts/exception-life";
import type { RequestProblem } from "#contracts/problem";
import type { WorkProgress } from "#contracts/work";
import { changeStatus } from "../../alert/change-status.ts";
import { exceptionsInForce } from "../../alerting/exceptions-in-force.ts";
import { reopenIncidents } from "../../alerting/join-incidents.ts";
import { raise } from "../../alerting/raise.ts";
import { demandRefresh, refreshDemanded } from "../../alerting/refresh-demands.ts";
import type { Detector } from "../../detection/rule.ts";
import type { ActiveExceptions } from "../../exception/active.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Store, StoreTransaction } from "../../store/port.ts";
import { completedBy } from "./complete.ts";
import { hitId, hitsOf, type JudgedHit, judgeHits, type Left, type LifeContext } from "./hits.ts";
import { type FoundAgain, findAgain } from "./single.ts";

/** Alert ids and hits that a result lists. */
const mostListed = 500;

export interface GiveBack {
  /** Ids of hits, or all. */
  readonly hits: "all" | readonly string[];
  /** Whether to reopen the alerts that the exception closed. */
  readonly reopen: boolean;
  readonly reason: string;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/** What has come back so far. */
interface Account {
  considered: number;
  raised: number;
  reopened: number;
  inQueue: number;
  stillHidden: number;
  readonly alerts: string[];
  readonly left: GiveBackResult["left"][number][];
  leftInAll: number;
}

/**
 * Brings back what an exception has hidden, unless it still hides it: raises the alerts as an ingest would have done
 * without the exception, with the same ids, the times of their events and under all other exceptions, and reopens those
 * that it closed. In pages, each in one transaction with its audit record, so what was begun is complete as far as it
 * has come, and doing it again raises nothing twice. Problem: `exception.not-found`. See docs/decisions/0084.
 */
export async function giveBack(
  store: Store,
  detector: Detector,
  id: string,
  request: GiveBack,
): Promise<Result<GiveBackResult, RequestProblem>> {
  const record = await store.exceptions.get(id);
  if (record === undefined) {
    return fail({ code: "exception.not-found", message: "Exception not found." });
  }
  const context: LifeContext = { store, detector, now: request.clock() };
  const wanted = request.hits === "all" ? undefined : new Set(request.hits);
  const total = wanted?.size ?? record.hits;
  const account: Account = {
    ...{ considered: 0, raised: 0, reopened: 0, inQueue: 0, stillHidden: 0, leftInAll: 0 },
    ...{ alerts: [], left: [] },
  };
  const incomplete: JudgedHit[] = [];
  for await (const page of hitsOf(store, id)) {
    const chosen = page.filter((hit) => wanted === undefined || wanted.has(hitId(hit)));
    if (chosen.length > 0) {
      incomplete.push(...(await givePage(context, record, chosen, request, account)));
      account.considered += chosen.length;
      request.onProgress?.({ done: account.considered, total, unit: "alerts" });
    }
  }
  const recomputed: string[] = [];
  for (const [ruleId, hits] of Map.groupBy(incomplete, ({ hit }) => hit.ruleId)) {
    const { alerts, sentence, left } = await completedBy(context, hits, async (transaction, raised) => {
      if (raised.length > 0) {
        await noteIn(transaction, record, request, { raised, reopened: [] });
      }
    });
    add(account, { raised: alerts, reopened: [] });
    leave(account, left);
    recomputed.push(`${detector.byId.get(ruleId)?.name ?? ruleId}: ${sentence}`);
  }
  if (account.raised + account.reopened === 0) {
    await store.write((transaction) => noteIn(transaction, record, request, { raised: [], reopened: [] }));
  }
  await refreshDemanded(store, { owner: ownerOf(record), clock: request.clock, rules: detector.byId });
  const { leftInAll, ...result } = account;
  return ok({ ...result, totals: { left: leftInAll }, recomputed });
}

/** Gives back a page of hits. Returns those of rules over several events. */
async function givePage(
  context: LifeContext,
  record: ExceptionRecord,
  hits: Parameters<typeof judgeHits>[2],
  request: GiveBack,
  account: Account,
): Promise<readonly JudgedHit[]> {
  const judged = await judgeHits(context, record, hits);
  const inState = (state: JudgedHit["state"]) => judged.filter((one) => one.state === state && !one.stillHidden);
  account.inQueue += judged.filter(({ state }) => state === "in-queue").length;
  account.stillHidden += judged.filter(({ state, stillHidden }) => stillHidden && state !== "in-queue").length;
  leave(
    account,
    inState("lost").map((one) => [one, one.reason ?? ""]),
  );
  const closed = inState("closed");
  if (!request.reopen) {
    leave(
      account,
      closed.map((one) => [one, "The exception closed its alert, which was not to be reopened"]),
    );
  }
  const { found, unmatched } = await findAgain(context, inState("hidden"));
  leave(account, unmatched);
  const toReopen = request.reopen ? [...new Set(closed.flatMap(({ alert }) => alert?.id ?? []))] : [];
  if (found.length + toReopen.length > 0) {
    const { raised, reopened, left } = await context.store.write(async (transaction) => {
      const others = await otherExceptions(transaction, context, record);
      const outcome = {
        ...(await raiseAgain(transaction, context, found, others)),
        reopened: await reopen(transaction, toReopen, record, request),
      };
      if (outcome.raised.length + outcome.reopened.length > 0) {
        await noteIn(transaction, record, request, outcome);
      }
      return outcome;
    });
    add(account, { raised, reopened });
    leave(account, left);
  }
  return inState("incomplete");
}

/**
 * The exceptions that are in force now, without this one: having counted a record of a process start, it would hide
 * whatever else there is about that start.
 */
function otherExceptions(
  transaction: StoreTransaction,
  { detector, now }: LifeContext,
  { id }: ExceptionRecord,
): Promise<ActiveExceptions> {
  const all = async () => (await transaction.exceptions.all()).filter((one) => one.id !== id);
  return exceptionsInForce({ ...transaction, exceptions: { ...transaction.exceptions, all } }, detector, now);
}

async function raiseAgain(
  transaction: StoreTransaction,
  { store, now }: LifeContext,
  found: readonly FoundAgain[],
  others: ActiveExceptions,
): Promise<{ readonly raised: readonly string[]; readonly left: readonly Left[] }> {
  const keys = found.map(({ judged: { hit }, processKey }) => ({
    ...{ ruleId: hit.ruleId, processKey, eventId: hit.eventId },
  }));
  const before = new Set((await transaction.alerts.existing(keys)).map((alert) => alert?.id));
  const processOf = new Map(
    found.flatMap(({ hits, processKey }) =>
      processKey === undefined ? [] : hits.map(({ event }) => [event.id, processKey] as const),
    ),
  );
  const hits = [...new Map(found.flatMap((one) => one.hits.map((hit) => [keyOf(hit), hit] as const))).values()];
  const eventOf = (id: string) => store.events.get(id);
  await raise(transaction, { hits, applied: { processOf, rekeyed: new Map() }, eventOf }, others, now);
  const after = await transaction.alerts.existing(keys);
  const rests = (index: number) =>
    after[index]?.sources.some(({ eventId }) => eventId === found[index]?.judged.hit.eventId) === true;
  const alerts = after.flatMap((alert, index) => (alert !== undefined && rests(index) ? [alert.id] : []));
  return {
    raised: [...new Set(alerts)].filter((id) => !before.has(id)),
    left: found.flatMap(({ judged }, index): Left[] =>
      rests(index) ? [] : [[judged, "Another exception in force hides it"]],
    ),
  };
}

function keyOf({ rule, event }: FoundAgain["hits"][number]): string {
  return JSON.stringify([rule.id, event.id]);
}

async function reopen(
  transaction: StoreTransaction,
  ids: readonly string[],
  record: ExceptionRecord,
  { actor, reason, clock }: GiveBack,
): Promise<readonly string[]> {
  const at = clock();
  const reopened = [];
  for (const id of ids) {
    const alert = await transaction.alerts.get(id);
    if (alert?.status === "closed" && alert.closeReason === "exception") {
      const note = `The exception "${record.name}" gave it back: ${reason}`;
      const changed = await changeStatus(transaction, alert, {
        by: { kind: "analyst", ...actor },
        at,
        to: "open",
        note,
      });
      reopened.push(...(changed.ok ? [changed.value] : []));
    }
  }
  await reopenIncidents(transaction, reopened, at, "given-back");
  return reopened.map(({ id }) => id);
}

interface Brought {
  readonly raised: readonly string[];
  readonly reopened: readonly string[];
}

/** The audit record of a page, and the demand to refresh what its alerts derive from the process graph. */
async function noteIn(
  transaction: StoreTransaction,
  record: ExceptionRecord,
  { reason, actor, clock }: GiveBack,
  { raised, reopened }: Brought,
): Promise<void> {
  const hosts = [];
  for (const id of raised) {
    hosts.push((await transaction.alerts.get(id))?.host ?? "");
  }
  await demandRefresh(transaction, ownerOf(record), new Set(hosts));
  await transaction.audit.append({
    at: clock(),
    actor,
    action: "exception.give-back",
    subject: { kind: "exception", id: record.id },
    after: { reason, raised: raised.length, reopened: reopened.length, alerts: [...raised, ...reopened] },
  });
}

function ownerOf({ id }: Pick<ExceptionRecord, "id">): string {
  return `give-back ${id}`;
}

function add(account: Account, { raised, reopened }: Brought): void {
  account.raised += raised.length;
  account.reopened += reopened.length;
  account.alerts.push(...[...raised, ...reopened].slice(0, mostListed - account.alerts.length));
}

function leave(account: Account, left: readonly Left[]): void {
  account.leftInAll += left.length;
  account.left.push(
    ...left.slice(0, mostListed - account.left.length).map(([{ hit }, reason]) => {
      return { id: hitId(hit), ruleId: hit.ruleId, eventId: hit.eventId, reason };
    }),
  );
}
