import { and, type Condition, equals } from "../condition/tree.ts";
import type { ConnectionQuery, LinkSource } from "../lineage/logon-links.ts";
import type { Store } from "../store/port.ts";

/** Connections that are looked at for one logon. */
const MOST = 50;

/** What ties logons across hosts, read from a store. */
export function linkSource(store: Pick<Store, "lineage" | "events">): LinkSource {
  const { lineage, events } = store;
  return {
    hostsLabelled: (labels) => lineage.hostsLabelled(labels),
    users: () => lineage.users(),
    accountTies: () => lineage.accountTies(),
    addresses: (of) => lineage.addresses(of),
    logonFacts: (probes, limit) => lineage.logonFacts(probes, limit),
    sessions: (query) => lineage.sessions(query),
    async processOfRecord(eventId) {
      const event = await events.get(eventId);
      return event === undefined ? undefined : lineage.processOf(event);
    },
    async connections(query) {
      const { from, to } = query;
      const found = await events.find({ condition: opened(query), from, to, limit: MOST, order: "oldest-first" });
      const processes = await Promise.all(found.events.map((event) => lineage.processOf(event)));
      return found.events.flatMap(({ source }, index) => {
        const process = processes[index];
        return process === undefined ? [] : [{ process, source }];
      });
    },
  };
}

function opened(query: ConnectionQuery): Condition {
  const outgoing = and(equals("event.category", "network"), equals("network.direction", ["egress", "outbound"]));
  return "port" in query
    ? and(
        outgoing,
        equals("host.name", query.hosts, { fold: true }),
        equals("source.ip", query.address),
        equals("source.port", query.port),
      )
    : and(outgoing, equals("user.name", query.userName, { fold: true }), equals("destination.ip", query.destinations));
}
