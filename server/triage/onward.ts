import type { LogonSession } from "#contracts/lineage";
import type { LogonEvent, SessionPage } from "#contracts/pivot";
import { and, equals, exists, or } from "../condition/tree.ts";
import { type StemmaEvent, textOf } from "../event/event.ts";
import type { Store } from "../store/port.ts";
import { explicitLogonsOf, logonEventOf, networkLogonsOn, sessionsOfEvents } from "./logon-event.ts";

/** Seconds between the use of credentials on one host and the logon that they lead to on the other. */
const reach = 10_000;
const shown = 200;

/**
 * Where a session went on to. A 4648 inside the session names the account that was used and the host it was used on; the
 * session that it led to is the network logon (4624, type 3) of that account on that host within ten seconds, and where
 * the 4624 names its source, that source must be the host of the first session. Nothing is tied on less.
 */
export async function onwardOf(store: Store, session: LogonSession): Promise<SessionPage["onward"]> {
  if (session.service) {
    return [];
  }
  const window = {
    from: session.opened === undefined ? undefined : Date.parse(session.opened) - 2000,
    to: session.closed === undefined ? undefined : Date.parse(session.closed) + 2000,
  };
  const explicit = await store.events.find({
    condition: explicitLogonsOf(session),
    limit: shown,
    order: "oldest-first",
    ...window,
  });
  const hosts = (await store.lineage.hosts()).map(({ host }) => host);
  const own = await addressesOf(store, session);
  const onward: SessionPage["onward"][number][] = [];
  for (const event of explicit.events) {
    const logon = logonEventOf(event, session, await store.lineage.processOf(event));
    if (logon !== undefined) {
      onward.push({ logon, session: await sessionLedTo(store, event, logon, hosts, { host: session.host, own }) });
    }
  }
  return onward;
}

async function sessionLedTo(
  store: Store,
  event: StemmaEvent,
  logon: LogonEvent,
  hosts: readonly string[],
  from: { readonly host: string; readonly own: ReadonlySet<string> },
): Promise<LogonSession | undefined> {
  const host = hosts.find((candidate) => candidate !== from.host && isSameHost(candidate, logon.targetHost));
  if (host === undefined || logon.targetUser === undefined) {
    return undefined;
  }
  const window = { from: event.time - 2000, to: event.time + reach };
  const candidates = await store.events.find({
    condition: networkLogonsOn(host),
    limit: shown,
    order: "oldest-first",
    ...window,
  });
  const fitting = candidates.events.filter((candidate) => {
    const user = textOf(candidate.fields, "winlog.event_data.TargetUserName")?.toLowerCase();
    return user === logon.targetUser?.name.toLowerCase() && comesFrom(candidate, from);
  });
  const sessions = await sessionsOfEvents(store, fitting);
  return fitting.map(({ id }) => sessions.get(id)).find((candidate) => candidate !== undefined);
}

/** Whether a 4624 may come from a host: what it says of its source must not contradict. */
function comesFrom(event: StemmaEvent, from: { readonly host: string; readonly own: ReadonlySet<string> }): boolean {
  const name = textOf(event.fields, "winlog.event_data.WorkstationName") ?? textOf(event.fields, "source.domain");
  if (name !== undefined && name !== "-" && name !== "") {
    return isSameHost(from.host, name);
  }
  const address = textOf(event.fields, "source.ip");
  return address === undefined || from.own.size === 0 || from.own.has(address);
}

/** Addresses of a host as its own records tell them (`host.ip`, and the source of its Sysmon network events). */
async function addressesOf(store: Store, session: LogonSession): Promise<ReadonlySet<string>> {
  const condition = and(
    equals("host.name", session.host, { fold: true }),
    or(exists("host.ip"), and(equals("event.code", "3"), equals("network.direction", ["egress", "outbound"]))),
  );
  const found = await store.events.find({ condition, limit: 50, order: "newest-first" });
  return new Set(
    found.events.flatMap(({ fields }) =>
      [textOf(fields, "host.ip"), textOf(fields, "source.ip")].filter((ip) => ip !== undefined),
    ),
  );
}

/** The same host with or without its domain. */
export function isSameHost(host: string, name: string | undefined): boolean {
  const first = (text: string) => text.toLowerCase().replace(/^\\\\/, "").split(".")[0];
  return name !== undefined && name !== "" && first(host) === first(name);
}
