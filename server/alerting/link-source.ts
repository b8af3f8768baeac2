import type { LogonSession } from "#contracts/lineage";
import { and, type Condition, equals } from "../condition/tree.ts";
import type { ConnectionQuery, LinkSource } from "../lineage/links/link-source.ts";
import { withReadAhead } from "../lineage/links/read-ahead.ts";
import type { Store } from "../store/port.ts";

/** Connections examined per logon. */
const CONNECTION_LIMIT = 50;

/**
 * As `linkSource`, for the links of these sessions. A store across a network reads ahead what they usually need: else
 * every host that links are followed over would cost several round trips, one after the other.
 */
export async function linkSourceAround(
  store: Pick<Store, "lineage" | "events">,
  sessions: readonly string[],
): Promise<{
  readonly source: LinkSource;
  /** Sessions that links may lead to. Looking for the origins of all of them at once costs no more round trips. */
  readonly possible: readonly LogonSession[];
}> {
  const around = await store.lineage.logonSurroundings(sessions);
  return around === undefined
    ? { source: linkSource(store), possible: [] }
    : {
        source: withReadAhead(
          linkSource(store, async () => around.accounts),
          around,
        ),
        possible: around.examined,
      };
}

/** Reads from a store what `logonLinks` needs to link logons across hosts. */
export function linkSource(
  { lineage, events }: Pick<Store, "lineage" | "events">,
  accounts: LinkSource["accounts"] = () => lineage.accounts(),
): LinkSource {
  return {
    hostsLabelled: (labels) => lineage.hostsLabelled(labels),
    accounts,
    addresses: (of) => lineage.addresses(of),
    logonFacts: (probes, limit) => lineage.logonFacts(probes, limit),
    sessions: ({ openAt: _, ...query }) => lineage.sessions(query),
    async processesOfRecords(eventIds) {
      const found = await Promise.all(eventIds.map((id) => events.get(id)));
      return lineage.processesOf(found.flatMap((event) => event ?? []));
    },
    async connections(query) {
      const { from, to } = query;
      // Events keep the name under which they were recorded.
      const named = "hosts" in query ? (await accounts()).hosts : undefined;
      const found = await events.find({
        condition: connectionCondition(query, (host) => named?.all(host) ?? [host]),
        from,
        to,
        limit: CONNECTION_LIMIT,
        order: "oldest-first",
      });
      const processes = await lineage.processesOf(found.events);
      return found.events.flatMap(({ id, source }) => {
        const process = processes.get(id);
        return process === undefined ? [] : [{ process, source }];
      });
    },
  };
}

function connectionCondition(query: ConnectionQuery, namesOf: (host: string) => readonly string[]): Condition {
  const outbound = and(equals("event.category", "network"), equals("network.direction", ["egress", "outbound"]));
  return "port" in query
    ? and(
        outbound,
        equals("host.name", [...new Set(query.hosts.flatMap(namesOf))], { caseInsensitive: true }),
        equals("source.ip", query.address),
        equals("source.port", query.port),
      )
    : and(
        outbound,
        equals("user.name", query.userName, { caseInsensitive: true }),
        equals("destination.ip", query.destinations),
      );
}
