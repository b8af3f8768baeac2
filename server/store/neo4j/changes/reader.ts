import { incidentKey } from "../../../alert/incident-key.ts";
import { alertOf } from "../../alerts/body.ts";
import type { ChangesReader, WorkedOn } from "../../changes/port.ts";
import { ifReadable } from "../../damage.ts";
import type { Queries } from "../connection.ts";
import { number, optionalText, text, texts } from "../row.ts";
import { othersWatching } from "../watchers/adapter.ts";

/** `writes` counts every write, also those that no alert notices. */
const look = `
  OPTIONAL MATCH (t:Turn {name: 'write'})
  OPTIONAL MATCH (h:AuditHead {name: 'head'})
  RETURN coalesce(t.writes, 0) AS writes, h.sequence AS sequence, h.hash AS hash, ${othersWatching} AS watchers`;

/** With the alerts themselves: the key in the index may be shortened. */
const incidents = `
  UNWIND $subjects AS subject
  CALL (subject) {
    WITH subject WHERE subject.kind = 'alert'
    OPTIONAL MATCH (former:AlertAlias {oldId: subject.id})
    WITH coalesce(former.id, subject.id) AS id
    MATCH (a:Alert {id: id}) RETURN a
    UNION
    WITH subject WHERE subject.kind = 'incident'
    MATCH (i:Incident {id: subject.id})
    MATCH (a:Alert {id: i.alertId}) RETURN a
  }
  WITH subject, a WHERE NOT a.buildingBlock
  RETURN subject.kind AS kind, subject.id AS subjectId, a.id AS id, a.body AS body,
    a.status AS status, a.closeReason AS closeReason`;

/** `server` is told of who has incidents open at others. */
export function changesReader(queries: Queries, server: string): ChangesReader {
  return {
    async look() {
      const [row] = await queries.run(look, { server });
      if (row === undefined) {
        return { alerts: 0 };
      }
      const hash = optionalText(row, "hash");
      const watchers = texts(row, "watchers").join();
      return {
        alerts: number(row, "writes"),
        ...(watchers === "" ? {} : { watchers }),
        ...(hash === undefined ? {} : { audit: { sequence: number(row, "sequence"), hash } }),
      };
    },
    async incidentsOf(subjects) {
      if (subjects.length === 0) {
        return [];
      }
      const rows = await queries.run(incidents, { subjects: subjects.map(({ kind, id }) => ({ kind, id })) });
      return rows.flatMap((row) => {
        const alert = ifReadable(row, alertOf);
        const kind: WorkedOn["kind"] = text(row, "kind") === "alert" ? "alert" : "incident";
        return alert === undefined ? [] : [{ kind, id: text(row, "subjectId"), key: incidentKey(alert) }];
      });
    },
  };
}
