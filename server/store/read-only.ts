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
          ...refusing,
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

/** What the store besides keeps, or partly keeps. */
type Written = "people" | "ruleVersions" | "audit";

/** The subjects of which every method refuses. */
const refusing: Omit<StoreTransaction, Written> = {
  events: subject(),
  lineage: subject(),
  alerts: subject(),
  triage: subject(),
  proposals: subject(),
  batches: subject(),
  savedViews: subject(),
  valueLists: subject(),
  deliveries: subject(),
  incidents: subject(),
  exceptions: subject(),
  ingests: subject(),
  engineState: subject(),
  settings: subject(),
  restore: subject(),
};

function subject<T extends object>(): T {
  const nothing: T = Object.create(null);
  return new Proxy(nothing, { get: () => () => Promise.reject(new StoreFailure(refused)) });
}
