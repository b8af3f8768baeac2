import { readable, stored } from "../../damage.ts";
import type { RuleVersionReader, RuleVersionRecord, RuleVersionWriter } from "../../rule-versions/port.ts";
import { coalesced } from "../coalesce.ts";
import type { Queries, Writes } from "../connection.ts";
import { number, type Row, text } from "../row.ts";

export const ruleVersionColumns = `v.ruleId AS ruleId, v.hash AS hash, v.version AS version, v.name AS name, v.source AS source,
  v.text AS text, v.firstSeen AS firstSeen, v.lastSeen AS lastSeen`;

export const ruleVersionOf = stored("rule version", (row: Row): RuleVersionRecord => {
  return {
    ruleId: text(row, "ruleId"),
    hash: text(row, "hash"),
    version: text(row, "version"),
    name: text(row, "name"),
    source: text(row, "source"),
    text: text(row, "text"),
    firstSeen: number(row, "firstSeen"),
    lastSeen: number(row, "lastSeen"),
  };
});

export function ruleVersionReader(queries: Queries): RuleVersionReader {
  return {
    of: coalesced(async (ruleIds) => {
      const rows = await queries.run(
        `UNWIND $ruleIds AS ruleId
         MATCH (v:RuleVersion {ruleId: ruleId})
         RETURN ${ruleVersionColumns}
         ORDER BY lastSeen DESC, firstSeen DESC, hash`,
        { ruleIds: [...new Set(ruleIds)] },
      );
      const versions = Map.groupBy(readable(rows, ruleVersionOf), (one) => one.ruleId);
      return ruleIds.map((ruleId) => versions.get(ruleId) ?? []);
    }),
  };
}

export function ruleVersionWriter(writes: Writes): RuleVersionWriter {
  return {
    async markSeen(versions, at) {
      const rows = await writes.run(
        `UNWIND $versions AS version
         MATCH (v:RuleVersion {ruleId: version.ruleId, hash: version.hash})
         SET v.lastSeen = CASE WHEN v.lastSeen > $at THEN v.lastSeen ELSE $at END
         RETURN version.index AS index`,
        { at, versions: versions.map(({ ruleId, hash }, index) => ({ ruleId, hash, index })) },
      );
      const stored = new Set(rows.map((row) => number(row, "index")));
      return versions.filter((_, index) => !stored.has(index));
    },
    async put(versions) {
      writes.later(
        `UNWIND $versions AS version
         MERGE (v:RuleVersion {ruleId: version.ruleId, hash: version.hash}) ON CREATE SET v += version`,
        {
          versions: versions.map(({ ruleId, hash, version, name, source, text, firstSeen, lastSeen }) => ({
            ruleId,
            hash,
            version,
            name,
            source,
            text,
            firstSeen,
            lastSeen,
          })),
        },
      );
    },
  };
}
