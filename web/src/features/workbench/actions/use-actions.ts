import { useCallback, useState } from "react";
import { useNavigate } from "react-router";
import type { TransitionRequest } from "#contracts/alert";
import { useChange } from "../../../api/queries.ts";
import { showRefusal } from "../../../ui/refusal.ts";

export type OpenDialog = "close" | "escalate" | "history" | "item" | undefined;

/** What can be done about an alert. A refusal of a direct action is shown; dialogs show theirs themselves. */
export function useActions(alertId: string) {
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<OpenDialog>();
  const change = useChange("transition");
  const { mutate, mutateAsync } = change;
  const direct = useCallback(
    (to: TransitionRequest["to"]) =>
      mutate(
        { params: { id: alertId }, body: { to, note: "" } },
        {
          onError: (error) => showRefusal("The alert stays as it is", error),
        },
      ),
    [alertId, mutate],
  );
  return {
    dialog,
    closeDialog: useCallback(() => setDialog(undefined), []),
    openClose: useCallback(() => setDialog("close"), []),
    openEscalate: useCallback(() => setDialog("escalate"), []),
    openHistory: useCallback(() => setDialog("history"), []),
    openItem: useCallback(() => setDialog("item"), []),
    openException: useCallback(
      () => void navigate(`/exceptions/new?alert=${encodeURIComponent(alertId)}`),
      [alertId, navigate],
    ),
    acknowledge: useCallback(() => direct("acknowledged"), [direct]),
    reopen: useCallback(() => direct("open"), [direct]),
    send: useCallback(
      (body: TransitionRequest) => mutateAsync({ params: { id: alertId }, body }),
      [alertId, mutateAsync],
    ),
    busy: change.isPending,
  };
}

export type AlertActions = ReturnType<typeof useActions>;
