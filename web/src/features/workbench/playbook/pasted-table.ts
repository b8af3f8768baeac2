/** A pasted result as a table of texts. */
export interface PastedTable {
  readonly columns: readonly string[];
  /** Each has as many cells as there are columns. */
  readonly rows: readonly (readonly string[])[];
}

/** A table with more columns cannot be read in a pane. */
const mostColumns = 60;

/**
 * What a fleet tool gives as the result of a query, read for display: a JSON array of flat objects, the table that
 * `osqueryi` prints, or separated values with a header. Undefined: it is none of these, and is shown as text. Each
 * reads the text once, without a regular expression over more than a word of it. See docs/decisions/0079.
 */
export function pastedTable(text: string): PastedTable | undefined {
  const start = text.trimStart();
  const table = start.startsWith("[")
    ? jsonTable(start)
    : start.startsWith("+-")
      ? printedTable(start)
      : separatedTable(start);
  return table === undefined || table.columns.length > mostColumns || table.rows.length === 0 ? undefined : table;
}

function jsonTable(text: string): PastedTable | undefined {
  const list = parsed(text);
  if (!Array.isArray(list)) {
    return undefined;
  }
  const rows: (readonly (readonly [string, string])[])[] = [];
  for (const item of list) {
    const entries =
      typeof item === "object" && item !== null && !Array.isArray(item) ? Object.entries(item) : undefined;
    if (entries === undefined || entries.some(([, value]) => typeof value === "object" && value !== null)) {
      return undefined;
    }
    rows.push(entries.map(([name, value]) => [name, value === null ? "" : String(value)]));
  }
  const columns = [...new Set(rows.flatMap((row) => row.map(([name]) => name)))];
  if (columns.length > mostColumns) {
    return undefined;
  }
  return {
    columns,
    rows: rows.map((row) => {
      const values = new Map(row);
      return columns.map((column) => values.get(column) ?? "");
    }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The columns of a printed table are where its first line has a `+`; a value may contain `|` anywhere else. */
function printedTable(text: string): PastedTable | undefined {
  const [border = "", header, ...lines] = text.trimEnd().split("\n").map(withoutReturn);
  const edges = [...border].flatMap((character, at) => (character === "+" ? [at] : []));
  const cellsOf = (line: string): readonly string[] | undefined => {
    const characters = [...line];
    return edges.every((at) => characters[at] === "|")
      ? edges.slice(1).map((end, index) =>
          characters
            .slice((edges[index] ?? 0) + 1, end)
            .join("")
            .trim(),
        )
      : undefined;
  };
  const rows = lines.filter((line) => line !== border && line.trim() !== "").map(cellsOf);
  const columns = header === undefined ? undefined : cellsOf(header);
  return columns === undefined || columns.length === 0 || lines[0] !== border || rows.includes(undefined)
    ? undefined
    : { columns, rows: rows.filter((row) => row !== undefined) };
}

const separators = [",", "\t", ";", "|"];
const columnName = /^[\p{L}\p{N}_#][\p{L}\p{N}_ .:/()#%-]{0,59}$/u;

/** What a column of a result may be called; a sentence with commas is no header. */
function isColumnName(text: string): boolean {
  return columnName.test(text) && !text.endsWith(".") && text.split(" ").length <= 4;
}

function separatedTable(text: string): PastedTable | undefined {
  for (const separator of separators) {
    const [columns = [], ...rows] = separated(text, separator);
    const names = columns.map((name) => name.trim());
    if (
      names.length > 1 &&
      new Set(names).size === names.length &&
      names.every(isColumnName) &&
      rows.every((row) => row.length === names.length)
    ) {
      return { columns: names, rows };
    }
  }
  return undefined;
}

/** Rows of values by RFC 4180: a value in quotes may contain separators, line breaks, and quotes written twice. */
function separated(text: string, separator: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  let value = "";
  let isQuoted = false;
  const endValue = () => {
    rows.at(-1)?.push(value);
    value = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (isQuoted) {
      if (character !== '"') {
        value += character;
      } else if (text.charAt(at + 1) === '"') {
        value += character;
        at += 1;
      } else {
        isQuoted = false;
      }
    } else if (character === '"' && value === "") {
      isQuoted = true;
    } else if (character === separator) {
      endValue();
    } else if (character === "\n") {
      value = withoutReturn(value);
      endValue();
      rows.push([]);
    } else {
      value += character;
    }
  }
  if (value !== "" || rows.at(-1)?.length !== 0) {
    endValue();
  }
  // Lines without anything at the end.
  while (rows.at(-1)?.join("") === "" && (rows.at(-1)?.length ?? 2) < 2) {
    rows.pop();
  }
  return rows;
}

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);
