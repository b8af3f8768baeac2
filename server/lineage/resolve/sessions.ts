import type { Account } from "#contracts/account";
import type { LogonFact } from "../facts.ts";
import { logonGuidOf, SERVICE_LOGONS, sessionKey } from "../keys.ts";
import { byTime } from "../process-facts.ts";
import type { LogonIdentity, SessionRow } from "../tables.ts";
import { type LogonUse, sessionUser } from "./logon-uses.ts";

/** Records of one logon within this time are one opening (milliseconds). */
const SAME_OPENING = 3000;

/**
 * A process may be recorded this much before the logon of its session, because the clocks of two logs differ
 * (milliseconds).
 */
const EARLY_PROCESS = 5000;

/** Windows does not restart within this time (milliseconds): two accounts this near share a session. */
const SHORTEST_BOOT = 10_000;

/** What tells the sessions of one logon id apart besides its logons. */
export interface LogonHistory {
  readonly uses?: readonly LogonUse[];
  /** When the host was started or stopped, by time. */
  readonly boots?: readonly number[];
}

/**
 * The sessions of a logon id on a host, by time. Ids restart at each boot, and within one boot an id is one session. So
 * there is one, unless the id was opened again later, has several logon GUIDs or accounts, or was used before and after
 * a boot. A session whose opening was not recorded exists as well. Service accounts have exactly one session each. See
 * docs/decisions/0051.
 */
export function sessionsOf(
  { host, logonId }: LogonIdentity,
  facts: readonly LogonFact[],
  history: LogonHistory = {},
): readonly SessionRow[] {
  const service = SERVICE_LOGONS.get(logonId);
  if (service !== undefined) {
    const user: Account = { name: service, domain: "NT AUTHORITY" };
    return [{ key: sessionKey(host, logonId), host, logonId, privileged: false, user }];
  }
  const { uses = [] } = history;
  const sorted = [...facts].sort(byTime);
  const segments = segmentsOf(itemsOf(host, sorted, history), bootsWithin(history));
  return segments.map(({ opened, from, logonGuid, user }, index): SessionRow => {
    const begin = index === 0 ? Number.NEGATIVE_INFINITY : from - SAME_OPENING;
    const end = (segments[index + 1]?.from ?? Number.POSITIVE_INFINITY) - SAME_OPENING;
    const own = sorted.filter(({ time }) => time >= begin && time < end);
    const half = opened?.linkedLogonId === undefined ? own.find(({ what }) => what === "linked") : opened;
    const which = index === 0 ? undefined : (opened?.time ?? logonGuid ?? from);
    return {
      key: sessionKey(host, logonId, which),
      host,
      logonId,
      opened,
      closed: own.find(({ what, time }) => what === "closed" && time >= (opened?.time ?? begin))?.time,
      privileged: own.some(({ what }) => what === "privileged"),
      user: opened?.user ?? half?.user,
      linked: half?.linkedLogonId === undefined ? undefined : { logonId: half.linkedLogonId, elevated: half.elevated },
      from: index === 0 ? undefined : from,
      until: segments[index + 1]?.from,
      logonGuid,
      usedBy: user,
      ...(index === 0 ? { uses } : {}),
    };
  });
}

/** The session of a process: by its logon GUID, else the last one before its start with its account, else the last. */
export function sessionAt(
  sessions: readonly SessionRow[],
  { time, logonGuid, user }: Pick<LogonUse, "logonGuid" | "user"> & { readonly time: number },
): SessionRow | undefined {
  const sameGuid = logonGuid === undefined ? undefined : sessions.find((session) => session.logonGuid === logonGuid);
  if (sameGuid !== undefined) {
    return sameGuid;
  }
  const begun = sessions.filter(({ from, opened }) => {
    const tolerance = opened === undefined ? 0 : EARLY_PROCESS;
    return from === undefined || from <= time + tolerance;
  });
  return begun.findLast(({ usedBy }) => isSame(usedBy, user)) ?? begun.at(-1) ?? sessions[0];
}

/** A record of a logon, or processes that used its id. */
interface Item {
  readonly first: number;
  readonly last: number;
  readonly opened?: LogonFact;
  readonly logonGuid?: string;
  readonly user?: string;
}

/** Items of one session. */
interface Segment extends Item {
  readonly from: number;
}

/** By time; a logon comes before the processes that started at the same time. */
function itemsOf(host: string, sorted: readonly LogonFact[], history: LogonHistory): readonly Item[] {
  const { uses = [] } = history;
  const guids = new Set(uses.map(({ logonGuid }) => logonGuid));
  const openings = openingsIn(sorted).map((opened): Item => {
    const guid = logonGuidOf(opened.logonGuid);
    return {
      first: opened.time - EARLY_PROCESS,
      last: opened.time,
      opened,
      // Sysmon makes up its own GUID of a session, so that the one of the logon is rarely found again.
      logonGuid: guids.has(guid) ? guid : undefined,
      user: sessionUser(host, opened.user),
    };
  });
  const boots = bootsWithin(history);
  const used = uses.flatMap((use): readonly Item[] => (use.logonGuid === undefined ? splitAt(use, boots) : [use]));
  const linked = sorted.flatMap(({ what, time, user }): readonly Item[] =>
    what === "linked" ? [{ first: time, last: time, user: sessionUser(host, user) }] : [],
  );
  return [...openings, ...linked, ...used].sort((a, b) => a.first - b.first);
}

function openingsIn(sorted: readonly LogonFact[]): readonly LogonFact[] {
  const openings: LogonFact[] = [];
  for (const fact of sorted) {
    const last = openings.at(-1);
    if (fact.what === "opened" && (last === undefined || fact.time - last.time > SAME_OPENING)) {
      openings.push(fact);
    }
  }
  return openings;
}

/** Boots between the uses of an id. There was none while one GUID was in use, whatever the log says. */
function bootsWithin({ boots = [], uses = [] }: LogonHistory): readonly number[] {
  const known = uses.filter(({ logonGuid }) => logonGuid !== undefined);
  return boots.filter((boot) => !known.some(({ first, last }) => first < boot && boot <= last));
}

/** Uses before and after a boot are of two sessions; of several boots in one use only the outermost can be told. */
function splitAt(use: LogonUse, boots: readonly number[]): readonly LogonUse[] {
  const within = boots.filter((boot) => use.first < boot && boot <= use.last);
  const [first, last] = [within[0], within.at(-1)];
  return first === undefined || last === undefined
    ? [use]
    : [
        { ...use, last: first - 1 },
        { ...use, first: last },
      ];
}

function segmentsOf(items: readonly Item[], boots: readonly number[]): readonly Segment[] {
  const segments: Segment[] = [];
  for (const item of items) {
    const sameGuid = segments.findIndex(({ logonGuid }) => logonGuid !== undefined && logonGuid === item.logonGuid);
    const index = sameGuid < 0 ? segments.length - 1 : sameGuid;
    const segment = segments[index];
    if (segment !== undefined && item.opened === undefined && canBeOne(segment, item, boots)) {
      segments[index] = united(segment, item);
    } else {
      segments.push({ ...item, from: item.opened?.time ?? startOf(item, segment, boots) });
    }
  }
  const sessions = withEarlyUses(segments, boots);
  return sessions.length === 0 ? [{ from: 0, first: 0, last: 0 }] : sessions;
}

/** The boot before the first use, if one is known: everything from there on is of the same session. */
function startOf({ first }: Item, before: Segment | undefined, boots: readonly number[]): number {
  return boots.findLast((boot) => boot <= first && boot > (before?.last ?? Number.POSITIVE_INFINITY)) ?? first;
}

/** Uses before a logon are of the session that it opened unless anything contradicts: its record may be late. */
function withEarlyUses(segments: readonly Segment[], boots: readonly number[]): readonly Segment[] {
  const found: Segment[] = [];
  for (const segment of segments) {
    const before = found.at(-1);
    if (
      before !== undefined &&
      before.opened === undefined &&
      segment.opened !== undefined &&
      canBeOne(before, segment, boots)
    ) {
      found[found.length - 1] = { ...united(before, segment), from: before.from };
    } else {
      found.push(segment);
    }
  }
  return found;
}

function canBeOne(a: Item, b: Item, boots: readonly number[]): boolean {
  if (a.logonGuid !== undefined && a.logonGuid === b.logonGuid) {
    return true;
  }
  const isSameUser = isSame(a.user, b.user) || b.first - a.last < SHORTEST_BOOT;
  return isSame(a.logonGuid, b.logonGuid) && isSameUser && !boots.some((boot) => a.last < boot && boot <= b.first);
}

function united(a: Segment, b: Item): Segment {
  return {
    from: a.from,
    first: a.first,
    last: Math.max(a.last, b.last),
    opened: a.opened ?? b.opened,
    logonGuid: a.logonGuid ?? b.logonGuid,
    // Of a session with two accounts neither tells it apart.
    user: isSame(a.user, b.user) ? (a.user ?? b.user) : undefined,
  };
}

/** A value that is not known matches any. */
function isSame(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}
