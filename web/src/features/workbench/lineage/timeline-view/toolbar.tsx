import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconArrowsHorizontal, IconFocus2, IconTimeline, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Timeline, TimelineKind } from "#contracts/timeline";
import { kindLabels } from "./kinds.ts";
import classes from "./timeline-view.module.css";

interface ToolbarProps {
  readonly kinds: Timeline["kinds"];
  readonly hidden: ReadonlySet<TimelineKind>;
  readonly toggleKind: (kind: TimelineKind) => void;
  readonly showAllKinds: () => void;
  readonly zoom: (factor: number) => void;
  readonly fitIncident: () => void;
  readonly fitAlert: (() => void) | undefined;
  readonly fitAll: (() => void) | undefined;
  readonly around: { readonly on: boolean; readonly toggle: () => void } | undefined;
}

/** Zoom, what the timeline is fitted to, and which kinds of events it lists. */
export function Toolbar({ kinds, hidden, toggleKind, showAllKinds, around, ...time }: ToolbarProps) {
  return (
    <div className={classes.toolbar}>
      <div className={classes.tools}>
        <Tool label="Zoom in" run={() => time.zoom(0.5)}>
          <IconZoomIn size={14} aria-hidden />
        </Tool>
        <Tool label="Zoom out" run={() => time.zoom(2)}>
          <IconZoomOut size={14} aria-hidden />
        </Tool>
        <Tool label="Fit the incident" run={time.fitIncident}>
          <IconTimeline size={14} aria-hidden />
        </Tool>
        <Tool label="Fit the alert" run={time.fitAlert}>
          <IconFocus2 size={14} aria-hidden />
        </Tool>
        <Tool label="Show all the time" run={time.fitAll}>
          <IconArrowsHorizontal size={14} aria-hidden />
        </Tool>
        {around !== undefined && (
          <Button
            size="compact-xs"
            variant={around.on ? "filled" : "default"}
            aria-pressed={around.on}
            onClick={around.toggle}
          >
            Around this ± 15 min
          </Button>
        )}
      </div>
      <fieldset className={classes.kinds}>
        <legend className={classes.hiddenLegend}>Kinds of events</legend>
        {kinds.map(({ kind, count }) => {
          const { label, icon: Icon } = kindLabels[kind];
          return (
            <button key={kind} type="button" aria-pressed={!hidden.has(kind)} onClick={() => toggleKind(kind)}>
              <Icon size={12} aria-hidden />
              {label} <strong>{count.toLocaleString("en")}</strong>
            </button>
          );
        })}
        {hidden.size > 0 && (
          <button type="button" className={classes.all} onClick={showAllKinds}>
            show all
          </button>
        )}
      </fieldset>
    </div>
  );
}

function Tool({
  label,
  run,
  children,
}: {
  readonly label: string;
  readonly run: (() => void) | undefined;
  readonly children: ReactNode;
}) {
  return (
    <Tooltip label={label} withinPortal={false}>
      <ActionIcon size="sm" variant="subtle" color="gray" aria-label={label} disabled={run === undefined} onClick={run}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
