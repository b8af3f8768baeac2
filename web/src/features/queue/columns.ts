/** What a row of the queue may show besides its title; the address has the choice. */
export const queueColumns = [
  { id: "risk", title: "Risk" },
  { id: "severity", title: "Severity" },
  { id: "where", title: "Hosts and accounts" },
  { id: "path", title: "Processes from the root" },
  { id: "command", title: "Command line" },
  { id: "similar", title: "Similar alerts" },
  { id: "alerts", title: "Alerts and rules" },
  { id: "verdict", title: "Verdict" },
  { id: "tags", title: "Tags and comments" },
  { id: "assignee", title: "Assignee" },
  { id: "status", title: "Status" },
  { id: "age", title: "Latest alert" },
] as const;

export type QueueColumn = (typeof queueColumns)[number]["id"];
export type QueueColumns = ReadonlySet<QueueColumn>;

export const allColumns: QueueColumns = new Set(queueColumns.map(({ id }) => id));

const parameter = "columns";
const none = "none";

/** The columns of an address; all without a choice. Unknown names, as of another version, are left out. */
export function readColumns(search: URLSearchParams): QueueColumns {
  const text = search.get(parameter);
  const named = new Set(text?.split(","));
  const known = queueColumns.map(({ id }) => id).filter((id) => named.has(id));
  return text === null || (known.length === 0 && text !== none) ? allColumns : new Set(known);
}

/** An address with the choice of columns; that of all needs no parameter. */
export function withColumns(search: URLSearchParams, columns: QueueColumns): URLSearchParams {
  const next = new URLSearchParams(search);
  next.delete(parameter);
  const chosen = queueColumns.map(({ id }) => id).filter((id) => columns.has(id));
  if (chosen.length < queueColumns.length) {
    next.set(parameter, chosen.length === 0 ? none : chosen.join(","));
  }
  return next;
}

/** Room for the check box and what of risk and severity is shown, so that the titles of all rows are in line. */
export function leadWidth(columns: QueueColumns, density: "one" | "two"): string {
  const severity = density === "one" ? 20 : 82;
  return `${20 + (columns.has("risk") ? 44 : 0) + (columns.has("severity") ? severity : 0)}px`;
}
