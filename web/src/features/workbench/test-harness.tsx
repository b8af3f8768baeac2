import { type ReactNode, useCallback, useState } from "react";
import type { AlertDetail } from "#contracts/alert";
import { alertDetail } from "../../test/fixtures/alert.ts";
import { useActions } from "./actions/use-actions.ts";
import { type Assignee, useAssignee } from "./incident/use-assignee.ts";
import { type IncidentState, useIncident } from "./incident/use-incident.ts";
import { type Lineage, useLineage } from "./lineage/use-lineage.ts";
import { type PlaybookState, usePlaybook } from "./playbook/use-playbook.ts";
import { useAddress } from "./use-address.ts";
import { useWorkbench } from "./use-workbench.ts";

/** The state that `page.tsx` holds, for tests of one pane of the workbench. */
export function WithLineage(props: {
  readonly children: (lineage: Lineage, select: (key: string) => void) => ReactNode;
}) {
  const addressed = useAddress();
  const { address, change } = addressed;
  const lineage = useLineage(alertDetail.id, address.node ?? alertDetail.process.key, addressed);
  const select = useCallback((node: string) => change({ node }), [change]);
  return props.children(lineage, select);
}

/** All of it, with the commands; the children decide which panes are rendered. */
export function WithWorkbench(props: {
  readonly alert?: AlertDetail;
  readonly children: (workbench: ReturnType<typeof useWorkbench>) => ReactNode;
}) {
  return props.children(useWorkbench(props.alert ?? alertDetail));
}

export function WithPlaybook(props: {
  readonly step?: string;
  readonly isClosed?: boolean;
  readonly children: (playbook: PlaybookState) => ReactNode;
}) {
  const [step, setStep] = useState(props.step);
  const incident = useIncident(alertDetail);
  return props.children(
    usePlaybook({ alertId: alertDetail.id, requested: step, goTo: setStep, isClosed: props.isClosed, incident }),
  );
}

export function WithActions(props: {
  readonly alert?: AlertDetail;
  readonly children: (actions: ReturnType<typeof useActions>, incident: IncidentState) => ReactNode;
}) {
  const alert = props.alert ?? alertDetail;
  const incident = useIncident(alert);
  return props.children(useActions(alert, incident), incident);
}

export function WithAssignee(props: {
  readonly incident: IncidentState;
  readonly children: (assignee: Assignee) => ReactNode;
}) {
  return props.children(useAssignee(props.incident));
}
