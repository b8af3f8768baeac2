import type { RequestProblem } from "#contracts/problem";
import { StoreFailure } from "./failure.ts";
import type { Store, StoreTransaction } from "./port.ts";

/**
 * A store that can only be read, as a server needs it: people sign in and rules are loaded, which are writes. Those go
 * to `besides`, a store of this server alone that ends with it; every other change is refused. See docs/decisions/0054.
 */
export function readOnlyStore(store: Store, besides: Store): Store {
  return {
    ...store,
    description: `${store.description} (read-only)`,
    people: besides.people,
    write: (work) =>
      besides.write((transaction) =>
        work({
          ...(refusing as StoreTransaction),
          people: transaction.people,
          ruleVersions: transaction.ruleVersions,
          audit: { about: store.audit.about, append: transaction.audit.append },
        }),
      ),
    async close() {
      await besides.close();
      await store.close();
    },
  };
}

const refused: RequestProblem = {
  code: "store.read-only",
  message: "this server may only read its database; nothing was changed",
  remedy: "Start it as a user who can write to the file and its folder, or on a copy: stemma backup FILE.",
};

/** A subject whose every method refuses. */
const subject = new Proxy(
  {},
  {
    get: () => () => Promise.reject(new StoreFailure(refused)),
  },
);

/** A transaction of such subjects. */
const refusing: Partial<StoreTransaction> = Object.fromEntries(
  [
    "events",
    "lineage",
    "alerts",
    "triage",
    "proposals",
    "exceptions",
    "ingests",
    "engineState",
    "settings",
    "restore",
  ].map((name) => [name, subject]),
);
