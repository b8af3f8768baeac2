import { type ReactNode, useCallback, useState } from "react";
import { alertDetail } from "../../test/fixtures/alert.ts";
import { useActions } from "./actions/use-actions.ts";
import { type Lineage, useLineage } from "./lineage/use-lineage.ts";
import { type PlaybookState, usePlaybook } from "./playbook/use-playbook.ts";
import { useAddress } from "./use-address.ts";

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

export function WithPlaybook(props: {
  readonly step?: string;
  readonly children: (playbook: PlaybookState) => ReactNode;
}) {
  const [step, setStep] = useState(props.step);
  return props.children(usePlaybook(alertDetail.id, step, setStep));
}

export function WithActions(props: { readonly children: (actions: ReturnType<typeof useActions>) => ReactNode }) {
  return props.children(useActions(alertDetail.id));
}
