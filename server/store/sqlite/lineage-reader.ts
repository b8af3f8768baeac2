import type { Page } from "#contracts/event";
import type { ProcessNode } from "#contracts/lineage";
import { neighbourhoodOf } from "../../lineage/neighbourhood.ts";
import type { LineageReader } from "../port.ts";
import { type Connection, number, optionalNumber, optionalText } from "./connection.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { readNodes, shownKey } from "./lineage-nodes.ts";
import { hostList, keysAndTimes, pageOfProcesses, pageOfSessions, sessionsByKey, userList } from "./lineage-pivots.ts";
import { processKeyOf } from "./lineage-process-of.ts";

const parentOf = "SELECT parent_key FROM processes WHERE key = ?";
const childCount = "SELECT child_count FROM processes WHERE key = ?";
/** Whatever has a parent has a start, so every child has its place in time. */
const childrenAfter = `
  SELECT key, at FROM processes WHERE parent_key = ? AND (at, key) > (?, ?) ORDER BY at, key LIMIT ?`;
const childrenBefore = `
  SELECT key, at FROM processes WHERE parent_key = ? AND (at, key) <= (?, ?) ORDER BY at DESC, key DESC LIMIT ?`;
const placeInTime = "SELECT at FROM processes WHERE key = ?";

const EARLIEST = [Number.MIN_SAFE_INTEGER, ""] as const;

/** Lineage as a connection sees it. Work per call grows with what is shown, not with what is stored. */
export function lineageReader(connection: Connection): LineageReader {
  const node = (key: string): ProcessNode | undefined => {
    const shown = shownKey(connection, key);
    return shown === undefined ? undefined : readNodes(connection, [shown])[0];
  };

  const ancestors = (key: string, limit: number): readonly ProcessNode[] => {
    const keys: string[] = [];
    const start = shownKey(connection, key);
    for (let next = start; next !== undefined && keys.length <= limit && !keys.includes(next); ) {
      keys.push(next);
      const row = connection.prepare(parentOf).get(next);
      next = row === undefined ? undefined : optionalText(row, "parent_key");
    }
    const path = readNodes(connection, keys);
    // A node without a parent ends the path: the root, or the place where a circle is cut.
    const end = path.findIndex((one) => one.parent === undefined);
    return path.slice(1, end < 0 ? undefined : end + 1);
  };

  const children = (key: string, query: { readonly cursor?: string; readonly limit: number }): Page<ProcessNode> => {
    const shown = shownKey(connection, key) ?? key;
    const counted = connection.prepare(childCount).get(shown);
    const total = counted === undefined ? 0 : number(counted, "child_count");
    const after = decodeCursor(query.cursor, ["number", "string"]) ?? EARLIEST;
    const rows = keysAndTimes(connection, childrenAfter, [shown, ...after, query.limit + 1]);
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const next = rows.length > query.limit && last !== undefined ? encodeCursor(last) : undefined;
    return pageOf(
      readNodes(
        connection,
        page.map(([, child]) => child),
      ),
      total,
      next,
    );
  };

  const childKeys = (parents: readonly string[], limit: number): readonly string[] => {
    const found: string[] = [];
    for (const parent of parents) {
      if (found.length >= limit) {
        break;
      }
      const rows = keysAndTimes(connection, childrenAfter, [parent, ...EARLIEST, limit - found.length]);
      found.push(...rows.map(([, key]) => key));
    }
    return found;
  };

  const keysAround = (parent: string, child: string, limit: number): readonly string[] => {
    const row = connection.prepare(placeInTime).get(child);
    const place = [(row === undefined ? undefined : optionalNumber(row, "at")) ?? 0, child] as const;
    const earlier = keysAndTimes(connection, childrenBefore, [parent, ...place, limit]).toReversed();
    const later = keysAndTimes(connection, childrenAfter, [parent, ...place, limit]);
    const fromEarlier = Math.max(limit - later.length, Math.ceil(limit / 2));
    return [...earlier.slice(-fromEarlier), ...later].slice(0, limit).map(([, key]) => key);
  };

  return {
    process: async (key) => node(key),
    async processes(keys) {
      const shown = new Map(keys.flatMap((key) => pair(key, shownKey(connection, key))));
      const nodes = new Map(readNodes(connection, [...new Set(shown.values())]).map((one) => [one.key, one]));
      return new Map([...shown].flatMap(([key, current]) => pair(key, nodes.get(current))));
    },
    async processOf(event) {
      const key = processKeyOf(connection, event);
      return key === undefined ? undefined : node(key);
    },
    ancestors: async (key, limit) => ancestors(key, limit),
    children: async (key, query) => children(key, query),
    neighbourhood: (key, limit) =>
      neighbourhoodOf(
        {
          process: async (one) => node(one),
          ancestors: async (one, most) => ancestors(one, most),
          nodes: async (keys) => readNodes(connection, keys),
          childKeys: async (parents, most) => childKeys(parents, most),
          keysAround: async (parent, child, most) => keysAround(parent, child, most),
          sessionsByKey: async (keys) => sessionsByKey(connection, keys),
        },
        key,
        limit,
      ),
    session: async (key) => sessionsByKey(connection, [key])[0],
    sessions: async (query) => pageOfSessions(connection, query),
    processesIn: async (query) => {
      const { keys, total, next } = pageOfProcesses(connection, query);
      return pageOf(readNodes(connection, keys), total, next);
    },
    hosts: async () => hostList(connection),
    users: async () => userList(connection),
    async counts() {
      const row = connection
        .prepare(
          "SELECT coalesce(sum(processes), 0) AS processes, coalesce(sum(sessions), 0) AS sessions FROM host_counts",
        )
        .get();
      return row === undefined
        ? { processes: 0, sessions: 0 }
        : { processes: number(row, "processes"), sessions: number(row, "sessions") };
    },
  };
}

function pair<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]];
}

function pageOf(items: readonly ProcessNode[], total: number, next: string | undefined): Page<ProcessNode> {
  return {
    items,
    total,
    ...(next === undefined ? {} : { next, cut: `${items.length} of ${total} are shown at once` }),
  };
}
