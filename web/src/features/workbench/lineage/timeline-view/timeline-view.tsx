import { Button } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import type { TimelineEvent, TimelineKind } from "#contracts/timeline";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { useFocusOnOpening } from "../../../../ui/opened-row.ts";
import { EmptyState, ErrorState, Loaded } from "../../../../ui/state.tsx";
import { absoluteTime, duration, useTimeZone } from "../../../../ui/time.tsx";
import { shortHost } from "../labels.ts";
import { alertSpan } from "../spans.ts";
import { useRows } from "../use-rows.ts";
import type { TimeSpan } from "../view-state.ts";
import type { LineageViewProps } from "../views.tsx";
import { EventDetail } from "./event-detail.tsx";
import { lanesOf } from "./lanes.ts";
import { LineText } from "./line-text.tsx";
import { Overview } from "./overview.tsx";
import { padded, zoomed } from "./scale.ts";
import { lineIdOf, type TimelineLine } from "./timeline.ts";
import classes from "./timeline-view.module.css";
import { Toolbar } from "./toolbar.tsx";
import { type TimelineData, useTimeline } from "./use-timeline.ts";

/** Milliseconds before and after an event in "around this". */
const AROUND = 900_000;

/** Everything that happened, in order of time: an overview with a lane for each host, and a list of it all. */
export function TimelineView({ lineage, selected, select }: LineageViewProps) {
  const { graph, view, setView, alertId, nodes } = lineage;
  const data = useTimeline(lineage);
  const { span, limits, lines, fired, page, whole } = data;
  const [chosen, setActive] = useState<string>();
  useEffect(() => setActive(view.event), [view.event]);
  const active = graph === undefined || chosen === undefined ? chosen : lineIdOf(graph, chosen);
  const activeLine = lines.find(({ id }) => id === active);
  const focus = graph?.nodes.get(graph.focus);
  const lanes = useMemo(
    () =>
      span === undefined ? [] : lanesOf(nodes, page.data, { span, hiddenKinds: view.hiddenKinds, first: focus?.host }),
    [nodes, page.data, span, view.hiddenKinds, focus?.host],
  );
  const setSpan = (next: TimeSpan | undefined) => setView({ span: next });
  const show = (event: TimelineEvent) => {
    setActive(event.id);
    const { key } = event.process;
    if (key !== undefined && graph?.nodes.has(key)) {
      select(key);
    }
  };
  const fit = graph === undefined ? undefined : alertSpan(graph);
  const centre =
    activeLine ?? fired[0] ?? (focus?.start === undefined ? undefined : { time: focus.start, host: focus.host });
  const around = centre === undefined ? undefined : () => setView(aroundOf(view.around, centre));
  if (span === undefined) {
    return (
      <Loaded query={whole} label="Loading the timeline">
        {() => (
          <EmptyState
            title="No times recorded"
            reason="Neither the processes of this alert nor its events have a time, so nothing can be put in order."
          />
        )}
      </Loaded>
    );
  }
  return (
    <div className={classes.view}>
      <Toolbar
        kinds={page.data?.kinds ?? []}
        hidden={view.hiddenKinds}
        toggleKind={(kind) => setView({ hiddenKinds: toggled(view.hiddenKinds, kind) })}
        showAllKinds={() => setView({ hiddenKinds: new Set() })}
        zoom={(factor) => setSpan(zoomed(span, factor, 0.5, limits))}
        fitIncident={() => setView({ span: undefined, around: undefined })}
        fitAlert={fit && (() => setSpan(fit))}
        fitAll={() => setSpan(padded(limits))}
        around={around && { on: view.around !== undefined, toggle: around }}
      />
      <Overview lanes={lanes} span={span} limits={padded(limits)} alertId={alertId} setSpan={setSpan} show={show} />
      {fired.length > 0 && <Fired events={fired} show={show} />}
      {page.error !== null && <ErrorState error={page.error} retry={() => void page.refetch()} />}
      <Lines
        lines={lines}
        active={active}
        selected={selected}
        manyHosts={lanes.length > 1}
        choose={(line) => {
          setActive(line.id);
          if (line.key !== undefined) {
            select(line.key);
          }
        }}
      />
      {activeLine?.line === "event" && (
        <EventDetail event={activeLine.event} select={select} close={() => setActive(undefined)} />
      )}
      <Bounds data={data} around={view.around} />
    </div>
  );
}

function toggled(kinds: ReadonlySet<TimelineKind>, kind: TimelineKind): ReadonlySet<TimelineKind> {
  return kinds.has(kind) ? new Set([...kinds].filter((other) => other !== kind)) : new Set(kinds).add(kind);
}

function aroundOf(current: string | undefined, { time, host }: { readonly time: string; readonly host: string }) {
  const at = Date.parse(time);
  return current === undefined
    ? { around: host, span: { from: at - AROUND, to: at + AROUND } }
    : { around: undefined, span: undefined };
}

/** The events that the alert was raised on, whatever the list shows. */
function Fired({
  events,
  show,
}: {
  readonly events: readonly TimelineEvent[];
  readonly show: (event: TimelineEvent) => void;
}) {
  const { mode } = useTimeZone();
  const [first] = events;
  return first === undefined ? null : (
    <button type="button" className={classes.pinned} onClick={() => show(first)}>
      <span className={classes.fired}>fired</span>
      <span className={classes.pinnedTime}>{absoluteTime(first.time, mode, "millisecond").slice(5)}</span>
      <span className={classes.title}>
        <VisibleText text={first.process.name ?? first.host} />
      </span>
      <code className={classes.detail}>
        <VisibleText text={first.summary} />
      </code>
      {events.length > 1 && <span className={classes.kind}>and {events.length - 1} more</span>}
    </button>
  );
}

function Lines({
  lines,
  active,
  selected,
  manyHosts,
  choose,
}: {
  readonly lines: readonly TimelineLine[];
  readonly active: string | undefined;
  readonly selected: string | undefined;
  readonly manyHosts: boolean;
  readonly choose: (line: TimelineLine) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  useFocusOnOpening("timeline", scroller);
  const { mode } = useTimeZone();
  const own = lines.findIndex(({ id }) => id === active);
  const ofSelected = lines.findIndex(({ key }) => key !== undefined && key === selected);
  const fired = lines.findIndex((line) => line.line === "event" && line.fired && line.key === selected);
  const at = own !== -1 ? own : fired === -1 ? ofSelected : fired;
  const { virtual, items, described } = useRows({ count: lines.length, height: 28, active: at, scroller });
  useEffect(() => {
    if (at !== -1) {
      virtual.scrollToIndex(at, { align: "auto" });
    }
  }, [at, virtual]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const next = { ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), Home: 0, End: lines.length - 1 }[event.key];
    const line = next === undefined ? undefined : lines[next];
    if (next !== undefined) {
      event.preventDefault();
    }
    if (line !== undefined) {
      choose(line);
    }
  };
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      role="listbox"
      aria-label="Timeline of the lineage"
      tabIndex={0}
      aria-activedescendant={described === undefined ? undefined : lineId(described)}
      onKeyDown={onKeyDown}
      data-hosts={manyHosts || undefined}
    >
      {lines.length === 0 && <p className={classes.empty}>Nothing of these kinds happened in this time.</p>}
      <div role="presentation" className={classes.sizer} style={{ height: virtual.getTotalSize() }}>
        {items.map((row) => {
          const line = lines[row.index];
          const before = lines[row.index - 1];
          const isActive = own === -1 ? line?.key !== undefined && line.key === selected : row.index === own;
          return (
            line !== undefined && (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the list, which has the focus.
              // biome-ignore lint/a11y/useFocusableInteractive: as above.
              <div
                key={line.id}
                id={lineId(row.index)}
                role="option"
                aria-selected={isActive}
                className={classes.row}
                data-path={line.onPath || undefined}
                data-fired={(line.line === "event" && line.fired) || undefined}
                style={{ transform: `translateY(${row.start}px)` }}
                onClick={() => choose(line)}
              >
                <Times line={line} before={before} mode={mode} />
                {manyHosts && (
                  <span className={classes.host} title={line.host}>
                    <VisibleText text={shortHost(line.host)} />
                  </span>
                )}
                <LineText line={line} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

const lineId = (index: number) => `timeline-${index}`;

function Times({
  line,
  before,
  mode,
}: {
  readonly line: TimelineLine;
  readonly before: TimelineLine | undefined;
  readonly mode: "utc" | "local";
}) {
  const rounded = line.line === "graph" && line.rounded === true;
  const isSameDay = before !== undefined && day(before.time, mode) === day(line.time, mode);
  return (
    <>
      <span title={rounded ? `${line.time}, recorded in whole seconds` : line.time}>
        {isSameDay
          ? absoluteTime(line.time, mode, rounded ? "second" : "millisecond").slice(11)
          : absoluteTime(line.time, mode, "second").slice(5)}
      </span>
      <span className={classes.gap}>
        {before === undefined ? "" : `+ ${duration(line.sortTime - before.sortTime)}`}
      </span>
    </>
  );
}

const day = (time: string, mode: "utc" | "local") => absoluteTime(time, mode).slice(0, 10);

/** What the list leaves out, and how to see it. */
function Bounds({ data, around }: { readonly data: TimelineData; readonly around: string | undefined }) {
  const { page, loadMore, left } = data;
  const shown = page.data?.items.length ?? 0;
  const total = page.data?.total ?? 0;
  const parts = [
    around === undefined ? undefined : `everything on ${around} in this time`,
    shown < total
      ? `${shown.toLocaleString("en")} of ${total.toLocaleString("en")} events listed, the earliest first: zoom in or choose kinds`
      : `${total.toLocaleString("en")} ${total === 1 ? "event" : "events"}${around === undefined ? " besides starts and ends" : ""}`,
    left > 0 ? `events of ${left.toLocaleString("en")} more loaded processes are not listed` : undefined,
  ].filter((part) => part !== undefined);
  return (
    <p className={classes.bounds}>
      {page.isFetching ? "Loading… · " : ""}
      {parts.join(" · ")}
      {loadMore !== undefined && (
        <Button size="compact-xs" variant="default" onClick={loadMore}>
          List more
        </Button>
      )}
    </p>
  );
}
