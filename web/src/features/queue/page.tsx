import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { type QueuePage as Queue, type QueueQuery, queueQuery } from "#contracts/queue";
import { useFurtherQueue, useRoute } from "../../api/queries.ts";
import { type Command, useCommands } from "../../keyboard/commands.tsx";
import { TextLink, usePageTitle } from "../../ui/page.tsx";
import { EmptyState, Loaded } from "../../ui/state.tsx";
import { absoluteTime, useTimeZone } from "../../ui/time.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { Facets } from "./facets.tsx";
import { Histogram } from "./histogram.tsx";
import { IncidentRow, leadOf } from "./incident.tsx";
import classes from "./queue.module.css";
import { buildQueueUrl, filterCount, parseQueueUrl, toggled } from "./url.ts";

const statuses = ["open", "acknowledged", "escalated", "closed"] as const;
const groupings = [
  { value: "lineage", label: "Lineage" },
  { value: "rule", label: "Rule" },
  { value: "host", label: "Host" },
  { value: "user", label: "User" },
  { value: "none", label: "None" },
] as const;

const refreshTime = 5000;

export function QueuePage() {
  const [search, setSearch] = useSearchParams();
  const query = useMemo(() => parseQueueUrl(search), [search]);
  const change = useCallback((next: QueueQuery) => setSearch(buildQueueUrl(next), { replace: false }), [setSearch]);
  const queue = useRoute("queue", { query }, { refresh: refreshTime, keep: true });
  const [filtering, setFiltering] = useState(false);
  usePageTitle("Queue");
  return (
    <div className={classes.page}>
      <h1 className={classes.hidden}>Queue</h1>
      <Loaded query={queue} label="Loading the queue" rows={12}>
        {(page) => (
          <>
            <Header
              page={page}
              query={query}
              change={change}
              filters={{ open: filtering, toggle: () => setFiltering(!filtering) }}
            />
            <Facets page={page} query={query} change={change} open={filtering} />
            <IncidentList
              page={page}
              query={query}
              next={queue.isPlaceholderData ? undefined : page.next}
              change={change}
              refetch={() => void queue.refetch()}
            />
          </>
        )}
      </Loaded>
    </div>
  );
}

interface PartProps {
  readonly page: Queue;
  readonly query: QueueQuery;
  readonly change: (query: QueueQuery) => void;
}

function Header({
  page,
  query,
  change,
  filters,
}: PartProps & { readonly filters: { readonly open: boolean; readonly toggle: () => void } }) {
  const { mode } = useTimeZone();
  return (
    <header className={classes.header}>
      <fieldset className={classes.counts} aria-label="Status">
        {statuses.map((status) => (
          <button
            key={status}
            type="button"
            className={classes.status}
            aria-pressed={query.status.includes(status)}
            onClick={() => change(toggled(query, "status", status))}
          >
            {status} <strong>{page.counts[status].toLocaleString("en")}</strong>
          </button>
        ))}
      </fieldset>
      <Histogram bars={page.histogram} choose={(from, to) => change({ ...query, from, to })} />
      <div className={classes.controls}>
        <Button
          className={classes.onlyNarrow}
          size="compact-sm"
          variant={filters.open ? "light" : "default"}
          aria-expanded={filters.open}
          onClick={filters.toggle}
        >
          {filters.open ? "Show list" : "Filters"}
        </Button>
        <SearchBox key={query.text ?? ""} query={query} change={change} />
        <SegmentedControl
          size="xs"
          aria-label="Group by"
          value={query.group}
          onChange={(group) =>
            change(
              parseQueueUrl(
                buildQueueUrl({ ...query, group: groupings.find(({ value }) => value === group)?.value ?? "lineage" }),
              ),
            )
          }
          data={[...groupings]}
        />
        {query.from !== undefined && query.to !== undefined && (
          <Button
            size="compact-xs"
            variant="light"
            rightSection={<IconX size={12} />}
            onClick={() => change({ ...query, from: undefined, to: undefined })}
          >
            {`${absoluteTime(query.from, mode, "minute")} to ${absoluteTime(query.to, mode, "minute")}`}
          </Button>
        )}
        {filterCount(query) > 0 && (
          <Button size="compact-xs" variant="subtle" onClick={() => change(queueQuery.parse({ group: query.group }))}>
            Clear filters
          </Button>
        )}
      </div>
    </header>
  );
}

function SearchBox({ query, change }: { readonly query: QueueQuery; readonly change: (query: QueueQuery) => void }) {
  const [text, setText] = useState(query.text ?? "");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change({ ...query, text: text === "" ? undefined : text });
      }}
    >
      <TextInput
        size="xs"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        leftSection={<IconSearch size={13} aria-hidden />}
        placeholder="Command line, message, host or user"
        aria-label="Search alerts"
        className={classes.find}
      />
    </form>
  );
}

/** Loads the next page when this many or fewer rows remain below the viewport. */
const READ_AHEAD = 40;

/** The first page and the pages loaded by scrolling. An incident that moved up meanwhile appears once. */
function useScrolledItems(page: Queue, query: QueueQuery, next: string | undefined) {
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

function IncidentList({
  page,
  query,
  next,
  change,
  refetch,
}: PartProps & {
  /** Cursor of the next page; undefined while the page still belongs to the previous filters. */
  readonly next: string | undefined;
  readonly refetch: () => void;
}) {
  const navigate = useNavigate();
  const me = useRoute("me");
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const { items, isReading, failed, more, retry } = useScrolledItems(page, query, next);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 76,
    getItemKey: (at) => items[at]?.key ?? at,
    overscan: 12,
  });
  const seen = virtual.range?.endIndex ?? 0;
  useEffect(() => {
    if (seen >= items.length - READ_AHEAD && failed === null) {
      more();
    }
  }, [seen, items.length, failed, more]);
  const toggle = useCallback(
    (update: (change: (before: ReadonlySet<string>) => ReadonlySet<string>) => void, key: string) =>
      update((before) => {
        const after = new Set(before);
        if (!after.delete(key)) {
          after.add(key);
        }
        return after;
      }),
    [],
  );

  const select = useCallback((key: string) => toggle(setSelected, key), [toggle]);
  const expand = useCallback((key: string) => toggle(setExpanded, key), [toggle]);

  const commands = useMemo<readonly Command[]>(() => {
    const move = (by: number) => {
      const next = Math.max(0, Math.min(items.length - 1, current + by));
      setCurrent(next);
      virtual.scrollToIndex(next);
      // Otherwise the focus and the current row would differ.
      if (document.activeElement instanceof HTMLElement && scroller.current?.contains(document.activeElement)) {
        document.activeElement.blur();
      }
    };
    const item = items[current];
    const empty = item === undefined ? "the queue is empty" : undefined;
    const first = item === undefined ? undefined : leadOf(item);
    return [
      {
        id: "queue-next",
        title: "Next incident",
        group: "Queue",
        keys: ["j", "down"],
        disabled: empty,
        run: () => move(1),
      },
      {
        id: "queue-previous",
        title: "Previous incident",
        group: "Queue",
        keys: ["k", "up"],
        disabled: empty,
        run: () => move(-1),
      },
      {
        id: "queue-open",
        title: "Open incident",
        group: "Queue",
        keys: ["enter", "o"],
        disabled: empty,
        run: () => void (first && navigate(`/alerts/${encodeURIComponent(first.id)}`)),
      },
      {
        id: "queue-expand",
        title: "Show or hide alerts",
        group: "Queue",
        keys: [" ", "right"],
        disabled: empty,
        run: () => item && toggle(setExpanded, item.key),
      },
      {
        id: "queue-select",
        title: "Select or deselect",
        group: "Queue",
        keys: ["x"],
        disabled: empty,
        run: () => item && toggle(setSelected, item.key),
      },
    ];
  }, [items, current, navigate, virtual, toggle]);
  useCommands(commands);

  if (items.length === 0) {
    return (
      <div className={classes.list}>
        <EmptyState
          title="No alerts in this view"
          reason={page.emptyReason ?? "No alerts match the filters."}
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
      </div>
    );
  }
  const chosen = items.filter((item) => selected.has(item.key));
  return (
    <div className={classes.list} ref={scroller}>
      {chosen.length > 0 && (
        <BulkBar
          alerts={chosen.flatMap((item) => item.alerts.filter(({ status }) => status === "open").map(({ id }) => id))}
          items={chosen.length}
          clear={() => setSelected(new Set())}
          refetch={refetch}
        />
      )}
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
                selected={selected.has(item.key)}
                expanded={expanded.has(item.key)}
                place={row.index}
                select={select}
                expand={expand}
                focus={setCurrent}
              />
            </div>
          );
        })}
      </div>
      <p className={classes.footer}>
        {`${items.length} of ${page.total.toLocaleString("en")} incidents, ${page.totalAlerts.toLocaleString("en")} alerts`}
        {isReading && <span role="status">Loading more…</span>}
        {failed !== null && !isReading && (
          <Button size="compact-xs" variant="default" color="red" onClick={retry}>
            {`Could not load more (${failed.message}). Try again`}
          </Button>
        )}
      </p>
    </div>
  );
}
