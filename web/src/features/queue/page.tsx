import { Button, NativeSelect, SegmentedControl } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { type QueuePage as Queue, type QueueQuery, queueQuery } from "#contracts/queue";
import { useRoute } from "../../api/queries.ts";
import { useRoving } from "../../keyboard/roving.ts";
import { usePageTitle } from "../../ui/page.tsx";
import { SavedViews } from "../../ui/saved-views.tsx";
import { Loaded } from "../../ui/state.tsx";
import { absoluteTime, useTimeZone } from "../../ui/time.tsx";
import { VisibleTextInput } from "../../ui/visible-input.tsx";
import { BulkProgress } from "./bulk-progress.tsx";
import { type QueueColumns, readColumns, withColumns } from "./columns.ts";
import { ColumnsMenu } from "./columns-menu.tsx";
import { Facets } from "./facets.tsx";
import { Histogram } from "./histogram.tsx";
import { IncidentList } from "./incident-list.tsx";
import classes from "./queue.module.css";
import { buildQueueUrl, filterCount, parseQueueUrl, statuses, toggled } from "./url.ts";
import { useSteadyPage } from "./use-steady-page.ts";

const groupings = [
  { value: "lineage", label: "Lineage" },
  { value: "rule", label: "Rule" },
  { value: "host", label: "Host" },
  { value: "user", label: "User" },
  { value: "none", label: "None" },
] as const;

const sorts = [
  { value: "risk", label: "Highest risk" },
  { value: "latest", label: "Latest" },
  { value: "severity", label: "Severity" },
  { value: "size", label: "Most alerts" },
] as const;

/** Milliseconds between looks for new alerts, while the page is not told of them. */
const fallback = 5000;

export function QueuePage() {
  const [search, setSearch] = useSearchParams();
  const query = useMemo(() => parseQueueUrl(search), [search]);
  const columns = useMemo(() => readColumns(search), [search]);
  const change = useCallback(
    (next: QueueQuery) => setSearch((before) => withColumns(buildQueueUrl(next), readColumns(before))),
    [setSearch],
  );
  const queue = useRoute("queue", { query }, { fallback, keep: true });
  const [filtering, setFiltering] = useState(false);
  const [density, setDensity] = useDensity();
  usePageTitle("Queue");
  return (
    <div className={classes.page}>
      <h1 className={classes.hidden}>Queue</h1>
      <div className={classes.batch}>
        <BulkProgress />
      </div>
      <Loaded query={queue} label="Loading the queue" rows={12}>
        {(newest) => (
          <SteadyPage newest={newest} filters={search.toString()}>
            {(page, showNews, news) => (
              <>
                <Header
                  page={page}
                  query={query}
                  change={change}
                  filters={{ open: filtering, toggle: () => setFiltering(!filtering) }}
                  density={density}
                  setDensity={setDensity}
                  columns={columns}
                  setColumns={(next) => setSearch(withColumns(buildQueueUrl(query), next))}
                />
                <Facets page={page} query={query} change={change} open={filtering} />
                <IncidentList
                  page={page}
                  query={query}
                  next={queue.isPlaceholderData ? undefined : page.next}
                  change={change}
                  density={density}
                  columns={columns}
                  news={news}
                  showNews={showNews}
                />
              </>
            )}
          </SteadyPage>
        )}
      </Loaded>
    </div>
  );
}

type Density = "one" | "two";

/** One or two lines per row; kept in the browser. */
function useDensity() {
  const [density, set] = useState<Density>(() => (localStorage.getItem(densityKey) === "one" ? "one" : "two"));
  const setDensity = useCallback((next: Density) => {
    localStorage.setItem(densityKey, next);
    set(next);
  }, []);
  return [density, setDensity] as const;
}
const densityKey = "stemma.queue.density";

function SteadyPage({
  newest,
  filters,
  children,
}: {
  readonly newest: Queue;
  readonly filters: string;
  readonly children: (
    page: Queue,
    show: () => void,
    news: { readonly alerts: number; readonly moved: boolean },
  ) => ReactNode;
}) {
  const { page, news, show } = useSteadyPage(newest, filters);
  return children(page, show, news);
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
  density,
  setDensity,
  columns,
  setColumns,
}: PartProps & {
  readonly filters: { readonly open: boolean; readonly toggle: () => void };
  readonly density: Density;
  readonly setDensity: (density: Density) => void;
  readonly columns: QueueColumns;
  readonly setColumns: (columns: QueueColumns) => void;
}) {
  const me = useRoute("me");
  const own = me.data?.analyst;
  const isMine = own !== undefined && query.assignee.length === 1 && query.assignee[0] === own;
  const { mode } = useTimeZone();
  const roving = useRoving<HTMLElement>();
  return (
    <header {...roving} className={classes.header}>
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
      <Histogram
        bars={page.histogram}
        isLimited={query.from !== undefined}
        choose={(from, to) => change({ ...query, from, to })}
      />
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
        {own !== undefined && (
          <>
            <Button
              size="compact-xs"
              variant={isMine ? "light" : "default"}
              aria-pressed={isMine}
              onClick={() => change({ ...query, assignee: isMine ? [] : [own], unassigned: false })}
            >
              Mine
            </Button>
            <Button
              size="compact-xs"
              variant={query.unassigned ? "light" : "default"}
              aria-pressed={query.unassigned}
              onClick={() => change({ ...query, assignee: [], unassigned: !query.unassigned })}
            >
              Unassigned
            </Button>
          </>
        )}
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
        <SavedViews page="queue" address={withColumns(buildQueueUrl(query), columns).toString()} />
        <NativeSelect
          size="xs"
          aria-label="Sort by"
          value={query.sort}
          onChange={(event) =>
            change({ ...query, sort: sorts.find(({ value }) => value === event.currentTarget.value)?.value ?? "risk" })
          }
          data={[...sorts]}
        />
        <SegmentedControl
          size="xs"
          aria-label="Lines per row"
          value={density}
          onChange={(value) => setDensity(value === "one" ? "one" : "two")}
          data={[
            { value: "two", label: "2 lines" },
            { value: "one", label: "1 line" },
          ]}
        />
        <ColumnsMenu columns={columns} choose={setColumns} />
        {query.shape !== undefined && (
          <Button
            size="compact-xs"
            variant="light"
            rightSection={<IconX size={12} />}
            onClick={() => change({ ...query, shape: undefined })}
          >
            Incidents of one shape
          </Button>
        )}
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
      <VisibleTextInput
        size="xs"
        value={text}
        change={setText}
        leftSection={<IconSearch size={13} aria-hidden />}
        placeholder="Command line, message, host or user"
        aria-label="Search alerts"
        className={classes.find}
      />
    </form>
  );
}
