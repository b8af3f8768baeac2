import type { Handlers } from "./router.ts";
import { alertHandlers } from "./routes/alerts.ts";
import { catalogueHandlers } from "./routes/catalogue.ts";
import { exceptionHandlers } from "./routes/exceptions.ts";
import { huntHandlers } from "./routes/hunt.ts";
import { lineageHandlers } from "./routes/lineage.ts";
import { pivotHandlers } from "./routes/pivots.ts";
import { playbookHandlers } from "./routes/playbook.ts";
import { ruleHandlers } from "./routes/rules.ts";
import type { AppContext } from "./workbench.ts";

/** A handler for every route of the table; a missing one is a type error. */
export function createHandlers(bench: AppContext): Handlers {
  return {
    ...alertHandlers(bench),
    ...lineageHandlers(bench),
    ...playbookHandlers(bench),
    ...exceptionHandlers(bench),
    ...pivotHandlers(bench),
    ...catalogueHandlers(bench),
    ...ruleHandlers(bench),
    ...huntHandlers(bench),
  };
}
