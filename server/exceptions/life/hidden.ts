import type { HiddenHit } from "#contracts/exception-life";
import type { Page, PageRequest } from "#contracts/page";
import type { RequestProblem } from "#contracts/problem";
import { accountLabel } from "../../alert/account-label.ts";
import { recordedUser } from "../../alerting/from-hit.ts";
import { type StemmaEvent, textOf } from "../../event/event.ts";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { hitId, type JudgedHit, judgeHits, type LifeContext } from "./hits.ts";

/** A page of what an exception matched, newest event first. Problem: `exception.not-found`. */
export async function hiddenHitsOf(
  context: LifeContext,
  id: string,
  { cursor, limit }: PageRequest,
): Promise<Result<Page<HiddenHit>, RequestProblem>> {
  const { exceptions } = context.store;
  const record = await exceptions.get(id);
  if (record === undefined) {
    return fail({ code: "exception.not-found", message: "Exception not found." });
  }
  const [time, ruleId, subject] = decodeCursor(cursor, ["number", "string", "string"]) ?? [];
  const after =
    time === undefined || ruleId === undefined || subject === undefined ? undefined : { time, ruleId, subject };
  const hits = await exceptions.hits(id, { after, limit: limit + 1 });
  const page = hits.slice(0, limit);
  const last = page.at(-1);
  const items = (await judgeHits(context, record, page)).map(shown);
  return ok({
    items,
    total: record.hits,
    ...(hits.length > limit && last !== undefined
      ? { next: encodeCursor([last.time, last.ruleId, last.subject]) }
      : {}),
  });
}

function shown({ hit, rule, event, alert, state, stillHidden, reason }: JudgedHit): HiddenHit {
  return {
    id: hitId(hit),
    rule: { id: hit.ruleId, name: rule?.name ?? alert?.rule.name ?? hit.ruleId },
    eventId: hit.eventId,
    time: new Date(hit.time).toISOString(),
    countedAt: hit.countedAt === undefined ? undefined : new Date(hit.countedAt).toISOString(),
    ...(event === undefined ? {} : activityIn(event)),
    ...{ state, alertId: alert?.id, stillHidden, reason },
  };
}

/** Host, user and command line of an event. */
export function activityIn({ fields }: StemmaEvent): Pick<HiddenHit, "host" | "user" | "commandLine"> {
  const user = recordedUser(fields);
  return {
    host: textOf(fields, "host.name"),
    user: user === undefined ? undefined : accountLabel(user),
    commandLine: textOf(fields, "process.command_line"),
  };
}
