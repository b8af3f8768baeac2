import { ActionIcon, CloseButton, Tooltip } from "@mantine/core";
import { IconAlertHexagon, IconArrowBackUp, IconSearch, IconSparkles } from "@tabler/icons-react";
import { type ReactNode, type RefObject, useMemo, useRef } from "react";
import { useCommands } from "../../../keyboard/commands.tsx";
import { VisibleTextInput } from "../../../ui/visible-input.tsx";
import classes from "./lineage-pane.module.css";
import type { Lineage } from "./use-lineage.ts";

/** The filter, the comparison with other runs, and undo. */
export function LineageFilter({ lineage }: { readonly lineage: Lineage }) {
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
      <FilterInput lineage={lineage} input={input} />
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

function FilterInput({
  lineage: { view, setView },
  input,
}: {
  readonly lineage: Lineage;
  readonly input: RefObject<HTMLInputElement | null>;
}) {
  return (
    <VisibleTextInput
      ref={input}
      size="xs"
      className={classes.input}
      value={view.find}
      change={(find) => setView({ find: find.slice(0, 200) })}
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
