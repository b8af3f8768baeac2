import { Button, SegmentedControl } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { type QueuePage as Queue, type QueueQuery, queueQuery } from "#contracts/queue";
import { useRoute } from "../../api/queries.ts";
import { useRoving } from "../../keyboard/roving.ts";
import { usePageTitle } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import { absoluteTime, useTimeZone } from "../../ui/time.tsx";
import { VisibleTextInput } from "../../ui/visible-input.tsx";
import { Facets } from "./facets.tsx";
import { Histogram } from "./histogram.tsx";
import { IncidentList } from "./incident-list.tsx";
import classes from "./queue.module.css";
import { buildQueueUrl, filterCount, parseQueueUrl, statuses, toggled } from "./url.ts";

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
