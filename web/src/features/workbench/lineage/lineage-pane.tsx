import { ActionIcon, Button, CloseButton, Tabs, TextInput, Tooltip } from "@mantine/core";
import { IconAlertHexagon, IconArrowBackUp, IconSearch, IconSparkles } from "@tabler/icons-react";
import { type ReactNode, Suspense, useMemo, useRef } from "react";
import { useCommands } from "../../../keyboard/commands.tsx";
import { EmptyState, ErrorState, Loaded, LoadingState } from "../../../ui/state.tsx";
import classes from "./lineage-pane.module.css";
import type { Lineage } from "./use-lineage.ts";
import type { PrevalenceMarks } from "./use-prevalence.ts";
import { addressTruncation } from "./view-state.ts";
import { defaultView, isView, type LineageView, lineageViewEntries, lineageViews, type View } from "./views.tsx";

/** The lineage in one of its views, with the filter above and the counts below. */
export function LineagePane({
  lineage,
  prevalence,
  view,
  setView,
  selected,
  select,
}: {
  readonly lineage: Lineage;
  readonly prevalence: PrevalenceMarks;
  readonly view: View;
  readonly setView: (view: View) => void;
  readonly selected: string | undefined;
  readonly select: (key: string) => void;
}) {
  const { graph } = lineage;
  const { title, Component }: LineageView = lineageViews[view];
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
        <Filter lineage={lineage} />
      </div>
      {lineage.failure !== undefined && <ErrorState error={lineage.failure} retry={lineage.dismissFailure} />}
      <Tabs.Panel key={view} value={view} className={classes.panel}>
        <Loaded query={lineage.query} label="Loading the lineage" rows={12}>
          {() =>
            graph === undefined || graph.nodes.size === 0 ? (
              <EmptyState
                title="No process recorded for this alert"
                reason="Its events name no process, so there is no lineage. The playbook and the source records are available."
              />
            ) : (
              <>
                {lineage.rows.length === 0 ? (
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
                  <Suspense fallback={<LoadingState label={`Loading the ${title.toLowerCase()}`} />}>
                    <Component lineage={lineage} prevalence={prevalence} selected={selected} select={select} />
                  </Suspense>
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

/** The filter, the comparison with other runs, and undo. */
function Filter({ lineage }: { readonly lineage: Lineage }) {
  const { view, setView } = lineage;
  const input = useRef<HTMLInputElement>(null);
  useCommands(
    useMemo(
      () => [
        {
          id: "lineage-filter",
          title: "Filter processes",
          group: "Lineage",
          keys: ["f"],
          run: () => input.current?.focus(),
        },
        {
          id: "lineage-alerts",
          title: "Show only processes with alerts",
          group: "Lineage",
          run: () => setView({ alertsOnly: !view.alertsOnly }),
        },
        {
          id: "lineage-compare",
          title: "Compare children with other runs",
          group: "Lineage",
          keys: ["n"],
          run: () => setView({ compare: !view.compare }),
        },
      ],
      [view.alertsOnly, view.compare, setView],
    ),
  );
  return (
    <div className={classes.filter}>
      <TextInput
        ref={input}
        size="xs"
        className={classes.input}
        value={view.find}
        onChange={(event) => setView({ find: event.currentTarget.value.slice(0, 200) })}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            setView({ find: "" });
            input.current?.blur();
          }
        }}
        leftSection={<IconSearch size={12} aria-hidden />}
        rightSection={
          view.find === "" ? null : (
            <CloseButton size="xs" aria-label="Clear filter" onClick={() => setView({ find: "" })} />
          )
        }
        placeholder="filter (F)"
        aria-label="Filter processes"
      />
      <Toggle
        label="Show only processes with alerts"
        on={view.alertsOnly}
        toggle={() => setView({ alertsOnly: !view.alertsOnly })}
      >
        <IconAlertHexagon size={14} aria-hidden />
      </Toggle>
      <Toggle
        label="Compare children with other runs (N)"
        on={view.compare}
        toggle={() => setView({ compare: !view.compare })}
      >
        <IconSparkles size={14} aria-hidden />
      </Toggle>
      <Tooltip label="Undo the last view change (Z)" withinPortal={false}>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label="Undo the last view change"
          disabled={!lineage.canUndo}
          onClick={lineage.undo}
        >
          <IconArrowBackUp size={14} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function Toggle(props: {
  readonly label: string;
  readonly on: boolean;
  readonly toggle: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Tooltip label={props.label} withinPortal={false}>
      <ActionIcon
        size="sm"
        variant={props.on ? "filled" : "subtle"}
        color={props.on ? undefined : "gray"}
        aria-label={props.label}
        aria-pressed={props.on}
        onClick={props.toggle}
      >
        {props.children}
      </ActionIcon>
    </Tooltip>
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
    notLoaded > 0 ? `${count(notLoaded)} children not loaded` : undefined,
    ...graph.truncations.map(
      ({ relation, shown, total, why }) => `${relation}: ${count(shown)} of ${count(total)} (${why})`,
    ),
    prevalence.note,
    addressTruncation(lineage.view),
  ];
  return <p className={classes.footer}>{parts.filter((part) => part !== undefined).join(" · ")}</p>;
}
