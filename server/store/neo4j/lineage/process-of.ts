import type { ProcessNode } from "#contracts/lineage";
import type { StemmaEvent } from "../../../event/event.ts";
import { processKeysOf } from "../../../lineage/process-of.ts";
import { byEvent } from "../../lineage/pages.ts";
import type { LineageReader } from "../../lineage/port.ts";
import { indexed } from "../indexed.ts";
import type { Reads } from "../reads.ts";
import { text } from "../row.ts";
import { readHistories } from "./find.ts";

/** Events per query: a playbook query asks for the processes of thousands. */
const EVENTS = 1_000;

const hostsOfNames = (names: string) => `
  UNWIND ${names} AS name
  MATCH (n:HostName {name: name}) WHERE n.host IS NOT NULL
  RETURN {name: n.name, host: n.host}`;
const exitOwners = (ids: string) => `
  UNWIND ${ids} AS id
  MATCH (x:Exit {eventId: id}) WHERE x.processKey IS NOT NULL
  RETURN {id: id, key: x.processKey}`;

/** The processes that events are about, by event id: at most three queries per thousand events. */
export async function processesOf(
  reads: Reads,
  nodes: LineageReader["processes"],
  events: readonly StemmaEvent[],
): Promise<ReadonlyMap<string, ProcessNode>> {
  const keys = new Map<string, string>();
  for (let start = 0; start < events.length; start += EVENTS) {
    const found = await processKeysOf(
      {
        async hostsOfNames(names) {
          const rows = await reads.rows((parameters) => hostsOfNames(parameters.add(names.map(indexed))));
          return new Map(rows.map((row) => [text(row, "name"), text(row, "host")]));
        },
        async exitOwners(ids) {
          const rows = ids.length === 0 ? [] : await reads.rows((parameters) => exitOwners(parameters.add(ids)));
          return new Map(rows.map((row) => [text(row, "id"), text(row, "key")]));
        },
        histories: (probes) => readHistories(reads, probes),
      },
      events.slice(start, start + EVENTS),
    );
    found.forEach((key, id) => void keys.set(id, key));
  }
  return byEvent(keys, await nodes([...new Set(keys.values())]));
}
