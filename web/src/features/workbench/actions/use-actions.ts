import { useCallback, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import type { AlertDetail, AlertStatus, TransitionRequest } from "#contracts/alert";
import type { IncidentScope } from "#contracts/incident";
import { type Read, RequestError, type Seen } from "../../../api/client.ts";
import { useDenial } from "../../../api/permission.ts";
import { useChange } from "../../../api/queries.ts";
import { showRefusal } from "../../../ui/refusal.ts";
import type { IncidentState } from "../incident/use-incident.ts";
import { showAcknowledged } from "./acknowledged.tsx";
import { scopesOf } from "./scopes.ts";

export type OpenDialog =
  | "acknowledge"
  | "close"
  | "escalate"
  | "reopen"
  | "history"
  | "incident"
  | "comments"
  | "bundle"
  | undefined;

/** What can be done with an incident now, and what with it as a whole. */
function possibilities(alert: AlertDetail, { detail }: IncidentState) {
  const can = (to: AlertStatus) => scopesOf(alert, detail, to).some(({ count }) => count > 0);
  return {
    acknowledge: can("acknowledged"),
    escalate: can("escalated"),
    close: can("closed"),
    reopen: can("open"),
  };
}

/**
 * The actions on an incident and its alerts. A refused direct action shows a notification; dialogs show their own
 * error.
 */
export function useActions(alert: AlertDetail, incident: IncidentState) {
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<OpenDialog>();
  const { mutateAsync: changeAlert, isPending: isAlertChanging } = useChange("transition");
  const { mutateAsync: changeIncident, isPending: isIncidentChanging } = useChange("incidentTransition");
  const denial = useDenial("triage");
  const { id } = alert;
  const { key, detail } = incident;
  const isAlone = detail === undefined;

  /** An alert of a building block is in no incident of the queue, and changed by itself. */
  const read = useMemo(
    (): Read => (isAlone ? { name: "alert", params: { id } } : { name: "incidentQuestions", params: { key } }),
    [isAlone, id, key],
  );
  const send = useCallback(
    async (body: TransitionRequest, scope: IncidentScope, seen: Seen = read): Promise<void> => {
      await (isAlone
        ? changeAlert({ params: { id }, body, seen })
        : changeIncident({ params: { key }, body: { ...body, scope }, seen }));
    },
    [isAlone, changeAlert, changeIncident, id, key, read],
  );
  const acknowledge = useCallback(async () => {
    const [whole] = scopesOf(alert, detail, "acknowledged");
    if (whole === undefined || whole.count === 0) {
      return;
    }
    const ids = detail?.items.filter(({ status }) => status === "open").map((other) => other.id) ?? [id];
    try {
      await send({ to: "acknowledged", note: "" }, whole.scope);
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      showRefusal("Not acknowledged", error);
      return;
    }
    showAcknowledged(
      whole.count,
      // Only those that were open are taken back.
      ids.length < whole.count ? undefined : () => send({ to: "open", note: "" }, { kind: "alerts", ids }),
    );
  }, [alert, detail, id, send]);

  return {
    dialog,
    closeDialog: useCallback(() => setDialog(undefined), []),
    openAcknowledge: useCallback(() => setDialog("acknowledge"), []),
    openClose: useCallback(() => setDialog("close"), []),
    openEscalate: useCallback(() => setDialog("escalate"), []),
    openReopen: useCallback(() => setDialog("reopen"), []),
    openHistory: useCallback(() => setDialog("history"), []),
    openIncident: useCallback(() => setDialog("incident"), []),
    openComments: useCallback(() => setDialog("comments"), []),
    openBundle: useCallback(() => setDialog("bundle"), []),
    openException: useCallback(() => void navigate(`/exceptions/new?alert=${encodeURIComponent(id)}`), [id, navigate]),
    /** At once, for the whole incident. */
    acknowledge: useCallback(() => void acknowledge(), [acknowledge]),
    send,
    /** What shows the state that an action changes. */
    read,
    can: useMemo(() => possibilities(alert, incident), [alert, incident]),
    isLoading: incident.isLoading,
    busy: isAlertChanging || isIncidentChanging,
    /** Why there is no bundle to make, if so. */
    noBundle: isAlone ? (incident.isLoading ? "The incident is loading" : "The alert is in no incident") : undefined,
    /** Why the person may not change the incident; undefined if they may. */
    denial,
  };
}

export type AlertActions = ReturnType<typeof useActions>;
