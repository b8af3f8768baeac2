/** Fields of Sigma that alerts have under another name. */
const names: ReadonlyMap<string, string> = new Map([
  ["CommandLine", "process.command_line"],
  ["Image", "process.executable"],
  ["ProcessGuid", "process.entity_id"],
  ["ProcessId", "process.pid"],
  ["CurrentDirectory", "process.working_directory"],
  ["ParentCommandLine", "process.parent.command_line"],
  ["ParentImage", "process.parent.executable"],
  ["ParentProcessGuid", "process.parent.entity_id"],
  ["ParentProcessId", "process.parent.pid"],
  ["User", "user.name"],
  ["hostname", "host.name"],
  ["src_ip", "source.ip"],
  ["src_port", "source.port"],
  ["dst_ip", "destination.ip"],
  ["dst_port", "destination.port"],
  ["TargetFilename", "file.path"],
  ["TargetObject", "registry.path"],
  ["QueryName", "dns.question.name"],
]);

/** The fields of an alert that have the value of a placeholder; undefined if it has none. */
export function fieldOfPlaceholder(name: string): readonly string[] | undefined {
  const field = names.get(name);
  return field === undefined ? undefined : [field];
}

/** The values of the alert that a search in Sigma uses: those of its `%placeholder%`s, in their order. */
export function fieldsOfSigmaSearch(query: string): readonly string[] {
  const placeholders = [...query.matchAll(/%([A-Za-z_][\w.]{0,60})%/g)].map((match) => match[1] ?? "");
  return [...new Set(placeholders.flatMap((name) => names.get(name) ?? (name.includes(".") ? name : [])))];
}
