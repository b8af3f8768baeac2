import { Button } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { type Incident, type QueuePage, type QueueQuery, queueQuery } from "#contracts/queue";
import type { RequestError } from "../../api/client.ts";
import { useDenial } from "../../api/permission.ts";
import { useFurtherQueue, useRoute } from "../../api/queries.ts";
import { type Command, useCommands } from "../../keyboard/commands.tsx";
import { TextLink } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { leadWidth, type QueueColumns } from "./columns.ts";
import { IncidentRow, leadOf } from "./incident.tsx";
import classes from "./queue.module.css";
import { statuses } from "./url.ts";
import { useSelection } from "./use-selection.ts";

/** The incidents of the queue: virtualised rows that load further pages while scrolling. */
export function IncidentList({
  page,
  query,
  next,
  change,
  density,
  columns,
  news,
  showNews,
}: {
  readonly page: QueuePage;
  readonly query: QueueQuery;
  /** Cursor of the next page; undefined while the page still belongs to the previous filters. */
  readonly next: string | undefined;
  readonly change: (query: QueueQuery) => void;
  readonly density: "one" | "two";
  readonly columns: QueueColumns;
  /** What came since the rows were put in their places. */
  readonly news: { readonly alerts: number; readonly moved: boolean };
  readonly showNews: () => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [expanded, expand] = useKeySet();
  const denial = useDenial("triage");
  const { items, isReading, failed, more, retry } = useScrolledItems(page, query, next);
  const selection = useSelection(items, query);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (density === "one" ? 34 : 76),
    getItemKey: (at) => items[at]?.key ?? at,
    overscan: 12,
  });
  const lastVisible = virtual.range?.endIndex ?? 0;
  useEffect(() => {
    if (lastVisible >= items.length - READ_AHEAD && failed === null) {
      more();
    }
  }, [lastVisible, items.length, failed, more]);
  const move = useCallback(
    (to: number) => {
      setCurrent(to);
      virtual.scrollToIndex(to);
      // Otherwise the focus and the current row would differ.
      if (document.activeElement instanceof HTMLElement && scroller.current?.contains(document.activeElement)) {
        document.activeElement.blur();
      }
    },
    [virtual],
  );
  useListCommands({ items, current, move, expand, select: selection.toggle, denial });

  if (items.length === 0) {
    return (
      <div className={classes.list}>
        <EmptyQueue reason={page.emptyReason} change={change} />
      </div>
    );
  }
  return (
    <div className={classes.list} ref={scroller} style={{ "--lead": leadWidth(columns, density) } as CSSProperties}>
      {denial === undefined && (selection.all || selection.rows.length > 0) && (
        <BulkBar selection={selection} page={page} query={query} />
      )}
      <News news={news} show={showNews} />
      <div className={classes.rows} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((row) => {
          const item = items[row.index];
          return item === undefined ? null : (
            <div
              key={row.key}
              ref={virtual.measureElement}
              data-index={row.index}
              className={classes.row}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <IncidentRow
                item={item}
                current={row.index === current}
                selected={selection.has(item.key)}
                expanded={expanded.has(item.key)}
                place={row.index}
                select={denial === undefined ? selection.toggle : undefined}
                expand={expand}
                unfold={(shape) => change({ ...query, shape })}
                compact={density === "one"}
                columns={columns}
                focus={setCurrent}
              />
            </div>
          );
        })}
      </div>
      <ListFooter shown={items.length} page={page} isReading={isReading} failed={failed} retry={retry} />
    </div>
  );
}

const number = (value: number) => value.toLocaleString("en");

/** New alerts are announced: rows move only when somebody asks for it. */
function News({
  news: { alerts, moved },
  show,
}: {
  readonly news: { readonly alerts: number; readonly moved: boolean };
  readonly show: () => void;
}) {
  return (
    <div role="status">
      {(alerts > 0 || moved) && (
        <button type="button" className={classes.news} onClick={show}>
          {alerts > 0
            ? `${number(alerts)} new ${alerts === 1 ? "alert" : "alerts"}: show`
            : "The order has changed: show"}
        </button>
      )}
    </div>
  );
}

function ListFooter({
  shown,
  page,
  isReading,
  failed,
  retry,
}: {
  readonly shown: number;
  readonly page: QueuePage;
  readonly isReading: boolean;
  readonly failed: RequestError | null;
  readonly retry: () => void;
}) {
  return (
    <p className={classes.footer}>
      {footerText(shown, page)}
      {isReading && <span role="status">Loading more…</span>}
      {failed !== null && !isReading && (
        <Button size="compact-xs" variant="default" color="red" onClick={retry}>
          {`Could not load more (${failed.message}). Try again`}
        </Button>
      )}
    </p>
  );
}

function footerText(shown: number, { total, totalAlerts, totalIncidents }: QueuePage): string {
  const noun = (count: number, one: string) => `${number(count)} ${one}${count === 1 ? "" : "s"}`;
  const folded = totalIncidents > total ? ` for ${noun(totalIncidents, "incident")}` : "";
  return `${number(shown)} of ${noun(total, folded === "" ? "incident" : "row")}${folded}, ${noun(totalAlerts, "alert")}`;
}

/** A set of incident keys, with a function that toggles one. */
function useKeySet() {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((key: string) => setKeys((before) => before.symmetricDifference(new Set([key]))), []);
  return [keys, toggle] as const;
}

/** Loads the next page when this many or fewer rows remain below the viewport. */
const READ_AHEAD = 40;

/** The first page and the pages loaded by scrolling. An incident that moved up meanwhile appears once. */
function useScrolledItems(page: QueuePage, query: QueueQuery, next: string | undefined) {
  const [wanted, setWanted] = useState(false);
  const further = useFurtherQueue(query, next, wanted);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = further;
  const items = useMemo(() => {
    const seen = new Set<string>();
    return [page, ...(data ?? [])].flatMap((one) => one.items).filter(({ key }) => !seen.has(key) && seen.add(key));
  }, [page, data]);
  const more = useCallback(() => {
    setWanted(true);
    if (data !== undefined && hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [data, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const retry = useCallback(
    () => void (data === undefined ? further.refetch() : fetchNextPage()),
    [data, further.refetch, fetchNextPage],
  );
  return { items, more, isReading: further.isFetching, failed: further.error, retry };
}

/** The keys of the list: they move the current row and act on it. */
function useListCommands({
  items,
  current,
  move,
  expand,
  select,
  denial,
}: {
  readonly items: readonly Incident[];
  readonly current: number;
  readonly move: (to: number) => void;
  readonly expand: (key: string) => void;
  readonly select: (key: string) => void;
  /** Why the person may not triage: a selection is of no use to them. */
  readonly denial: string | undefined;
}): void {
  const navigate = useNavigate();
  const commands = useMemo<readonly Command[]>(() => {
    const item = items[current];
    const lead = item === undefined ? undefined : leadOf(item);
    const group = "Queue";
    const disabled = item === undefined ? "The queue is empty" : undefined;
    const last = items.length - 1;
    return [
      {
        id: "queue-next",
        title: "Next incident",
        group,
        keys: ["j", "down"],
        disabled,
        run: () => move(Math.min(last, current + 1)),
      },
      {
        id: "queue-previous",
        title: "Previous incident",
        group,
        keys: ["k", "up"],
        disabled,
        run: () => move(Math.max(0, current - 1)),
      },
      {
        id: "queue-open",
        title: "Open incident",
        group,
        keys: ["enter", "o"],
        disabled,
        run: () => void (lead && navigate(`/alerts/${encodeURIComponent(lead.id)}`)),
      },
      {
        id: "queue-expand",
        title: "Show or hide alerts",
        group,
        keys: [" ", "right"],
        disabled,
        run: () => item && expand(item.key),
      },
      {
        id: "queue-select",
        title: "Select or deselect",
        group,
        keys: ["x"],
        disabled: denial ?? disabled,
        run: () => item && select(item.key),
      },
    ];
  }, [items, current, navigate, move, expand, select, denial]);
  useCommands(commands);
}

function EmptyQueue({
  reason = "No alerts match the filters.",
  change,
}: {
  readonly reason: string | undefined;
  readonly change: (query: QueueQuery) => void;
}) {
  const me = useRoute("me");
  return (
    <EmptyState
      title="No alerts in this view"
      reason={reason}
      action={
        me.data?.empty === true ? (
          <TextLink to="/ingest">How to ingest a capture</TextLink>
        ) : (
          <Button size="xs" variant="default" onClick={() => change(queueQuery.parse({ status: [...statuses] }))}>
            Show all alerts
          </Button>
        )
      }
    />
  );
}
