import { useParams } from "react-router";
import type { AlertDetail } from "#contracts/alert";
import type { Verdict } from "#contracts/playbook";
import { useRoute } from "../../api/queries.ts";
import { FieldActionsProvider } from "../../ui/field-value.tsx";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { usePageTitle } from "../../ui/page.tsx";
import { BundleDialog } from "./actions/bundle-dialog.tsx";
import { CloseDialog } from "./actions/close-dialog.tsx";
import { EscalateDialog } from "./actions/escalate-dialog.tsx";
import { HistoryDialog } from "./actions/history-dialog.tsx";
import { StatusDialog } from "./actions/status-dialog.tsx";
import { VerdictBar } from "./actions/verdict-bar.tsx";
import { DetailsPane } from "./details/details-pane.tsx";
import { Header } from "./header.tsx";
import { IncidentDrawer } from "./incident/drawer/drawer.tsx";
import { processName } from "./lineage/labels.ts";
import { LineagePane } from "./lineage/lineage-pane.tsx";
import type { Row } from "./lineage/rows.ts";
import classes from "./page.module.css";
import { Panes } from "./panes.tsx";
import { PlaybookPane } from "./playbook/playbook-pane.tsx";
import { SelectionContext } from "./selection.ts";
import { useWorkbench } from "./use-workbench.ts";

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
  usePageTitle(`${alert.rule.name} on ${alert.host}`);
  const workbench = useWorkbench(alert);
  const { view, setView, lineage, selected, select, playbook, goToStep, drawer, selection, fieldActions } = workbench;
  const { incident, actions } = workbench;
  const parts = { alert, incident, actions };
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
            incident={incident}
            assignee={workbench.assignee}
            actions={actions}
            select={select}
            details={drawer.available ? drawer : undefined}
          />
          <Panes
            drawerOpen={drawer.open}
            detailsLabel={`Details of ${node === undefined ? "the selection" : processName(node)}`}
            lineage={
              <LineagePane lineage={lineage} view={view} setView={setView} selected={selected} select={select} />
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
          <VerdictBar
            playbook={playbook.view}
            actions={actions}
            recommendation={(incident.questions ?? playbook.view)?.verdict.recommendation}
            goToStep={goToStep}
          />
        </div>
        {actions.dialog === "close" && <CloseDialog {...parts} verdict={playbook.view?.verdict} />}
        {actions.dialog === "escalate" && <EscalateDialog {...parts} />}
        {actions.dialog === "acknowledge" && <StatusDialog {...parts} to="acknowledged" />}
        {actions.dialog === "reopen" && <StatusDialog {...parts} to="open" />}
        {(actions.dialog === "incident" || actions.dialog === "comments") && (
          <IncidentDrawer
            alertId={alert.id}
            incidentKey={alert.incidentKey}
            tab={actions.dialog === "comments" ? "comments" : "alerts"}
            close={actions.closeDialog}
          />
        )}
        {actions.dialog === "bundle" && <BundleDialog incidentKey={alert.incidentKey} close={actions.closeDialog} />}
        {actions.dialog === "history" && (
          <HistoryDialog alert={alert} incident={incident} close={actions.closeDialog} />
        )}
      </FieldActionsProvider>
    </SelectionContext>
  );
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
