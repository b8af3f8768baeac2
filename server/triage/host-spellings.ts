import type { Spelling } from "#contracts/pivot";
import type { EvidenceRecord, HostEvidence } from "../lineage/hosts/evidence.ts";
import type { HostGroup } from "../lineage/hosts/host-groups.ts";
import { type HostTie, hostTies } from "../lineage/hosts/host-ties.ts";
import type { StoreReader } from "../store/port.ts";

/** The other names of a host, each with the evidence of its ties. */
export async function hostSpellings(
  store: StoreReader,
  group: HostGroup,
  evidence: readonly HostEvidence[],
): Promise<readonly Spelling[]> {
  const ties = hostTies(group, evidence);
  const ids = [...new Set(ties.flatMap(({ records }) => records).map(({ eventId }) => eventId))];
  const events = await Promise.all(ids.map((id) => store.events.get(id)));
  const sources = new Map(ids.map((id, index) => [id, events[index]?.source]));
  return group.names
    .filter((name) => name !== group.host)
    .map((key) => {
      const own = ties.filter(({ name, to }) => name === key || to === key);
      const records = new Set(own.flatMap((tie) => tie.records).map(({ eventId }) => eventId));
      return {
        key,
        why: own.map((tie) => explained(key, tie)).join(" "),
        evidence: [...records].flatMap((id) => sources.get(id) ?? []),
      };
    });
}

/** Why a name is tied to another one, as a sentence. */
function explained(key: string, { name, to, because, records }: HostTie): string {
  const other = name === key ? to : name;
  const where = records.map(recordText).join(" and ") || "records";
  switch (because.kind) {
    case "short-name":
      return name === key
        ? `The short name of ${to}: no other host has a full name that begins with it.`
        : `The full name of ${name}: no other host has one that begins so.`;
    case "renamed":
      return name === key
        ? `The host was renamed to this from ${to} (System 6011, ${where}).`
        : `The host was renamed from this to ${name} (System 6011, ${where}).`;
    case "same-id":
      return `The same machine id ${because.id} as ${other}: in ${where}.`;
    case "same-entity":
      return `The process with the entity id ${because.entityId} was recorded under this name and as ${other}: in ${where}.`;
  }
}

function recordText({ eventId, recordId, time }: EvidenceRecord): string {
  const at = new Date(time)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
  return `record ${recordId ?? eventId} of ${at}`;
}
