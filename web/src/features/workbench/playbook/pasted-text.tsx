import { useMemo, useState } from "react";
import { VisibleText } from "../../../ui/command-line.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { Lines } from "../../../ui/lines.tsx";
import { middleEllipsis } from "../../../ui/visible-text.ts";
import { number } from "./attachments.ts";
import classes from "./pasted-evidence.module.css";
import { type PastedTable, pastedTable } from "./pasted-table.ts";

/** Rows shown until more are requested, and then. */
const rowsAtFirst = 6;
const mostRows = 500;
/** Characters of a cell; the text below has them all. */
const mostOfCell = 300;
/** Lines of a text; the copy has them all. */
const mostLines = 1000;

/** A pasted result: as a table where it is one, and all of its text on demand. */
export function PastedText({ title, text }: { readonly title: string; readonly text: string }) {
  const table = useMemo(() => pastedTable(text), [text]);
  return table === undefined ? (
    <Plain title={title} text={text} />
  ) : (
    <>
      <Table title={title} table={table} />
      <details className={classes.all}>
        <summary>Text as it was pasted</summary>
        <Plain title={title} text={text} />
      </details>
    </>
  );
}

/** What a text that is being pasted is read as; nothing if it is no table. */
export function Preview({ title, text }: { readonly title: string; readonly text: string }) {
  const table = useMemo(() => pastedTable(text), [text]);
  return table === undefined ? null : <Table title={`Preview of ${title}`} table={table} />;
}

function Table({ title, table: { columns, rows } }: { readonly title: string; readonly table: PastedTable }) {
  const [most, setMost] = useState(rowsAtFirst);
  const shown = rows.slice(0, most);
  const more = Math.min(rows.length, mostRows) - shown.length;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={classes.scroll} tabIndex={0} aria-label={`Table: ${title}`}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  <VisibleText text={column} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a result never move.
              <tr key={at}>
                {columns.map((column, place) => (
                  <td key={column}>
                    <VisibleText text={middleEllipsis(row[place] ?? "", mostOfCell)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className={classes.shown}>
        {number(shown.length)} of {number(rows.length)} {rows.length === 1 ? "row" : "rows"}
        {more > 0 ? (
          <button type="button" onClick={() => setMost(mostRows)}>
            Show {number(more)} more
          </button>
        ) : (
          shown.length < rows.length && " · the text has them all"
        )}
      </p>
    </>
  );
}

function Plain({ title, text }: { readonly title: string; readonly text: string }) {
  const lines = useMemo(() => text.split("\n"), [text]);
  const left = lines.length - mostLines;
  return (
    <div className={classes.plain}>
      <CopyButton text={text} label="Copy the text" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={classes.text} tabIndex={0} aria-label={`Text: ${title}`}>
        <pre>
          <Lines text={left > 0 ? lines.slice(0, mostLines).join("\n") : text} />
        </pre>
      </section>
      {left > 0 && <p className={classes.shown}>{number(left)} more lines: copy the text to see them all.</p>}
    </div>
  );
}
