import { useMemo, useRef } from "react";
import { useSearchParams } from "react-router";
import type { ExceptionRecord } from "#contracts/exception";
import type { ExceptionPage, ExceptionQuery } from "#contracts/exception-life";
import { exceptionStateAt } from "#contracts/exception-life";
import { useRoute } from "../../api/queries.ts";
import { useCommands } from "../../keyboard/commands.tsx";
import { entrySentence } from "../../ui/exception-entry.ts";
import { type Column, Page, Table, TextLink } from "../../ui/page.tsx";
import { Pager } from "../../ui/pager.tsx";
import { EmptyState, Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { healthOf } from "./health.ts";
import { ExchangeActions } from "./import-dialog.tsx";
import { ListFilters } from "./list-filters.tsx";
import { buildListUrl, isFiltered, parseListUrl } from "./list-url.ts";
import { StateMark } from "./state-mark.tsx";

/** All exceptions with their health, paged. Filters, sort order and page are in the URL. */
export function ExceptionsPage() {
  const [search, setSearch] = useSearchParams();
  const query = parseListUrl(search);
  const exceptions = useRoute("exceptions", { query }, { keep: true, fallback: 15_000 });
  const rows = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useListCommands(rows, input);
  const change = (next: Partial<ExceptionQuery>) =>
    setSearch(buildListUrl({ ...query, cursor: undefined, ...next }), { replace: next.text !== undefined });
  return (
    <Page title="Exceptions">
      <ExchangeActions shown={exceptions.data?.total ?? 0} />
      <ListFilters query={query} page={exceptions.data} change={change} input={input} />
      <div ref={rows} aria-busy={exceptions.isPlaceholderData || exceptions.isPending}>
        <Loaded query={exceptions} label="Loading exceptions">
          {(page) => <Exceptions page={page} query={query} change={change} />}
        </Loaded>
      </div>
    </Page>
  );
}

function Exceptions({
  page,
  query,
  change,
}: {
  readonly page: ExceptionPage;
  readonly query: ExceptionQuery;
  readonly change: (next: Partial<ExceptionQuery>) => void;
}) {
  if (page.all === 0 && !isFiltered(query)) {
    return (
      <EmptyState
        title="No exceptions"
        reason="Open an alert that should not have been raised and choose Exception…"
        action={<TextLink to="/queue">Go to queue</TextLink>}
      />
    );
  }
  return (
    <>
      <Table
        label="Exceptions"
        rows={page.items}
        columns={columnsAt(Date.now())}
        keyOf={(record) => record.id}
        empty={`None of ${page.all.toLocaleString("en")} exceptions match these filters.`}
      />
      {page.total > 0 && (
        <Pager page={page} isFirst={query.cursor === undefined} turn={(cursor) => change({ cursor })} />
      )}
    </>
  );
}

function columnsAt(now: number): readonly Column<ExceptionRecord>[] {
  return [
    { title: "State", cell: (record) => <StateMark state={exceptionStateAt(record, now)} /> },
    {
      title: "Name",
      wide: true,
      cell: (record) => (
        <TextLink
          to={`/exceptions/${encodeURIComponent(record.id)}`}
          title={record.entries.map(entrySentence).join("\n")}
        >
          {record.name}
        </TextLink>
      ),
    },
    { title: "Hits", numeric: true, cell: (record) => record.hits.toLocaleString("en") },
    {
      title: "Last hit",
      cell: (record) => (record.lastHit === undefined ? "never" : <Moment iso={record.lastHit} relative />),
    },
    { title: "Health", cell: (record) => healthOf(record, now) },
    { title: "Breadth", cell: ({ breadth }) => breadth.level, secondary: true },
    {
      title: "Expires",
      cell: (record) => (record.expires === undefined ? "never" : <Moment iso={record.expires} precision="minute" />),
    },
    { title: "Owner", cell: (record) => record.changedBy ?? record.createdBy },
    { title: "Reason", wide: true, cell: (record) => record.reason, secondary: true },
  ];
}

/** `j` and `k` move between the exceptions, Enter opens the one in focus, `/` goes to the words. */
function useListCommands(
  rows: { readonly current: HTMLElement | null },
  input: { readonly current: HTMLInputElement | null },
): void {
  useCommands(
    useMemo(() => {
      const move = (by: 1 | -1) => {
        const links = [...(rows.current?.querySelectorAll<HTMLElement>("tbody a") ?? [])];
        const at = links.indexOf(document.activeElement as HTMLElement);
        links[at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
      };
      return [
        { id: "exception-next", title: "Next exception", group: "Exceptions", keys: ["j"], run: () => move(1) },
        {
          id: "exception-previous",
          title: "Previous exception",
          group: "Exceptions",
          keys: ["k"],
          run: () => move(-1),
        },
        {
          ...{ id: "exception-search", title: "Search exceptions", group: "Exceptions", keys: ["/"] },
          run: () => input.current?.focus(),
        },
      ];
    }, [rows, input]),
  );
}
