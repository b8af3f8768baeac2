import { useCallback, useMemo, useRef } from "react";
import { useNavigate, useParams } from "react-router";
import type { AlertDetail } from "#contracts/alert";
import type { Evidence, Verdict } from "#contracts/playbook";
import { useRoute } from "../../api/queries.ts";
import { useCommands } from "../../keyboard/commands.tsx";
import { FieldActionsProvider } from "../../ui/field-value.tsx";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { usePageTitle } from "../../ui/page.tsx";
import { CloseDialog } from "./actions/close-dialog.tsx";
import { EscalateDialog } from "./actions/escalate-dialog.tsx";
import { HistoryDialog } from "./actions/history-dialog.tsx";
import { IncidentDialog } from "./actions/incident-dialog.tsx";
import { useActions } from "./actions/use-actions.ts";
import { VerdictBar } from "./actions/verdict-bar.tsx";
import { DetailsPane } from "./details/details-pane.tsx";
import { Header } from "./header.tsx";
import { processName } from "./lineage/labels.ts";
import { LineagePane } from "./lineage/lineage-pane.tsx";
import type { Row } from "./lineage/rows.ts";
import { useLineage } from "./lineage/use-lineage.ts";
import { usePrevalence } from "./lineage/use-prevalence.ts";
import type { View } from "./lineage/views.tsx";
import classes from "./page.module.css";
import { Panes, useDetailsDrawer } from "./panes.tsx";
import { fieldEvidence } from "./playbook/evidence.ts";
import { PlaybookPane } from "./playbook/playbook-pane.tsx";
import { type PlaybookState, usePlaybook } from "./playbook/use-playbook.ts";
import { SelectionContext } from "./selection.ts";
import { useAddress } from "./use-address.ts";
import { workbenchCommands } from "./workbench-commands.ts";

/** One alert: lineage, playbook, details of the selection, and verdict. */
export function WorkbenchPage() {
  const { id = "" } = useParams();
  const alert = useRoute("alert", { params: { id } });
  return (
    <LoadedPage query={alert} kind="Alert" back={{ to: "/queue", text: "Back to the queue" }}>
      {(data) => <Workbench key={data.id} alert={data} />}
    </LoadedPage>
  );
}

function Workbench({ alert }: { readonly alert: AlertDetail }) {
  const navigate = useNavigate();
  usePageTitle(`${alert.rule.name} on ${alert.host}`);
  const addressed = useAddress();
  const { address, change, changeView } = addressed;
  const lineage = useLineage(alert.id, address.node ?? alert.process.key, addressed);
  const { selected } = lineage;
  const prevalence = usePrevalence(lineage, selected);

  const select = useCallback(
    (key: string) => change({ node: key === alert.process.key ? undefined : key }),
    [change, alert.process.key],
  );
  const setView = useCallback((view: View) => changeView(() => ({ view })), [changeView]);
  const goToStep = useCallback((step: string) => change({ step }), [change]);
  const playbook = usePlaybook(alert.id, address.step, goToStep);
  const actions = useActions(alert.id);
  const drawer = useDetailsDrawer();
  const { selection, offered, fieldActions } = useEvidence(alert.id, select, playbook.pin);

  useCommands(
    useMemo(
      () =>
        workbenchCommands({
          alertId: alert.id,
          status: alert.status,
          lineage,
          selected,
          select,
          setView,
          playbook,
          actions,
          toggleDetails: drawer.toggle,
          offered,
          navigate: (path) => void navigate(path),
        }),
      [alert.id, alert.status, lineage, selected, select, setView, playbook, actions, drawer.toggle, offered, navigate],
    ),
  );

  const detailed = processKeyOf(lineage.rows, selected);
  const node = detailed === undefined ? undefined : lineage.graph?.nodes.get(detailed);
  return (
    <SelectionContext value={selection}>
      <FieldActionsProvider value={fieldActions}>
        <div className={classes.workbench} data-idle={lineage.query.isFetched && playbook.query.isFetched}>
          <Header
            alert={alert}
            lineage={lineage}
            verdict={playbook.view?.verdict}
            actions={actions}
            select={select}
            details={drawer.available ? drawer : undefined}
          />
          <Panes
            drawerOpen={drawer.open}
            detailsLabel={`Details of ${node === undefined ? "the selection" : processName(node)}`}
            lineage={
              <LineagePane
                lineage={lineage}
                prevalence={prevalence}
                view={address.view}
                setView={setView}
                selected={selected}
                select={select}
              />
            }
            playbook={<PlaybookPane playbook={playbook} />}
            details={
              <DetailsPane
                alert={alert}
                malicious={isMalicious(alert, playbook.view?.verdict)}
                lineage={lineage}
                selected={detailed}
                select={select}
              />
            }
          />
          <VerdictBar alert={alert} playbook={playbook.view} actions={actions} goToStep={goToStep} />
        </div>
        {actions.dialog === "close" && <CloseDialog actions={actions} verdict={playbook.view?.verdict} />}
        {actions.dialog === "escalate" && <EscalateDialog actions={actions} />}
        {actions.dialog === "incident" && <IncidentDialog alertId={alert.id} close={actions.closeDialog} />}
        {actions.dialog === "history" && <HistoryDialog alert={alert} close={actions.closeDialog} />}
      </FieldActionsProvider>
    </SelectionContext>
  );
}

/** The ways in which the panes select processes and turn what they show into evidence. */
function useEvidence(alertId: string, select: (key: string) => void, pin: PlaybookState["pin"]) {
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
      pin: (field: string, value: string) => pin(fieldEvidence(field, value)),
      addToException: (field: string, value: string) =>
        void navigate(`/exceptions/new?${new URLSearchParams({ alert: alertId, field, value })}`),
    }),
    [pin, navigate, alertId],
  );
  return { selection, offered, fieldActions };
}

/** Whether the alert was found malicious, by an analyst or by the playbook. */
function isMalicious({ status, closeReason }: AlertDetail, verdict: Verdict | undefined): boolean {
  return status === "escalated" || closeReason === "true-positive" || verdict?.outcome === "malicious";
}

/** The process whose details are shown: for a group, a logon or a "more" row the process above it. */
function processKeyOf(rows: readonly Row[], selected: string | undefined): string | undefined {
  const row = rows.find((other) => other.id === selected);
  return row === undefined || row.kind === "process" ? selected : processKeyOf(rows, row.parentId);
}
