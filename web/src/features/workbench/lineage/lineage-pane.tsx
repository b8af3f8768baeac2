import { ActionIcon, Button, CloseButton, Tabs, TextInput, Tooltip } from "@mantine/core";
import { IconAlertHexagon, IconArrowBackUp, IconSearch, IconSparkles } from "@tabler/icons-react";
import { type ReactNode, Suspense, useMemo, useRef } from "react";
import { useCommands } from "../../../keyboard/commands.tsx";
import { EmptyState, ErrorState, Loaded, LoadingState } from "../../../ui/state.tsx";
import classes from "./lineage-pane.module.css";
import type { Lineage } from "./use-lineage.ts";
import type { Rarities } from "./use-prevalence.ts";
import { addressCut } from "./view-state.ts";
import { defaultView, isView, type LineageView, lineageViewEntries, lineageViews, type View } from "./views.tsx";

/** The lineage in one of its views, with the filter above and the counts below. */
export function LineagePane({
  lineage,
  rarities,
  view,
  setView,
  selected,
  select,
}: {
  readonly lineage: Lineage;
  readonly rarities: Rarities;
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
                title="No process is known for this alert"
                reason="The events behind it name no process, so there is no lineage to show. The playbook and the records work as usual."
              />
            ) : (
              <>
                {lineage.rows.length === 0 ? (
                  <EmptyState
                    title="No process is left by the filter"
                    reason={`${graph.nodes.size.toLocaleString("en")} processes are loaded, and none of them ${lineage.view.alertsOnly ? "with an alert " : ""}matches.`}
                    action={
                      <Button
                        size="xs"
                        variant="default"
                        onClick={() => lineage.setView({ find: "", alertsOnly: false })}
                      >
                        Show all of them
                      </Button>
                    }
                  />
                ) : (
                  <Suspense fallback={<LoadingState label={`Loading the ${title.toLowerCase()}`} />}>
                    <Component lineage={lineage} rarities={rarities} selected={selected} select={select} />
                  </Suspense>
                )}
                <Footer lineage={lineage} rarities={rarities} />
              </>
            )
          }
        </Loaded>
      </Tabs.Panel>
    </Tabs>
  );
}

/** What is looked for, what is marked, and the way back. */
function Filter({ lineage }: { readonly lineage: Lineage }) {
  const { view, setView } = lineage;
  const input = useRef<HTMLInputElement>(null);
  useCommands(
    useMemo(
      () => [
        {
          id: "lineage-find",
          title: "Find in the lineage",
          group: "Lineage",
          keys: ["f"],
          run: () => input.current?.focus(),
        },
        {
          id: "lineage-alerts",
          title: "Show only processes with alerts, and what leads to them",
          group: "Lineage",
          run: () => setView({ alertsOnly: !view.alertsOnly }),
        },
        {
          id: "lineage-new",
          title: "Mark what is new beside other runs of the same image",
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
        className={classes.find}
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
            <CloseButton size="xs" aria-label="Show all again" onClick={() => setView({ find: "" })} />
          )
        }
        placeholder="find (F)"
        aria-label="Find in the lineage"
      />
      <Toggle
        label="Only processes with alerts"
        on={view.alertsOnly}
        toggle={() => setView({ alertsOnly: !view.alertsOnly })}
      >
        <IconAlertHexagon size={14} aria-hidden />
      </Toggle>
      <Toggle
        label="Mark what is new beside other runs (N)"
        on={view.compare}
        toggle={() => setView({ compare: !view.compare })}
      >
        <IconSparkles size={14} aria-hidden />
      </Toggle>
      <Tooltip label="Undo the last change of the view (Z)" withinPortal={false}>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label="Undo the last change of the view"
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

function Footer({ lineage, rarities }: { readonly lineage: Lineage; readonly rarities: Rarities }) {
  const { graph, rows } = lineage;
  if (graph === undefined) {
    return null;
  }
  const count = (number: number) => number.toLocaleString("en");
  const folded = rows.reduce((sum, row) => sum + (row.kind === "group" && !row.open ? row.total : 0), 0);
  const hidden = rows.reduce((sum, row) => sum + (row.kind === "more" ? row.hidden : 0), 0);
  const parts = [
    `${count(graph.nodes.size)} ${graph.nodes.size === 1 ? "process" : "processes"} loaded`,
    lineage.filtered > 0 ? `${count(lineage.filtered)} lines hidden by the filter` : undefined,
    folded > 0 ? `${count(folded)} folded by image and command shape` : undefined,
    hidden > 0 ? `${count(hidden)} children not loaded` : undefined,
    ...graph.cuts.map((cut) => `${cut.relation}: ${cut.shown} of ${cut.total} (${cut.why})`),
    rarities.note,
    addressCut(lineage.view),
  ];
  return <p className={classes.footer}>{parts.filter((part) => part !== undefined).join(" · ")}</p>;
}
