import { foldCase } from "../condition/fold-case.ts";
import { UNKNOWN_HOST } from "../event/host-id.ts";
import type { ActiveSpan, StreamKind, StreamName } from "../store/events/port.ts";
import type { Store } from "../store/port.ts";
import type { Kind } from "./coverage-kinds.ts";
import { type Span, union } from "./coverage-time.ts";

/** What coverage reads of a store, each part once for all queries of an alert. */
export interface Activity {
  readonly store: Store;
  /** Of hosts by their stored names. */
  streams(names: readonly string[]): Promise<readonly Required<StreamName>[]>;
  /** Of any host. */
  kinds(): Promise<readonly StreamKind[]>;
  /** When any of the names wrote such records, in and around a window. */
  active(names: readonly string[], kind: Kind, window: Span): Promise<readonly ActiveSpan[]>;
  /** What was made under a key before, or else made now. */
  once<T>(key: string, make: () => Promise<T>): Promise<T>;
}

export function activityOf(store: Store): Activity {
  const made = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, make: () => Promise<T>): Promise<T> => {
    const known = made.get(key) as Promise<T> | undefined;
    const value = known ?? make();
    made.set(key, value);
    return value;
  };
  const asked = togetherAsked(store);
  return {
    store,
    once,
    streams: (names) => once(`streams ${JSON.stringify(names)}`, () => store.events.streams({ hosts: names })),
    kinds: () => once("kinds", () => store.events.kinds()),
    active: (names, { source, code }, window) =>
      once(`active ${source} ${code} ${streamsKey(names, window)}`, async () => {
        const streams = names.map((name) => ({ host: name === UNKNOWN_HOST ? "" : foldCase(name), source, code }));
        const found = await asked(streams, window);
        return names.length === 1 ? (found[0] ?? []) : union(found.flat());
      }),
  };
}

export function streamsKey(names: readonly string[], { from, to }: Span): string {
  return JSON.stringify([from, to, ...names]);
}

interface Batch {
  readonly streams: StreamName[];
  readonly found: Promise<readonly (readonly ActiveSpan[])[]>;
}

/** Reads what is asked about one window at the same time in one query: each is a way to the store and back. */
function togetherAsked({ events }: Pick<Store, "events">) {
  const open = new Map<string, Batch>();
  return async (streams: readonly StreamName[], { from, to }: Span): Promise<readonly (readonly ActiveSpan[])[]> => {
    const key = `${from} ${to}`;
    const all = open.get(key)?.streams ?? [];
    const batch = open.get(key) ?? {
      streams: all,
      // A microtask later everything that is asked at once is there.
      found: Promise.resolve().then(() => {
        open.delete(key);
        return events.activity({ streams: all, from, to });
      }),
    };
    open.set(key, batch);
    const start = all.length;
    all.push(...streams);
    return (await batch.found).slice(start, start + streams.length);
  };
}
