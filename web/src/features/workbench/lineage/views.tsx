import { IconBinaryTree, IconChartDots3, IconClockHour4, IconTable } from "@tabler/icons-react";
import type { ComponentType } from "react";
import { Chunk } from "../../../ui/chunk.tsx";
import { TableView } from "./table-view/table-view.tsx";
import { TimelineView } from "./timeline-view/timeline-view.tsx";
import { TreeView } from "./tree-view/tree-view.tsx";
import type { Lineage } from "./use-lineage.ts";
import type { PrevalenceMarks } from "./use-prevalence.ts";

/** What every view of the lineage gets: one model, one selection. */
export interface LineageViewProps {
  readonly lineage: Lineage;
  readonly prevalence: PrevalenceMarks;
  readonly selected: string | undefined;
  readonly select: (processKey: string) => void;
}

export interface LineageView {
  /** Label of the tab and, in lower case, part of the command's title. */
  readonly title: string;
  readonly icon: ComponentType<{ readonly size: number; readonly "aria-hidden": true }>;
  /** The key that shows the view, as `Command.keys` spells it. */
  readonly key: string;
  readonly Component: ComponentType<LineageViewProps>;
  /** Whether it has something to show of an alert whose events name no process. */
  readonly withoutProcess?: boolean;
}

const loadGraph = async () => (await import("./graph-view/graph-view.tsx")).GraphView;

function GraphChunk(props: LineageViewProps) {
  return <Chunk what="the graph" load={loadGraph} props={props} />;
}

/**
 * The views of the lineage. The tabs, the pane, the keyboard commands, palette and help, and the values of `pane` in
 * the address are all derived from this record. Another view is one folder with its component and one entry here. The
 * property name is the value in the address.
 */
export const lineageViews = {
  tree: { title: "Tree", icon: IconBinaryTree, key: "t", Component: TreeView },
  graph: {
    title: "Graph",
    icon: IconChartDots3,
    key: "g",
    // Cytoscape is a large chunk that only this view needs.
    Component: GraphChunk,
  },
  table: { title: "Table", icon: IconTable, key: "b", Component: TableView },
  timeline: { title: "Timeline", icon: IconClockHour4, key: "l", Component: TimelineView, withoutProcess: true },
} as const satisfies Readonly<Record<string, LineageView>>;

export type View = keyof typeof lineageViews;

export const defaultView: View = "tree";

/** Entries in the order of the tabs. */
export const lineageViewEntries = Object.entries(lineageViews) as readonly (readonly [View, LineageView])[];

/** Whether a text, such as a parameter of the address, names a view. */
export function isView(name: string | null): name is View {
  return name !== null && Object.hasOwn(lineageViews, name);
}
