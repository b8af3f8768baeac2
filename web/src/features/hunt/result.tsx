import { Button, Popover, TagsInput } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useMemo } from "react";
import { recordLabel } from "#contracts/event-source";
import { defaultHuntColumns, type HuntResult, type HuntRow } from "#contracts/hunt";
import { useRoving } from "../../keyboard/roving.ts";
import { CommandLine } from "../../ui/command-line.tsx";
import { columnTitle, fieldValues } from "../../ui/event-columns.ts";
import { FieldValue } from "../../ui/field-value.tsx";
import { type Column, Section, Table } from "../../ui/page.tsx";
import { Moment } from "../../ui/time.tsx";
import { ExportButtons } from "./export.tsx";
import classes from "./hunt.module.css";
import { Record } from "./record.tsx";
import type { HuntAddress } from "./url.ts";

const number = (value: number) => value.toLocaleString("en");

/** A row of the table: an event, and its place in a sequence if it is part of one. */
interface Row {
  readonly key: string;
  readonly event: HuntRow;
  readonly place?: string;
}

/** What was found, in the chosen columns. */
export function Result({
  data,
  address,
  window,
  choose,
}: {
  readonly data: HuntResult;
  readonly address: HuntAddress;
  /** The times that were searched. */
  readonly window: { readonly from?: string; readonly to?: string };
  readonly choose: (columns: readonly string[]) => void;
}) {
  const { columns } = address;
  const rows = useMemo(() => rowsOf(data), [data]);
  const roving = useRoving<HTMLDivElement>();
  const what = data.sequences === undefined ? "event" : "sequence";
  return (
    <Section
      title={`${data.exact ? "" : "At least "}${number(data.total)} ${what}${data.total === 1 ? "" : "s"}`}
      aside={[
        `${data.tested === 0 && data.total > 0 ? "answered from the index" : `${number(data.tested)} tested`} in ${number(data.milliseconds)} ms`,
        ...(data.truncationReason === undefined ? [] : [data.truncationReason]),
      ].join(" · ")}
    >
      <div {...roving} className={classes.tools}>
        <ColumnChoice columns={columns} rows={data.rows} choose={choose} />
        {data.total > 0 && (
          <ExportButtons
            key={JSON.stringify([address, window])}
            request={{ language: address.language, query: address.query, columns: [...columns], ...window }}
            total={data.total}
            isSequence={data.sequences !== undefined}
          />
        )}
      </div>
      <Table
        label={data.sequences === undefined ? "Events" : "Events of the sequences"}
        rows={rows}
        total={data.sequences === undefined ? data.total : undefined}
        truncationReason={
          data.sequences === undefined && data.rows.length < data.total
            ? "newest first; narrow the query to see others, or export all"
            : undefined
        }
        keyOf={({ key }) => key}
        empty={data.emptyReason ?? "No matching events."}
        columns={[
          ...(data.sequences === undefined
            ? []
            : [{ title: "Sequence", cell: ({ place }: Row) => <span className={classes.place}>{place}</span> }]),
          ...columns.map(columnOf),
        ]}
        detail={{ title: "All fields", of: ({ event }) => <Record event={event} /> }}
      />
    </Section>
  );
}

function rowsOf({ rows, sequences }: HuntResult): readonly Row[] {
  if (sequences === undefined) {
    return rows.map((event) => ({ key: event.id, event }));
  }
  const byId = new Map(rows.map((event) => [event.id, event]));
  return sequences.flatMap((ids, sequence) =>
    ids.flatMap((id, step): readonly Row[] => {
      const event = byId.get(id);
      return event === undefined
        ? []
        : [{ key: `${sequence} ${step}`, event, place: `${sequence + 1} · ${step + 1} of ${ids.length}` }];
    }),
  );
}

function columnOf(column: string): Column<Row> {
  const title = columnTitle(column);
  switch (column) {
    case "time":
      return { title, cell: ({ event }) => <Moment iso={event.time} precision="millisecond" /> };
    case "what":
      return { title, cell: ({ event }) => event.what };
    case "summary":
      return { title, wide: true, cell: ({ event }) => <CommandLine text={event.summary} short={300} /> };
    case "source":
      return { title, cell: ({ event }) => recordLabel(event.source) };
    default:
      return {
        title,
        narrow: column === "user.name",
        wide: column === "process.command_line",
        cell: ({ event: { fields } }) =>
          fieldValues(fields, column).map((item) => (
            <FieldValue key={item} field={column} value={item} code={column !== "host.name"} />
          )),
      };
  }
}

/** Which columns are shown and exported. The address has them. */
function ColumnChoice({
  columns,
  rows,
  choose,
}: {
  readonly columns: readonly string[];
  readonly rows: readonly HuntRow[];
  readonly choose: (columns: readonly string[]) => void;
}) {
  const known = useMemo(
    () => [
      ...new Set(["time", "what", "summary", "source", ...rows.flatMap(({ fields }) => Object.keys(fields).sort())]),
    ],
    [rows],
  );
  return (
    <Popover position="bottom-start" shadow="md" width={420} trapFocus>
      <Popover.Target>
        <Button size="compact-xs" variant="default" leftSection={<IconColumns3 size={14} aria-hidden />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <TagsInput
          label="Columns"
          description="Time, what happened, summary, record, and any field by its name, in this order"
          data={known}
          value={[...columns]}
          onChange={(next) => next.length > 0 && choose(next)}
          comboboxProps={{ withinPortal: false }}
          withScrollArea={false}
          styles={{ options: { maxHeight: 260, overflowY: "auto" } }}
        />
        {columns.join() !== defaultHuntColumns.join() && (
          <Button mt={8} size="compact-xs" variant="subtle" onClick={() => choose(defaultHuntColumns)}>
            Back to the usual columns
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
