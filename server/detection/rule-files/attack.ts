/** Names of the ATT&CK techniques that rules give by id only, as far as the shipped rules need them. */
const techniques: ReadonlyMap<string, { readonly name: string; readonly tactic: string }> = new Map([
  ["T1003.001", { name: "LSASS Memory", tactic: "Credential Access" }],
  ["T1021", { name: "Remote Services", tactic: "Lateral Movement" }],
  ["T1021.003", { name: "Distributed Component Object Model", tactic: "Lateral Movement" }],
  ["T1021.006", { name: "Windows Remote Management", tactic: "Lateral Movement" }],
  ["T1047", { name: "Windows Management Instrumentation", tactic: "Execution" }],
  ["T1053.005", { name: "Scheduled Task", tactic: "Execution" }],
  ["T1059.001", { name: "PowerShell", tactic: "Execution" }],
  ["T1059.003", { name: "Windows Command Shell", tactic: "Execution" }],
  ["T1204.002", { name: "Malicious File", tactic: "Execution" }],
  ["T1218.011", { name: "Rundll32", tactic: "Defense Evasion" }],
  ["T1547.001", { name: "Registry Run Keys / Startup Folder", tactic: "Persistence" }],
  ["T1569.002", { name: "Service Execution", tactic: "Execution" }],
]);

/** A technique by its id; one that is not known by name is named by its id. */
export function techniqueById(id: string): { readonly id: string; readonly name: string; readonly tactic?: string } {
  const known = techniques.get(id);
  return known === undefined ? { id, name: id } : { id, ...known };
}
