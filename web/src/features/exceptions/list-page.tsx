import type { ExceptionRecord } from "#contracts/exception";
import { useWholeList } from "../../api/queries.ts";
import { entrySentence } from "../../ui/exception-entry.ts";
import { type Column, Page, Table, TextLink } from "../../ui/page.tsx";
import { EmptyState, Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { healthOf, stateOf } from "./health.ts";
import { ExchangeActions } from "./import-dialog.tsx";
import { StateMark } from "./state-mark.tsx";

/** All exceptions with their health. */
export function ExceptionsPage() {
  const exceptions = useWholeList("exceptions", { fallback: 15_000 });
  const now = Date.now();
  const columns: readonly Column<ExceptionRecord>[] = [
    { title: "State", cell: (record) => <StateMark state={stateOf(record, now)} /> },
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
    {
      title: "Expires",
      cell: (record) => (record.expires === undefined ? "never" : <Moment iso={record.expires} precision="minute" />),
    },
    { title: "Created by", cell: (record) => record.createdBy },
    { title: "Reason", wide: true, cell: (record) => record.reason },
  ];
  return (
    <Page title="Exceptions">
      <ExchangeActions shown={exceptions.data?.total ?? 0} />
      <Loaded query={exceptions} label="Loading exceptions">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No exceptions"
              reason="Open an alert that should not have been raised and choose Exception…"
              action={<TextLink to="/queue">Go to queue</TextLink>}
            />
          ) : (
            <Table
              label="Exceptions"
              rows={items}
              total={items.length}
              columns={columns}
              keyOf={(record) => record.id}
              empty="No exceptions."
            />
          )
        }
      </Loaded>
    </Page>
  );
}
