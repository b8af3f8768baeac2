import { IconLogin2, IconLogout2, IconPlayerPlayFilled, IconPlayerStopFilled } from "@tabler/icons-react";
import type { TimelineEvent } from "#contracts/timeline";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { AlertCount } from "../alert-count.tsx";
import { kindLabels } from "./kinds.ts";
import type { TimelineItem, TimelineLine } from "./timeline.ts";
import classes from "./timeline-view.module.css";

const icons = {
  started: IconPlayerPlayFilled,
  ended: IconPlayerStopFilled,
  logon: IconLogin2,
  logoff: IconLogout2,
} as const;

/** What a line says besides its time and host. */
export function LineText({ line }: { readonly line: TimelineLine }) {
  return line.line === "graph" ? <OfGraph item={line} /> : <OfEvent event={line.event} fired={line.fired} />;
}

function OfGraph({ item }: { readonly item: TimelineItem }) {
  const Icon = icons[item.kind];
  return (
    <span className={classes.what} data-kind={item.kind}>
      <Icon size={12} aria-hidden className={classes.icon} />
      <span className={classes.title}>
        <VisibleText text={item.title} />
      </span>
      <span className={classes.kind}>{item.kind}</span>
      <AlertCount alerts={item.alerts} />
      <code className={classes.detail}>
        <VisibleText text={item.detail.slice(0, 300)} />
      </code>
    </span>
  );
}

function OfEvent({ event, fired }: { readonly event: TimelineEvent; readonly fired: boolean }) {
  const { label, icon: Icon } = kindLabels[event.kind];
  const others = fired ? [] : event.alerts;
  return (
    <span className={classes.what} data-kind={event.kind}>
      <Icon size={12} aria-hidden className={classes.icon} />
      <span className={classes.title}>
        <VisibleText text={event.process.name ?? "no known process"} />
      </span>
      <span className={classes.kind}>{label}</span>
      {fired && <span className={classes.fired}>fired</span>}
      {others.length > 0 && (
        <span className={classes.alerts} title={others.map(({ ruleName }) => ruleName).join("\n")}>
          {others.length === 1 ? "alert" : `${others.length} alerts`}
        </span>
      )}
      <code className={classes.detail}>
        <VisibleText text={event.summary} />
      </code>
    </span>
  );
}
