import type { StoreFigures } from "../figures.ts";
import type { Queries } from "./connection.ts";
import { number, optionalNumber } from "./row.ts";

/** Events are counted by the nodes of coverage; alerts by the count that Neo4j keeps per label. */
export async function storeFigures(queries: Queries): Promise<StoreFigures> {
  const [[events], [alerts]] = await Promise.all([
    queries.run("MATCH (c:EventCoverage) RETURN sum(c.events) AS events, max(c.last) AS newest"),
    queries.run("MATCH (a:Alert) RETURN count(a) AS alerts"),
  ]);
  const newestEvent = events === undefined ? undefined : optionalNumber(events, "newest");
  return {
    events: events === undefined ? 0 : number(events, "events"),
    ...(newestEvent === undefined ? {} : { newestEvent }),
    alerts: alerts === undefined ? 0 : number(alerts, "alerts"),
  };
}
