import { Button, Tabs } from "@mantine/core";
import { EmptyState, ErrorState, Loaded } from "../../../ui/state.tsx";
import { LineageFilter } from "./lineage-filter.tsx";
import classes from "./lineage-pane.module.css";
import type { Lineage } from "./use-lineage.ts";
import { type PrevalenceMarks, usePrevalence } from "./use-prevalence.ts";
import { addressTruncation } from "./view-state.ts";
import { defaultView, isView, type LineageView, lineageViewEntries, lineageViews, type View } from "./views.tsx";

/** The lineage in one of its views, with the filter above and the counts below. */
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
  const prevalence = usePrevalence(lineage, selected);
  const { Component, withoutProcess = false }: LineageView = lineageViews[view];
  return (
    <Tabs className={classes.pane} value={view} onChange={(value) => setView(isView(value) ? value : defaultView)}>
      <div className={classes.bar}>
        <Tabs.List aria-label="View of the lineage">
          {lineageViewEntries.map(([name, { title: label, icon: Icon }]) => (
            <Tabs.Tab key={name} value={name} leftSection={<Icon size={14} aria-hidden />}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <LineageFilter lineage={lineage} />
      </div>
      {lineage.failure !== undefined && <ErrorState error={lineage.failure} retry={lineage.dismissFailure} />}
      <Tabs.Panel key={view} value={view} className={classes.panel}>
        <Loaded query={lineage.query} label="Loading the lineage" rows={12}>
          {() =>
            graph === undefined || (graph.nodes.size === 0 && !withoutProcess) ? (
              <EmptyState
                title="No process recorded for this alert"
                reason="Its events name no process, so there is no lineage. The timeline, the playbook and the source records are available."
              />
            ) : (
              <>
                {lineage.rows.length === 0 && graph.nodes.size > 0 ? (
                  <EmptyState
                    title="No processes match the filter"
                    reason={`None of the ${graph.nodes.size.toLocaleString("en")} loaded processes ${lineage.view.alertsOnly ? "has an alert and matches" : "matches"}.`}
                    action={
                      <Button
                        size="xs"
                        variant="default"
                        onClick={() => lineage.setView({ find: "", alertsOnly: false })}
                      >
                        Show all processes
                      </Button>
                    }
                  />
                ) : (
                  <Component lineage={lineage} prevalence={prevalence} selected={selected} select={select} />
                )}
                <Footer lineage={lineage} prevalence={prevalence} />
              </>
            )
          }
        </Loaded>
      </Tabs.Panel>
    </Tabs>
  );
}

function Footer({ lineage, prevalence }: { readonly lineage: Lineage; readonly prevalence: PrevalenceMarks }) {
  const { graph, rows } = lineage;
  if (graph === undefined) {
    return null;
  }
  const count = (number: number) => number.toLocaleString("en");
  const collapsed = rows.reduce((sum, row) => sum + (row.kind === "group" && !row.open ? row.total : 0), 0);
  const notLoaded = rows.reduce((sum, row) => sum + (row.kind === "more" ? row.hidden : 0), 0);
  const parts = [
    `${count(graph.nodes.size)} ${graph.nodes.size === 1 ? "process" : "processes"} loaded`,
    lineage.hiddenByFilter > 0 ? `${count(lineage.hiddenByFilter)} rows hidden by the filter` : undefined,
    collapsed > 0 ? `${count(collapsed)} similar processes collapsed` : undefined,
    notLoaded > 0 ? `${count(notLoaded)} ${notLoaded === 1 ? "child" : "children"} not loaded` : undefined,
    ...graph.truncations.map(
      ({ relation, shown, total, why }) => `${relation}: ${count(shown)} of ${count(total)} (${why})`,
    ),
    prevalence.note,
    addressTruncation(lineage.view),
  ];
  return <p className={classes.footer}>{parts.filter((part) => part !== undefined).join(" · ")}</p>;
}
