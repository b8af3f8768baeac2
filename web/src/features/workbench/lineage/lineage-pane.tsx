import { Button, Tabs } from "@mantine/core";
import { IconArrowBackUp, IconBinaryTree, IconChartDots3, IconClockHour4, IconTable } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { EmptyState, ErrorState, Loaded, LoadingState } from "../../../ui/state.tsx";
import type { View } from "../url.ts";
import classes from "./lineage-pane.module.css";
import { TableView } from "./table-view.tsx";
import { TimelineView } from "./timeline-view.tsx";
import { TreeView } from "./tree-view.tsx";
import type { Lineage } from "./use-lineage.ts";

const GraphView = lazy(() => import("./graph-view.tsx").then((module) => ({ default: module.GraphView })));

const tabs = [
  { view: "tree", title: "Tree", icon: IconBinaryTree },
  { view: "graph", title: "Graph", icon: IconChartDots3 },
  { view: "table", title: "Table", icon: IconTable },
  { view: "timeline", title: "Timeline", icon: IconClockHour4 },
] as const satisfies readonly { view: View; title: string; icon: unknown }[];

/** The lineage in four views of one model and one selection. */
export function LineagePane({
  lineage,
  view,
  setView,
  selected,
  select,
}: {
  readonly lineage: Lineage;
  readonly view: View;
  readonly setView: (view: View) => void;
  readonly selected: string | undefined;
  readonly select: (key: string) => void;
}) {
  const { graph } = lineage;
  const parts = { lineage, selected, select };
  return (
    <Tabs
      className={classes.pane}
      value={view}
      onChange={(value) => setView(tabs.find((tab) => tab.view === value)?.view ?? "tree")}
    >
      <div className={classes.bar}>
        <Tabs.List aria-label="View of the lineage">
          {tabs.map(({ view: value, title, icon: Icon }) => (
            <Tabs.Tab key={value} value={value} leftSection={<Icon size={14} aria-hidden />}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          leftSection={<IconArrowBackUp size={14} aria-hidden />}
          disabled={!lineage.canUndo}
          onClick={lineage.undo}
          title="Undo the last change of the view (Z)"
        >
          Undo
        </Button>
      </div>
      {lineage.failure !== undefined && <ErrorState error={lineage.failure} retry={lineage.dismissFailure} />}
      <Tabs.Panel key={view} value={view} className={classes.panel}>
        <Loaded query={lineage.query} label="Loading the lineage" rows={12}>
          {() =>
            graph === undefined || graph.nodes.size === 0 ? (
              <EmptyState
                title="No process is known for this alert"
                reason="The events behind it name no process, so there is no lineage to show. The playbook and the records work as usual."
              />
            ) : (
              <>
                {view === "tree" && <TreeView {...parts} />}
                {view === "graph" && (
                  <Suspense fallback={<LoadingState label="Loading the graph" />}>
                    <GraphView {...parts} />
                  </Suspense>
                )}
                {view === "table" && <TableView {...parts} />}
                {view === "timeline" && <TimelineView {...parts} />}
                <Footer lineage={lineage} />
              </>
            )
          }
        </Loaded>
      </Tabs.Panel>
    </Tabs>
  );
}

function Footer({ lineage }: { readonly lineage: Lineage }) {
  const { graph, rows } = lineage;
  if (graph === undefined) {
    return null;
  }
  const folded = rows.reduce((sum, row) => sum + (row.kind === "group" && !row.open ? row.members.length : 0), 0);
  const hidden = rows.reduce((sum, row) => sum + (row.kind === "more" ? row.hidden : 0), 0);
  const parts = [
    `${graph.nodes.size.toLocaleString("en")} ${graph.nodes.size === 1 ? "process" : "processes"} loaded`,
    folded > 0 ? `${folded} folded by image and command shape` : undefined,
    hidden > 0 ? `${hidden.toLocaleString("en")} children not loaded` : undefined,
    ...graph.cuts.map((cut) => `${cut.relation}: ${cut.shown} of ${cut.total} (${cut.why})`),
  ];
  return <p className={classes.footer}>{parts.filter((part) => part !== undefined).join(" · ")}</p>;
}
