import type { LogonSession } from "#contracts/lineage";
import type { LogonEvent, SessionPage } from "#contracts/pivot";
import { linkSourceAround } from "../alerting/link-source.ts";
import { logonLinks } from "../lineage/links/logon-links.ts";
import type { StoreReader } from "../store/port.ts";
import { logonEventOf } from "./logon-event.ts";

/**
 * The outbound logons of a session: those made with other credentials, each with the session that it opened, and those
 * made on other hosts with its own (`lineage/logon-links.ts`). Ambiguous ones are only counted, in a note.
 */
export async function outboundLogonsOf(store: StoreReader, session: LogonSession): Promise<OutboundLogons> {
  const { source, possible } = await linkSourceAround(store, [session.key]);
  const { links, explicit, notes } = await logonLinks(source, possible).outboundOf(session);
  const certain = links.filter(({ certainty }) => certainty !== "ambiguous");
  const keys = [...new Set(certain.map(({ to }) => to.sessionKey))];
  const records = [
    ...explicit.map(({ source: { eventId } }) => eventId),
    ...certain.map(({ evidence }) => evidence[0]?.eventId ?? ""),
  ];
  const [{ items }, found, senders, { hosts }] = await Promise.all([
    keys.length === 0 ? { items: [] } : source.sessions({ keys, limit: keys.length }),
    Promise.all([...new Set(records)].map((id) => store.events.get(id))),
    store.lineage.processes(certain.flatMap(({ from }) => from.processKey ?? [])),
    store.lineage.accounts(),
  ]);
  const events = new Map(found.flatMap((event) => (event === undefined ? [] : [[event.id, event] as const])));
  const processes = await store.lineage.processesOf([...events.values()]);
  const sessions = new Map(items.map((one) => [one.key, one]));
  const logons: SessionPage["outboundLogons"][number][] = [];
  const linked = new Set<string>();
  for (const { source: record } of explicit) {
    const event = events.get(record.eventId);
    const logon = event === undefined ? undefined : logonEventOf(event, hosts, session, processes.get(event.id));
    const led = certain.filter(({ evidence }) => evidence.some(({ eventId }) => eventId === record.eventId));
    for (const { to } of led) {
      linked.add(to.sessionKey);
    }
    logons.push(
      ...(logon === undefined
        ? []
        : (led.length === 0 ? [undefined] : led).map((link) => ({
            logon,
            session: link === undefined ? undefined : sessions.get(link.to.sessionKey),
          }))),
    );
  }
  for (const { to, user, from, evidence } of certain.filter((link) => !linked.has(link.to.sessionKey))) {
    const next = sessions.get(to.sessionKey);
    const event = events.get(evidence[0]?.eventId ?? "");
    const process = senders.get(from.processKey ?? "");
    const logon: LogonEvent | undefined = event === undefined ? undefined : logonEventOf(event, hosts, next, process);
    if (logon !== undefined) {
      logons.push({ logon: { ...logon, targetHost: to.host, targetUser: user }, session: next });
    }
  }
  const ambiguous = links.length - certain.length;
  return {
    items: logons,
    notes: [
      ...notes,
      ...(ambiguous === 0
        ? []
        : [
            `${ambiguous} network logons of the account came from this host while another of its sessions was open, so they are not linked to this session.`,
          ]),
    ],
  };
}

interface OutboundLogons {
  readonly items: SessionPage["outboundLogons"];
  /** What is left out and why, one sentence each. */
  readonly notes: readonly string[];
}
