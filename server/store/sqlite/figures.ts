import { statSync } from "node:fs";
import type { StoreFigures } from "../figures.ts";
import { type Connection, number, optionalNumber } from "./connection.ts";

/** Events are counted by the table of coverage, which has a row per quarter of an hour instead of one per event. */
export function storeFigures(connection: Connection, path: string): StoreFigures {
  const events = connection
    .prepare("SELECT coalesce(sum(events), 0) AS events, max(last) AS newest FROM coverage")
    .get();
  const alerts = connection.prepare("SELECT count(*) AS alerts FROM alerts").get();
  const newestEvent = events === undefined ? undefined : optionalNumber(events, "newest");
  return {
    events: events === undefined ? 0 : number(events, "events"),
    ...(newestEvent === undefined ? {} : { newestEvent }),
    alerts: alerts === undefined ? 0 : number(alerts, "alerts"),
    bytes: sizeOf(path) + sizeOf(`${path}-wal`),
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
