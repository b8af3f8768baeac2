import { IconLogin2, IconLogout2, IconPlayerPlayFilled, IconPlayerStopFilled } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { absoluteTime, duration, useTimeZone } from "../../../../ui/time.tsx";
import { AlertCount } from "../alert-count.tsx";
import type { LineageViewProps } from "../views.tsx";
import { type TimelineItem, timelineItems } from "./timeline.ts";
import classes from "./timeline-view.module.css";

const icons = {
  started: IconPlayerPlayFilled,
  ended: IconPlayerStopFilled,
  logon: IconLogin2,
  logoff: IconLogout2,
} as const;

/** Starts, ends, logons and logoffs in order of time, with the time between them. */
export function TimelineView({ lineage, selected, select }: LineageViewProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { mode } = useTimeZone();
  const items = useMemo(
    () => (lineage.graph === undefined ? [] : timelineItems(lineage.graph, lineage.nodes)),
    [lineage.graph, lineage.nodes],
  );
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 28,
    overscan: 12,
  });
  const at = items.findIndex((item) => item.key === selected);
  useEffect(() => {
    if (at !== -1) {
      virtual.scrollToIndex(at, { align: "auto" });
    }
  }, [at, virtual]);
  const move = (by: 1 | -1) => {
    for (let index = at + by; index >= 0 && index < items.length; index += by) {
      const key = items[index]?.key;
      if (key !== undefined && key !== selected) {
        select(key);
        return;
      }
    }
  };
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      role="listbox"
      aria-label="Timeline of the lineage"
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
          event.preventDefault();
          move(event.key === "ArrowDown" ? 1 : -1);
        }
      }}
    >
      <div role="presentation" className={classes.sizer} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((row) => {
          const item = items[row.index];
          const before = items[row.index - 1];
          return (
            item !== undefined && (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the list, which has the focus.
              // biome-ignore lint/a11y/useFocusableInteractive: as above.
              <div
                key={item.id}
                role="option"
                aria-selected={item.key !== undefined && item.key === selected}
                className={classes.row}
                data-path={item.onPath || undefined}
                style={{ transform: `translateY(${row.start}px)` }}
                onClick={() => item.key !== undefined && select(item.key)}
              >
                <span title={item.rounded ? `${item.time}, recorded in whole seconds` : item.time}>
                  {before !== undefined && sameDay(before, item, mode)
                    ? absoluteTime(item.time, mode, item.rounded ? "second" : "millisecond").slice(11)
                    : absoluteTime(item.time, mode, "second").slice(5)}
                </span>
                <span className={classes.gap}>
                  {before === undefined ? "" : `+ ${duration(item.sortTime - before.sortTime)}`}
                </span>
                <Event item={item} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function sameDay(a: TimelineItem, b: TimelineItem, mode: "utc" | "local"): boolean {
  return absoluteTime(a.time, mode).slice(0, 10) === absoluteTime(b.time, mode).slice(0, 10);
}

function Event({ item }: { readonly item: TimelineItem }) {
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
