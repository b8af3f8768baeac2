/**
 * Answers all calls of one turn of the event loop with one query: what a piece of work asks for at once costs one round
 * trip. `load` returns the values in the order of the keys, of which it gets at most `limit` at once. With
 * two turns it waits for calls that were themselves collected before.
 */
export function coalesced<K, V>(
  load: (keys: readonly K[]) => Promise<readonly V[]>,
  { limit = 1_000, turns = 1 }: { readonly limit?: number; readonly turns?: 1 | 2 } = {},
): (key: K) => Promise<V> {
  let waiting: { readonly key: K; resolve(value: V): void; reject(error: unknown): void }[] = [];
  const answer = async () => {
    const calls = waiting;
    waiting = [];
    for (let start = 0; start < calls.length; start += limit) {
      const part = calls.slice(start, start + limit);
      try {
        const values = await load(part.map(({ key }) => key));
        // `load` returned one value per key.
        part.forEach(({ resolve }, index) => void resolve(values[index] as V));
      } catch (error) {
        part.forEach(({ reject }) => void reject(error));
      }
    }
  };
  return (key) =>
    new Promise((resolve, reject) => {
      // Everything that can be asked without waiting for the server has been asked when the turn ends.
      if (waiting.length === 0) {
        setImmediate(turns === 1 ? answer : () => setImmediate(answer));
      }
      waiting.push({ key, resolve, reject });
    });
}

/** The same for calls of several kinds, each with a query of its own. `load` gets calls of one kind. */
export function coalescedByKind<K, V>(
  kindOf: (key: K) => string,
  load: (keys: readonly K[]) => Promise<readonly V[]>,
): (key: K) => Promise<V> {
  return coalesced(async (keys: readonly K[]) => {
    const values = new Map<K, V>();
    await Promise.all(
      [...Map.groupBy(keys, kindOf).values()].map(async (group) => {
        const loaded = await load(group);
        group.forEach((key, index) => void values.set(key, loaded[index] as V));
      }),
    );
    return keys.map((key) => values.get(key) as V);
  });
}
