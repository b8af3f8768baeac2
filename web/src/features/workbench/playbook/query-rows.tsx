import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import type { QueryRun } from "#contracts/query-run";
import { useCommands } from "../../../keyboard/commands.tsx";
import { columnsOf, kindOf, kindPlural, type RowKind, shortColumnTitle } from "../../../ui/event-columns.ts";
import { type RowTarget, useOpenRow } from "../../../ui/opened-row.ts";
import { absoluteTime, useTimeZone } from "../../../ui/time.tsx";
import classes from "./query-rows.module.css";
import { ResultRow, type RowActions, rowKeys } from "./result-row.tsx";
import { huntOf, timelineOf, treeOf } from "./row-targets.ts";
import type { PlaybookState } from "./use-playbook.ts";
import { useRowFocus } from "./use-row-focus.ts";

type QueryRow = QueryRun["rows"][number];

/** Rows shown until all are requested. */
const firstRows = 20;

interface Part {
  readonly kind: RowKind;
  readonly rows: readonly QueryRow[];
  readonly columns: readonly string[];
}

/** Rows of the same kind together, in the order in which the kinds come up, with the columns of each. */
function partsOf({ rows, columns }: QueryRun, shown: readonly QueryRow[]): readonly Part[] {
  // The columns do not change when more rows are shown.
  const all = Map.groupBy(rows, ({ fields }) => kindOf(fields));
  const byKind = Map.groupBy(shown, ({ fields }) => kindOf(fields));
  return [...byKind].map(([kind, members]) => ({
    kind,
    rows: members,
    columns: columnsOf(kind, columns, all.get(kind) ?? members),
  }));
}

/**
 * The hits of a query as tables, one for each kind of event, in a region of their own. Rows are reached by arrow keys;
 * one key each opens a row in the tree, the timeline or Hunt.
 */
export function QueryRows({ playbook, run }: { readonly playbook: PlaybookState; readonly run: QueryRun }) {
  const { place, arrived } = playbook.returning;
  const isBack = place?.query === run.id;
  const [all, setAll] = useState(isBack);
  const shown = useMemo(() => (all ? run.rows : run.rows.slice(0, firstRows)), [all, run.rows]);
  const parts = useMemo(() => partsOf(run, shown), [run, shown]);
  const ordered = useMemo(() => parts.flatMap(({ rows }) => rows), [parts]);
  const [wrapped, setWrapped] = useState<ReadonlySet<string>>(new Set());
  const [refusal, setRefusal] = useState<string>();
  const wrap = useCallback((id: string) => setWrapped((before) => before.symmetricDifference(new Set([id]))), []);
  const actions = useRowActions(playbook, run, setRefusal);
  const act = (key: string, id: string) => {
    const row = ordered.find((one) => one.id === id);
    const action = rowKeys.find((one) => one.key === key.toLowerCase())?.action;
    if (row === undefined || (action === undefined && key !== "Enter" && key !== " ")) {
      return false;
    }
    if (action === undefined) {
      wrap(id);
    } else {
      actions[action](row);
    }
    return true;
  };
  const ids = useMemo(() => ordered.map(({ id }) => id), [ordered]);
  const { root, current, focus } = useRowFocus(ids, act);
  useResultCommands(actions, ordered, current, focus);

  // Back from tree, timeline or Hunt.
  const wanted = isBack ? place.row : undefined;
  useEffect(() => {
    if (wanted !== undefined && !ids.includes(wanted)) {
      setAll(true);
    }
    if (wanted !== undefined && ids.includes(wanted)) {
      focus(wanted);
      arrived();
    }
  }, [wanted, ids, focus, arrived]);

  const left = run.rows.length - shown.length;
  return (
    <>
      <section {...root} className={classes.scroll} aria-label={`Rows of ${run.label}`}>
        {parts.map((part) => (
          <PartTable
            key={part.kind}
            part={part}
            titled={parts.length > 1}
            run={run}
            playbook={playbook}
            current={current}
            wrapped={wrapped}
            wrap={wrap}
            actions={actions}
          />
        ))}
      </section>
      <p className={classes.shown} data-shown>
        <span>
          {shown.length.toLocaleString("en")} of {run.total.toLocaleString("en")}
          {run.truncationReason === undefined ? "" : ` · ${run.truncationReason}`}
        </span>
        {left > 0 && (
          <button type="button" onClick={() => setAll(true)}>
            Show {left.toLocaleString("en")} more
          </button>
        )}
        <span role="status">{refusal}</span>
      </p>
    </>
  );
}

/** What opens a row elsewhere, and why it cannot be opened there. */
function useRowActions(
  { step }: PlaybookState,
  { id: query }: QueryRun,
  refuse: (why: string | undefined) => void,
): RowActions {
  const [search] = useSearchParams();
  const open = useOpenRow();
  const latest = useRef({ search, open, step: step?.id ?? "" });
  latest.current = { search, open, step: step?.id ?? "" };
  return useMemo(() => {
    const go = (row: QueryRow, shownIn: RowTarget, search: URLSearchParams | undefined) => {
      refuse(search === undefined ? "This row names no known process: it is not in the tree." : undefined);
      if (search !== undefined) {
        const { open, step } = latest.current;
        const pathname = shownIn === "hunt" ? "/hunt" : undefined;
        open({ step, query, row: row.id }, { in: shownIn, pathname, search: `?${search}` });
      }
    };
    return {
      tree: (row) => go(row, "tree", treeOf(latest.current.search, row)),
      timeline: (row) => go(row, "timeline", timelineOf(latest.current.search, row)),
      hunt: (row) => go(row, "hunt", huntOf(row)),
    };
  }, [query, refuse]);
}

/** The same as commands of the palette, for the row that is the tab stop. */
function useResultCommands(
  actions: RowActions,
  rows: readonly QueryRow[],
  current: string | undefined,
  focus: () => void,
): void {
  const latest = useRef({ rows, current });
  latest.current = { rows, current };
  useCommands(
    useMemo(
      () => [
        { id: "results", title: "Go to the rows of the result", group: "Results", keys: ["r"], run: () => focus() },
        ...rowKeys.map(({ key, action, title }) => ({
          id: `results-${action}`,
          title,
          group: "Results",
          ownKeys: [key],
          run: () => {
            const row = latest.current.rows.find(({ id }) => id === latest.current.current);
            if (row !== undefined) {
              actions[action](row);
            }
          },
        })),
      ],
      [actions, focus],
    ),
  );
}

function PartTable({
  part: { kind, rows, columns },
  titled,
  run,
  playbook,
  current,
  wrapped,
  wrap,
  actions,
}: {
  readonly part: Part;
  /** Whether there are rows of other kinds. */
  readonly titled: boolean;
  readonly run: QueryRun;
  readonly playbook: PlaybookState;
  readonly current: string | undefined;
  readonly wrapped: ReadonlySet<string>;
  readonly wrap: (id: string) => void;
  readonly actions: RowActions;
}) {
  const { mode } = useTimeZone();
  const days = new Set(rows.map(({ time }) => absoluteTime(time, mode).slice(0, 10)));
  const [day] = days.size === 1 ? days : [];
  return (
    <table
      className={classes.rows}
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: arrow keys move between its rows and controls.
      role="grid"
      aria-label={titled ? `${kindPlural(kind)} of ${run.label}` : run.label}
      aria-readonly
    >
      {titled && (
        <caption>
          {kindPlural(kind)} <span>{rows.length.toLocaleString("en")}</span>
        </caption>
      )}
      <thead>
        <tr>
          <th scope="col">
            <span className={classes.hidden}>Pin</span>
          </th>
          <th scope="col" title={day}>
            Time{day === undefined ? "" : ` (${day.slice(5)})`}
          </th>
          {columns.map((column) => (
            <th key={column} scope="col" title={column}>
              {shortColumnTitle(column)}
            </th>
          ))}
          <th scope="col">
            <span className={classes.hidden}>Open</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <ResultRow
            key={row.id}
            playbook={playbook}
            run={run}
            row={row}
            columns={columns}
            isOneDay={day !== undefined}
            isCurrent={row.id === current}
            isWrapped={wrapped.has(row.id)}
            wrap={wrap}
            actions={actions}
          />
        ))}
      </tbody>
    </table>
  );
}
