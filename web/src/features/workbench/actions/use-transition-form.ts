import { useState } from "react";
import type { AlertDetail, AlertStatus, TransitionRequest } from "#contracts/alert";
import { RequestError } from "../../../api/client.ts";
import { useRoute } from "../../../api/queries.ts";
import { useSeen } from "../../../api/use-seen.ts";
import type { IncidentState } from "../incident/use-incident.ts";
import { type ScopeOption, scopesOf } from "./scopes.ts";
import type { AlertActions } from "./use-actions.ts";

/** Alerts of a large incident that a dialog reads, so that it knows what each scope changes. */
const listed = 500;

/**
 * A dialog that changes a status: its scope with the exact number of alerts, and sending. It closes when the change
 * succeeds; else it stays open, with the problem.
 */
export function useTransitionForm(alert: AlertDetail, incident: IncidentState, actions: AlertActions, to: AlertStatus) {
  const [problem, setProblem] = useState<RequestError>();
  const [kind, setKind] = useState<ScopeOption["kind"]>();
  const { seen, again } = useSeen(actions.read);
  const { detail } = incident;
  const { data: whole } = useRoute(
    "incident",
    { params: { key: incident.key }, query: { limit: listed } },
    { enabled: detail !== undefined && detail.items.length < detail.total },
  );
  const options = scopesOf(alert, whole ?? detail, to);
  const possible = options.filter(({ count }) => count > 0);
  const scope = incident.isLoading ? undefined : (possible.find((option) => option.kind === kind) ?? possible[0]);
  const submit = async (body: Omit<TransitionRequest, "to">) => {
    if (scope === undefined) {
      return;
    }
    try {
      await actions.send({ ...body, to }, scope.scope, seen);
      actions.closeDialog();
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      setProblem(error);
      if (error.details.conflict !== undefined) {
        again();
      }
    }
  };
  return {
    options,
    /** The chosen scope; undefined: nothing can be changed any more, or that is not known yet. */
    scope,
    setScope: (next: ScopeOption["kind"] | undefined) => {
      setKind(next);
      setProblem(undefined);
    },
    submit,
    problem,
    dismissProblem: () => setProblem(undefined),
  };
}

export type TransitionForm = ReturnType<typeof useTransitionForm>;
