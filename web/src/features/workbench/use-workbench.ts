import { useCallback, useMemo, useRef } from "react";
import { useNavigate } from "react-router";
import type { AlertDetail } from "#contracts/alert";
import type { Evidence } from "#contracts/playbook";
import { useCommands } from "../../keyboard/commands.tsx";
import { useBackToRow } from "../../ui/opened-row.ts";
import { useActions } from "./actions/use-actions.ts";
import { useAssignee } from "./incident/use-assignee.ts";
import { useIncident } from "./incident/use-incident.ts";
import { useLineage } from "./lineage/use-lineage.ts";
import type { View } from "./lineage/views.tsx";
import { useDetailsDrawer } from "./panes.tsx";
import { fieldEvidence } from "./playbook/evidence.ts";
import { type PlaybookState, usePlaybook } from "./playbook/use-playbook.ts";
import { useAddress } from "./use-address.ts";
import { workbenchCommands } from "./workbench-commands.ts";

/**
 * The state that the panes of the workbench share, and its commands. The panes themselves are put together in
 * `page.tsx`.
 */
export function useWorkbench(alert: AlertDetail) {
  const navigate = useNavigate();
  const addressed = useAddress();
  const { address, change, changeView } = addressed;
  const lineage = useLineage(alert.id, address.node ?? alert.process.key, addressed);
  const { selected } = lineage;
  const select = useCallback(
    (key: string) => change({ node: key === alert.process.key ? undefined : key }),
    [change, alert.process.key],
  );
  const setView = useCallback((view: View) => changeView(() => ({ view })), [changeView]);
  const goToStep = useCallback((step: string) => change({ step }), [change]);
  const incident = useIncident(alert);
  const playbook = usePlaybook({
    alertId: alert.id,
    requested: address.step,
    goTo: goToStep,
    isClosed: alert.status === "closed",
    incident,
  });
  const actions = useActions(alert, incident);
  const assignee = useAssignee(incident);
  const drawer = useDetailsDrawer();
  const { selection, offered, fieldActions } = useEvidence(
    alert.id,
    select,
    playbook.denial === undefined ? playbook.pin : undefined,
    playbook.roleDenial === undefined,
  );

  useBackToRow();
  useCommands(
    useMemo(
      () =>
        workbenchCommands({
          alertId: alert.id,
          lineage,
          selected,
          select,
          setView,
          playbook,
          actions,
          assignToMe: assignee.toMe,
          toggleDetails: drawer.toggle,
          offered,
          navigate: (path) => void navigate(path),
        }),
      [
        alert.id,
        lineage,
        selected,
        select,
        setView,
        playbook,
        actions,
        assignee.toMe,
        drawer.toggle,
        offered,
        navigate,
      ],
    ),
  );

  return {
    view: address.view,
    setView,
    incident,
    assignee,
    lineage,
    selected,
    select,
    playbook,
    goToStep,
    actions,
    drawer,
    selection,
    fieldActions,
  };
}

/**
 * The ways in which the panes select processes and turn what they show into evidence and exceptions. Without `pin`,
 * nothing can be pinned.
 */
function useEvidence(
  alertId: string,
  select: (key: string) => void,
  pin: PlaybookState["pin"] | undefined,
  excepts: boolean,
) {
  const navigate = useNavigate();
  const offered = useRef<Evidence>(undefined);
  const selection = useMemo(
    () => ({
      select,
      offerEvidence: (evidence: Evidence | undefined) => {
        offered.current = evidence;
      },
      pin,
    }),
    [select, pin],
  );
  const fieldActions = useMemo(
    () => ({
      ...(pin === undefined ? {} : { pin: (field: string, value: string) => pin(fieldEvidence(field, value)) }),
      ...(excepts
        ? {
            addToException: (field: string, value: string) =>
              void navigate(`/exceptions/new?${new URLSearchParams({ alert: alertId, field, value })}`),
          }
        : {}),
    }),
    [pin, excepts, navigate, alertId],
  );
  return { selection, offered, fieldActions };
}
