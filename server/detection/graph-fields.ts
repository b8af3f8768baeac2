/**
 * Fields that no record has and only the process graph knows: the parent of the parent. Rules that ask for them are tested
 * in two steps, without these fields where the event is read, and with them once the graph has taken it in.
 */
export const graphFields: ReadonlySet<string> = new Set([
  "process.parent.parent.executable",
  "process.parent.parent.name",
  "process.parent.parent.command_line",
  "process.parent.parent.pid",
]);
