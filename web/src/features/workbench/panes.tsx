import { Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { useOpeningId, useReturn } from "../../ui/opened-row.ts";
import { SplitPanes } from "../../ui/split-panes.tsx";
import classes from "./panes.module.css";

/** Width of the window decides where the details are: `wide` a pane, `medium` a drawer, `narrow` a tab. */
function usePaneLayout(): "wide" | "medium" | "narrow" {
  const wide = useMediaQuery("(min-width: 1400px)", true, { getInitialValueInEffect: false });
  const narrow = useMediaQuery("(max-width: 899px)", false, { getInitialValueInEffect: false });
  return narrow ? "narrow" : wide ? "wide" : "medium";
}

const drawerKey = "stemma.details";

/** Whether the details drawer is open, remembered in the browser. Only the medium layout has a drawer. */
export function useDetailsDrawer() {
  const available = usePaneLayout() === "medium";
  const [open, setOpen] = useState(() => localStorage.getItem(drawerKey) !== "closed");
  const toggle = useCallback(
    () =>
      setOpen((before) => {
        localStorage.setItem(drawerKey, before ? "closed" : "open");
        return !before;
      }),
    [],
  );
  return { available, open, toggle };
}

/** Lineage, playbook and details, arranged by the width of the window. */
export function Panes({
  lineage,
  playbook,
  details,
  detailsLabel,
  drawerOpen,
}: {
  readonly lineage: ReactNode;
  readonly playbook: ReactNode;
  readonly details: ReactNode;
  readonly detailsLabel: string;
  readonly drawerOpen: boolean;
}) {
  const layout = usePaneLayout();
  if (layout === "narrow") {
    return (
      <div className={classes.panes}>
        <StackedPanes lineage={lineage} playbook={playbook} details={details} />
      </div>
    );
  }
  const lineageAndDrawer = (
    <>
      <div className={classes.above}>{lineage}</div>
      {drawerOpen && (
        <section className={classes.drawer} aria-label={detailsLabel}>
          {details}
        </section>
      )}
    </>
  );
  return (
    <div className={classes.panes}>
      {layout === "wide" ? (
        <SplitPanes
          storageKey="stemma.panes.wide"
          panes={[
            { id: "lineage", label: "Lineage", share: 0.38, content: lineage },
            { id: "playbook", label: "Playbook", share: 0.36, content: playbook },
            { id: "details", label: "Details", share: 0.26, content: details },
          ]}
        />
      ) : (
        <SplitPanes
          storageKey="stemma.panes"
          panes={[
            { id: "lineage", label: "Lineage and details", share: 0.5, content: lineageAndDrawer },
            { id: "playbook", label: "Playbook", share: 0.5, content: playbook },
          ]}
        />
      )}
    </div>
  );
}

function StackedPanes(panes: {
  readonly lineage: ReactNode;
  readonly playbook: ReactNode;
  readonly details: ReactNode;
}) {
  const opening = useOpeningId();
  const { place } = useReturn();
  const [shown, show] = useState<string | null>("lineage");
  // A row that is opened is shown in the lineage; on the way back it is in the playbook.
  useEffect(() => {
    if (opening !== undefined) {
      show("lineage");
    }
  }, [opening]);
  useEffect(() => {
    if (place !== undefined) {
      show("playbook");
    }
  }, [place]);
  return (
    <Tabs value={shown} onChange={show} className={classes.stacked} keepMounted={false}>
      <Tabs.List aria-label="Panes" grow>
        <Tabs.Tab value="lineage">Lineage</Tabs.Tab>
        <Tabs.Tab value="playbook">Playbook</Tabs.Tab>
        <Tabs.Tab value="details">Details</Tabs.Tab>
      </Tabs.List>
      {(["lineage", "playbook", "details"] as const).map((pane) => (
        <Tabs.Panel key={pane} value={pane} className={classes.panel}>
          {panes[pane]}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
