import type { LogonSession } from "#contracts/lineage";
import type { LogonEvent, SessionPage } from "#contracts/pivot";
import { linkSource } from "../alerting/link-source.ts";
import { logonLinks } from "../lineage/logon-links.ts";
import type { Store } from "../store/port.ts";
import { logonEventOf } from "./logon-event.ts";

/**
 * Where a session went on to: the uses of other credentials inside it, each with the session that it led to, and the logons on
 * other hosts that it made with its own (`lineage/logon-links.ts`). Logons that it may have made, beside other sessions, are
 * told in a note.
 */
export async function outboundLogonsOf(store: Store, session: LogonSession): Promise<Onward> {
  const { links, explicit, notes } = await logonLinks(linkSource(store)).onwardOf(session);
  const certain = links.filter(({ certainty }) => certainty !== "ambiguous");
  const keys = [...new Set(certain.map(({ to }) => to.sessionKey))];
  const { items } = keys.length === 0 ? { items: [] } : await store.lineage.sessions({ keys, limit: keys.length });
  const sessions = new Map(items.map((one) => [one.key, one]));
  const told: SessionPage["outboundLogons"][number][] = [];
  const tied = new Set<string>();
  for (const { source } of explicit) {
    const event = await store.events.get(source.eventId);
    const logon = event === undefined ? undefined : logonEventOf(event, session, await store.lineage.processOf(event));
    const led = certain.filter(({ evidence }) => evidence.some(({ eventId }) => eventId === source.eventId));
    for (const { to } of led) {
      tied.add(to.sessionKey);
    }
    told.push(
      ...(logon === undefined
        ? []
        : (led.length === 0 ? [undefined] : led).map((link) => ({
            logon,
            session: link === undefined ? undefined : sessions.get(link.to.sessionKey),
          }))),
    );
  }
  for (const { to, user, from, evidence } of certain.filter((link) => !tied.has(link.to.sessionKey))) {
    const next = sessions.get(to.sessionKey);
    const event = await store.events.get(evidence[0]?.eventId ?? "");
    const process = from.processKey === undefined ? undefined : await store.lineage.process(from.processKey);
    const logon: LogonEvent | undefined = event === undefined ? undefined : logonEventOf(event, next, process);
    if (logon !== undefined) {
      told.push({ logon: { ...logon, targetHost: to.host, targetUser: user }, session: next });
    }
  }
  const open = links.length - certain.length;
  return {
    items: told,
    notes: [
      ...notes,
      ...(open === 0
        ? []
        : [
            `${open} network logons of the account came from this host, but another session of it was open then, so they are not tied to this one.`,
          ]),
    ],
  };
}

interface Onward {
  readonly items: SessionPage["outboundLogons"];
  /** What is left out and why, a sentence each. */
  readonly notes: readonly string[];
}
