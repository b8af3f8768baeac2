/** Processes of the system that start everything else: what hangs below one of them is a story of its own. */
const serviceHosts: ReadonlySet<string> = new Set([
  "idle",
  "system",
  "registry",
  "secure system",
  "memory compression",
  "smss.exe",
  "csrss.exe",
  "wininit.exe",
  "winlogon.exe",
  "services.exe",
  "svchost.exe",
  "lsass.exe",
  "lsm.exe",
  "dwm.exe",
  "fontdrvhost.exe",
  "explorer.exe",
  "userinit.exe",
  "sihost.exe",
  "runtimebroker.exe",
  "taskhost.exe",
  "taskhostw.exe",
  "taskhostex.exe",
  "taskeng.exe",
]);

interface Named {
  readonly key: string;
  readonly name?: string;
}

/**
 * The process under which the alerts of one activity stand together: the highest ancestor below the well-known service
 * hosts. `ancestors` come parent first. A process right below a service host, or with no known ancestor, is its own
 * root.
 */
export function lineageRoot(process: Named, ancestors: readonly Named[]): string {
  let root = process.key;
  for (const ancestor of ancestors) {
    if (ancestor.name !== undefined && serviceHosts.has(ancestor.name.toLowerCase())) {
      break;
    }
    root = ancestor.key;
  }
  return root;
}
