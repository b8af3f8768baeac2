import { IconChevronRight } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { Link } from "react-router";
import { VisibleText } from "./command-line.tsx";
import { InlineCode } from "./inline-code.tsx";
import classes from "./page.module.css";
import { visibleParts } from "./visible-text.ts";

/** Text may come from a log: invisible characters are made visible. Numbers get thousands separators. */
const shown = (content: ReactNode): ReactNode => {
  if (typeof content === "number") {
    return content.toLocaleString("en");
  }
  return typeof content === "string" ? <VisibleText text={content} /> : content;
};

/** Sets the document title, which tabs, history and bookmarks show. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    const text = visibleParts(title).map((part) => part.text);
    document.title = `${text.join("")} · Stemma`;
  }, [title]);
}

/** A page with heading, facts and scrolling content. */
export function Page({
  title,
  kind,
  facts,
  children,
}: {
  readonly title: string;
  readonly kind?: string;
  readonly facts?: ReactNode;
  readonly children: ReactNode;
}) {
  usePageTitle(title);
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        {kind !== undefined && <p className={classes.kind}>{kind}</p>}
        <h1>{shown(title)}</h1>
        {facts}
      </header>
      {children}
    </div>
  );
}

/** Facts as term and value, in a row. */
export function Facts({ entries }: { readonly entries: readonly (readonly [term: string, value: ReactNode])[] }) {
  return (
    <dl className={classes.facts}>
      {entries.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{shown(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className={classes.section} aria-label={title}>
      <h2>
        {title}
        {aside !== undefined && <span className={classes.aside}>{aside}</span>}
      </h2>
      {children}
    </section>
  );
}

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
  /** Right-aligned. */
  readonly numeric?: boolean;
  /** Takes the remaining width. Other columns are as wide as their text, up to about thirty characters. */
  readonly wide?: boolean;
  /** Limited to half of that, for names that are only occasionally long. */
  readonly narrow?: boolean;
  /** Left out where the table has little room. A card on a narrow screen has it again. */
  readonly secondary?: boolean;
  /** What can be done about the row: stays in view at the right edge. Its table becomes cards on a narrow screen. */
  readonly actions?: boolean;
}

/** Expandable details of a row, shown below it at full width. */
interface Detail<T> {
  readonly title: string;
  readonly of: (row: T) => ReactNode;
}

/** A plain table with an exact total and the reason if it is truncated. */
export function Table<T>({
  label,
  rows,
  total,
  truncationReason,
  columns,
  keyOf,
  empty,
  detail,
  first = rows.length,
  cards = columns.some(({ actions }) => actions),
}: {
  readonly label: string;
  readonly rows: readonly T[];
  readonly total?: number;
  /** Why not all rows are shown. */
  readonly truncationReason?: string;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly empty: string;
  readonly detail?: Detail<T>;
  /** Rows shown before the table is expanded. */
  readonly first?: number;
  /** Whether it becomes cards on a narrow screen: for rows of sentences, or with something to be done. */
  readonly cards?: boolean;
}) {
  const [all, setAll] = useState(false);
  if (rows.length === 0) {
    return (
      <p className={classes.empty}>
        <InlineCode text={empty} />
      </p>
    );
  }
  return (
    <section
      className={classes.tableBox}
      data-cards={cards || undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
      tabIndex={0}
      aria-label={`${label}: table`}
    >
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            {detail !== undefined && <td className={classes.corner} />}
            {columns.map((column) => (
              <th
                key={column.title}
                scope="col"
                data-numeric={column.numeric || undefined}
                data-wide={column.wide || undefined}
                data-secondary={column.secondary || undefined}
                data-actions={column.actions || undefined}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(all ? rows : rows.slice(0, first)).map((row) => (
            <Row key={keyOf(row)} row={row} columns={columns} detail={detail} />
          ))}
        </tbody>
      </table>
      {rows.length > first && (
        <button type="button" className={classes.all} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? `Show the first ${first}` : `Show all ${rows.length.toLocaleString("en")}`}
        </button>
      )}
      {(truncationReason !== undefined || (total !== undefined && total > rows.length)) && (
        <p className={classes.truncation}>
          {`${rows.length.toLocaleString("en")} of ${total?.toLocaleString("en") ?? "more"}${truncationReason === undefined ? "" : `: ${truncationReason}`}`}
        </p>
      )}
    </section>
  );
}

function Row<T>({
  row,
  columns,
  detail,
}: {
  readonly row: T;
  readonly columns: readonly Column<T>[];
  readonly detail: Detail<T> | undefined;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <tr>
        {detail !== undefined && (
          <td>
            <button
              type="button"
              className={classes.open}
              aria-expanded={open}
              aria-label={detail.title}
              title={detail.title}
              onClick={() => setOpen(!open)}
            >
              <IconChevronRight size={14} aria-hidden />
            </button>
          </td>
        )}
        {columns.map((column) => (
          <td
            key={column.title}
            data-numeric={column.numeric || undefined}
            data-wide={column.wide || undefined}
            data-narrow={column.narrow || undefined}
            data-secondary={column.secondary || undefined}
            data-actions={column.actions || undefined}
            data-title={column.title}
          >
            <div className={classes.cell}>{shown(column.cell(row))}</div>
          </td>
        ))}
      </tr>
      {detail !== undefined && open && (
        <tr className={classes.detail}>
          <td colSpan={columns.length + 1}>{detail.of(row)}</td>
        </tr>
      )}
    </>
  );
}

export function TextLink({
  to,
  children,
  title,
}: {
  readonly to: string;
  readonly children: ReactNode;
  readonly title?: string;
}) {
  return (
    <Link to={to} className={classes.link} title={title}>
      {shown(children)}
    </Link>
  );
}

/** A row of bars, one per day with data; labels include the year if there are several. */
export function DayBars({
  days,
  label,
  empty,
}: {
  readonly days: readonly { readonly day: string; readonly count: number }[];
  readonly label: string;
  readonly empty: string;
}) {
  const highest = Math.max(1, ...days.map(({ count }) => count));
  if (days.length === 0) {
    return <p className={classes.empty}>{empty}</p>;
  }
  const oneYear = new Set(days.map(({ day }) => day.slice(0, 4))).size === 1;
  return (
    <ol className={classes.days} aria-label={label}>
      {days.map(({ day, count }) => (
        <li key={day} title={`${day}: ${count.toLocaleString("en")}`}>
          <svg viewBox="0 0 10 40" preserveAspectRatio="none" aria-hidden="true">
            <rect x="1" width="8" y={40 - Math.max(1.5, (count / highest) * 40)} height="40" />
          </svg>
          <span>{oneYear ? day.slice(5) : day}</span>
          <strong>{count.toLocaleString("en")}</strong>
        </li>
      ))}
    </ol>
  );
}
