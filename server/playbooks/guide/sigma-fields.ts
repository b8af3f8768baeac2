import { fieldsNamed, placeholdersIn } from "../sigma-search.ts";

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
  ["TargetFilename", "file.path"],
  ["TargetObject", "registry.path"],
  ["QueryName", "dns.question.name"],
]);

/** The fields of an alert that a name of Security Onion or Sigma means; undefined if it has none. */
export function fieldsOfName(name: string): readonly string[] | undefined {
  const field = names.get(name);
  return fieldsNamed(name) ?? (field === undefined ? undefined : [field]);
}

/** The values of the alert that a search in Sigma uses: those of its `%placeholder%`s, in their order. */
export function fieldsOfSigmaSearch(query: string): readonly string[] {
  return [...new Set(placeholdersIn(query).flatMap((name) => fieldsOfName(name) ?? []))];
}
