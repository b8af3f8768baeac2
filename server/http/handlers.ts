import type { AppContext } from "./context.ts";
import type { Handlers } from "./router.ts";
import { alertHandlers } from "./routes/alerts.ts";
import { batchHandlers } from "./routes/batches.ts";
import { entityHandlers } from "./routes/entities.ts";
import { eventHandlers } from "./routes/events.ts";
import { exceptionHandlers } from "./routes/exceptions.ts";
import { incidentHandlers } from "./routes/incidents.ts";
import { lineageHandlers } from "./routes/lineage.ts";
import { accountHandlers, passkeyHandlers, peopleHandlers } from "./routes/people.ts";
import { playbookHandlers } from "./routes/playbooks.ts";
import { proposalHandlers } from "./routes/proposals.ts";
import { ruleHandlers } from "./routes/rules.ts";
import { savedViewHandlers } from "./routes/saved-views.ts";
import { valueListHandlers } from "./routes/value-lists.ts";
import { workbenchHandlers } from "./routes/workbench.ts";

/** A handler for every route of the table; a missing one is a type error. */
export function createHandlers(context: AppContext): Handlers {
  return {
    ...workbenchHandlers(context),
    ...alertHandlers(context),
    ...incidentHandlers(context),
    ...lineageHandlers(context),
    ...eventHandlers(context),
    ...playbookHandlers(context),
    ...batchHandlers(context),
    ...savedViewHandlers(context),
    ...valueListHandlers(context),
    ...proposalHandlers(context),
    ...exceptionHandlers(context),
    ...entityHandlers(context),
    ...ruleHandlers(context),
    ...accountHandlers(context),
    ...passkeyHandlers(context),
    ...peopleHandlers(context),
  };
}
