import { useCallback, useState } from "react";
import { useNavigate } from "react-router";
import type { TransitionRequest } from "#contracts/alert";
import { useDenial } from "../../../api/permission.ts";
import { useChange } from "../../../api/queries.ts";
import { showRefusal } from "../../../ui/refusal.ts";

export type OpenDialog = "close" | "escalate" | "history" | "incident" | undefined;

/** The actions on an alert. A refused direct action shows a notification; dialogs show their own error. */
export function useActions(alertId: string) {
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<OpenDialog>();
  const change = useChange("transition");
  const denial = useDenial("triage");
  const { mutate, mutateAsync } = change;
  const transition = useCallback(
    (to: TransitionRequest["to"]) =>
      mutate(
        { params: { id: alertId }, body: { to, note: "" }, seen: { name: "alert", params: { id: alertId } } },
        {
          onError: (error) => showRefusal("Alert not changed", error),
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
    openIncident: useCallback(() => setDialog("incident"), []),
    openException: useCallback(
      () => void navigate(`/exceptions/new?alert=${encodeURIComponent(alertId)}`),
      [alertId, navigate],
    ),
    acknowledge: useCallback(() => transition("acknowledged"), [transition]),
    reopen: useCallback(() => transition("open"), [transition]),
    send: useCallback(
      (body: TransitionRequest) =>
        mutateAsync({ params: { id: alertId }, body, seen: { name: "alert", params: { id: alertId } } }),
      [alertId, mutateAsync],
    ),
    busy: change.isPending,
    /** Why the person may not change the alert; undefined if they may. */
    denial,
  };
}

export type AlertActions = ReturnType<typeof useActions>;
