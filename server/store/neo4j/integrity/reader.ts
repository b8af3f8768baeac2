import type { IntegrityReader, IntegrityStep } from "../../integrity/port.ts";
import { danglingReference } from "../../integrity/problems.ts";
import type { Queries } from "../connection.ts";
import { number } from "../row.ts";

/** Nodes that name another by its key, and how to find those whose other does not exist, as `example`. */
const references: readonly { readonly what: string; readonly cypher: string }[] = [
  {
    what: "alerts of answers",
    cypher: "MATCH (n:Answer) WHERE NOT EXISTS { MATCH (:Alert {id: n.alertId}) } RETURN n.alertId AS example",
  },
  {
    what: "attached texts of answers",
    cypher:
      "MATCH (n:Answer) UNWIND n.attachments AS id WITH id WHERE NOT EXISTS { MATCH (:AttachedText {id: id}) } RETURN id AS example",
  },
  {
    what: "alerts of status changes",
    cypher: "MATCH (n:Transition) WHERE NOT EXISTS { MATCH (:Alert {id: n.alertId}) } RETURN n.alertId AS example",
  },
  {
    what: "alerts of proposals",
    cypher: "MATCH (n:Proposal) WHERE NOT EXISTS { MATCH (:Alert {id: n.alertId}) } RETURN n.alertId AS example",
  },
  {
    what: "alerts of work on incidents",
    cypher: "MATCH (n:Incident) WHERE NOT EXISTS { MATCH (:Alert {id: n.alertId}) } RETURN n.alertId AS example",
  },
  {
    what: "alerts of former ids",
    cypher: "MATCH (n:AlertAlias) WHERE NOT EXISTS { MATCH (:Alert {id: n.id}) } RETURN n.id AS example",
  },
  {
    what: "batches of parts",
    cypher: "MATCH (n:BatchPart) WHERE NOT EXISTS { MATCH (:Batch {id: n.batch}) } RETURN n.batch AS example",
  },
  {
    what: "batches of what they left",
    cypher: "MATCH (n:BatchLeft) WHERE NOT EXISTS { MATCH (:Batch {id: n.batch}) } RETURN n.batch AS example",
  },
  {
    what: "lists of values",
    cypher: "MATCH (n:ValueListPart) WHERE NOT EXISTS { MATCH (:ValueList {id: n.list}) } RETURN n.list AS example",
  },
  {
    what: "exceptions of hits",
    cypher:
      "MATCH (n:ExceptionHit) WHERE NOT EXISTS { MATCH (:Exception {id: n.exceptionId}) } RETURN n.exceptionId AS example",
  },
];

/** Neo4j keeps relationships whole by itself; this looks at what is named by a property. */
export function integrityReader(queries: Queries): IntegrityReader {
  return {
    steps: async () =>
      references.map(
        ({ what, cypher }): IntegrityStep => ({
          name: what,
          async run() {
            const [row] = await queries.run(`CALL () { ${cypher} } RETURN count(*) AS count, min(example) AS example`);
            const count = row === undefined ? 0 : number(row, "count");
            return count === 0 ? [] : [danglingReference(what, count, String(row?.["example"]))];
          },
        }),
      ),
  };
}
