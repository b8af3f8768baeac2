import { visible } from "../lib/visible.ts";

/** Where a command writes: results to `out`, progress and problems to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Columns of the terminal that shows `out`; undefined if `out` is no terminal. */
  readonly width: number | undefined;
  /** Columns of the terminal that shows `err`; undefined if `err` is no terminal. */
  readonly progressWidth: number | undefined;
}

export interface Progress {
  show(text: string): void;
  /** Clears the line. */
  end(): void;
}

/** On a terminal one line that is overwritten, elsewhere a line every five seconds. `now` is in milliseconds. */
export function progressOn(terminal: Terminal, now: () => number = () => performance.now()): Progress {
  const width = terminal.progressWidth;
  const interval = width === undefined ? 5000 : 100;
  let last = now();
  let shown = false;
  return {
    show(text) {
      if (now() - last >= interval) {
        last = now();
        shown = true;
        const line = visible(text);
        terminal.err(width === undefined ? `${line}\n` : `\r${line.slice(0, width - 1)}\u001b[K`);
      }
    },
    end() {
      if (shown && width !== undefined) {
        terminal.err("\r\u001b[K");
      }
    },
  };
}

/** At most `width` characters; the middle is omitted, because the ends of a command line tell the most. */
export function middleEllipsis(text: string, width: number): string {
  if (text.length <= width || width < 5) {
    return text;
  }
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}

/** Rows as aligned columns below a heading. The last column is shortened to the width of the terminal. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width?: number): string {
  const all = [head, ...rows].map((row) => row.map(visible));
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 0);
  const last = width === undefined ? undefined : Math.max(20, width - before);
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const isLast = column === head.length - 1;
          return isLast ? (last === undefined ? cell : middleEllipsis(cell, last)) : cell.padEnd(widths[column] ?? 0);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** One JSON value and nothing else. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
