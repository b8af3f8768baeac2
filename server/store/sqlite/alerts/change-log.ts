import { type Connection, number, text } from "../connection.ts";

/** Keys of incidents that are kept; who has read less of them reads all incidents again. */
const KEPT = 50_000;

/**
 * The incidents whose alerts changed in anything that the queue shows, in the order of the changes: a page of the queue
 * reads those that changed since the last one instead of all. Triggers name them in `unranked_incidents`; see
 * `rankIncidents`. See docs/decisions/0070.
 */
export const changeLog = `
  CREATE TABLE incident_changes (number INTEGER PRIMARY KEY, item_key TEXT NOT NULL) STRICT;
  DROP INDEX incident_ranks_changed;
  ALTER TABLE incident_ranks DROP COLUMN changed;
`;

/** To be called in the write that changed them. */
export function noteChanges(connection: Connection, keys: readonly string[]): void {
  const note = connection.prepare("INSERT INTO incident_changes (item_key) VALUES (?)");
  for (const key of keys) {
    note.run(key);
  }
  connection.prepare("DELETE FROM incident_changes WHERE number <= ?").run(lastChange(connection) - KEPT);
}

/** The number of the last change; 0: none yet. */
export function lastChange(connection: Connection): number {
  return number(
    connection.prepare("SELECT coalesce(max(number), 0) AS last FROM incident_changes").get() ?? {},
    "last",
  );
}

/** The incidents that changed after the change `since`; undefined: some of them are not kept any more. */
export function changedSince(connection: Connection, since: number): readonly string[] | undefined {
  const { first, last } = connection
    .prepare("SELECT coalesce(min(number), 1) AS first, coalesce(max(number), 0) AS last FROM incident_changes")
    .get() ?? { first: 1, last: 0 };
  if (Number(first) > since + 1 || Number(last) < since) {
    return undefined;
  }
  return connection
    .prepare("SELECT DISTINCT item_key FROM incident_changes WHERE number > ?")
    .all(since)
    .map((row) => text(row, "item_key"));
}
