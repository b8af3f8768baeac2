import type { RouteName, routes } from "#contracts/api";
import { alertExamples } from "./alerts.ts";
import { batchExamples } from "./batches.ts";
import { entityExamples } from "./entities.ts";
import { eventExamples } from "./events.ts";
import type { Example } from "./example.ts";
import { exceptionExamples } from "./exceptions.ts";
import { incidentExamples } from "./incidents.ts";
import { lineageExamples } from "./lineage.ts";
import { peopleExamples } from "./people.ts";
import { playbookExamples } from "./playbooks.ts";
import { proposalExamples } from "./proposals.ts";
import { ruleExamples } from "./rules.ts";
import { savedViewExamples } from "./saved-views.ts";
import { valueListExamples } from "./value-lists.ts";
import { workbenchExamples } from "./workbench.ts";

/** An example for every route; a missing one is a type error. */
export const examples: { readonly [N in RouteName]: Example<(typeof routes)[N]> } = {
  ...workbenchExamples,
  ...alertExamples,
  ...incidentExamples,
  ...batchExamples,
  ...lineageExamples,
  ...eventExamples,
  ...playbookExamples,
  ...savedViewExamples,
  ...valueListExamples,
  ...proposalExamples,
  ...exceptionExamples,
  ...entityExamples,
  ...ruleExamples,
  ...peopleExamples,
};
