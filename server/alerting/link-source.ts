import { and, type Condition, equals } from "../condition/tree.ts";
import type { ConnectionQuery, LinkSource } from "../lineage/links/link-source.ts";
import type { Store } from "../store/port.ts";

/** Connections examined per logon. */
const CONNECTION_LIMIT = 50;

/** Reads from a store what `logonLinks` needs to link logons across hosts. */
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
      const found = await events.find({
        condition: connectionCondition(query),
        from,
        to,
        limit: CONNECTION_LIMIT,
        order: "oldest-first",
      });
      const processes = await Promise.all(found.events.map((event) => lineage.processOf(event)));
      return found.events.flatMap(({ source }, index) => {
        const process = processes[index];
        return process === undefined ? [] : [{ process, source }];
      });
    },
  };
}

function connectionCondition(query: ConnectionQuery): Condition {
  const outbound = and(equals("event.category", "network"), equals("network.direction", ["egress", "outbound"]));
  return "port" in query
    ? and(
        outbound,
        equals("host.name", query.hosts, { caseInsensitive: true }),
        equals("source.ip", query.address),
        equals("source.port", query.port),
      )
    : and(
        outbound,
        equals("user.name", query.userName, { caseInsensitive: true }),
        equals("destination.ip", query.destinations),
      );
}
