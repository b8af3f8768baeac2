/**
 * Fields of the grandparent process, which no record has and only the process graph knows. Rules that use them are
 * tested twice: without these fields when the event is read, and with them once it is in the graph. See
 * docs/decisions/0014.
 */
export const graphFields: ReadonlySet<string> = new Set([
  "process.parent.parent.executable",
  "process.parent.parent.name",
  "process.parent.parent.command_line",
  "process.parent.parent.pid",
]);
