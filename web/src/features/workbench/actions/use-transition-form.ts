import { useState } from "react";
import type { TransitionRequest } from "#contracts/alert";
import { RequestError } from "../../../api/client.ts";
import type { AlertActions } from "./use-actions.ts";

/** Sends a transition from a dialog: closes the dialog when it succeeds; else keeps it open, with the problem. */
export function useTransitionForm(actions: AlertActions) {
  const [problem, setProblem] = useState<RequestError>();
  const submit = async (body: TransitionRequest) => {
    try {
      await actions.send(body);
      actions.closeDialog();
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      setProblem(error);
    }
  };
  return {
    submit,
    problem,
    dismissProblem: () => setProblem(undefined),
  };
}
