import { z } from "zod";
import type { SharedWatchers } from "../../watchers/port.ts";
import type { Queries } from "../connection.ts";

/** Milliseconds for which others believe what a server told. */
const LIFETIME = 30_000;

/** The nodes `w` of other servers that still count. A few nodes with one label: there is no index. */
const others = "MATCH (w:Watching) WHERE w.server <> $server AND w.until > timestamp()";
/** Another text after each change of who is there, and the same when a server only says it again. */
export const othersWatching = `COLLECT { ${others} RETURN w.server + ' ' + toString(w.changed) ORDER BY w.server }`;

/**
 * Outside of the turns of writers: whoever looks for changes sees no write. Times are those of the store: `ago` is
 * how long ago each of them came. What servers left behind that have gone is removed on the way.
 */
const announce = `
  MERGE (w:Watching {server: $server})
  WITH w, coalesce(w.watching = $watching, false) AS same
  SET w.since = CASE WHEN same THEN w.since ELSE [ago IN $ago | timestamp() - ago] END,
    w.changed = CASE WHEN same THEN w.changed ELSE timestamp() END,
    w.watching = $watching, w.until = timestamp() + ${LIFETIME}
  WITH w MATCH (gone:Watching) WHERE gone.until < timestamp() DELETE gone`;
const withdraw = "MATCH (w:Watching) WHERE w.server = $server OR w.until < timestamp() DELETE w";

const people = z.array(z.object({ key: z.string(), account: z.string(), name: z.string() }));
const stored = z.object({
  watching: z.string().transform((text, context) => {
    try {
      return people.parse(JSON.parse(text));
    } catch {
      context.addIssue("it is not what this version tells");
      return z.NEVER;
    }
  }),
  since: z.array(z.number()),
});

/** `writing` is undefined if the store is only read. */
export function sharedWatchers(reading: Queries, writing: Queries | undefined, server: string): SharedWatchers {
  return {
    async announce(watching, now) {
      if (watching.length === 0) {
        await writing?.run(withdraw, { server });
        return;
      }
      await writing?.run(announce, {
        server,
        watching: JSON.stringify(watching.map(({ key, account, name }) => ({ key, account, name }))),
        ago: watching.map(({ since }) => now - since),
      });
    },
    async elsewhere() {
      const rows = await reading.run(`${others} RETURN w.watching AS watching, w.since AS since`, { server });
      return rows.flatMap((row) => {
        // What another version of Stemma told may not be understood, and is gone in a moment.
        const { watching, since } = stored.safeParse(row).data ?? { watching: [], since: [] };
        return watching.map((one, index) => ({ ...one, since: since[index] ?? 0 }));
      });
    },
  };
}
