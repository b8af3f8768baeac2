/** System processes that start unrelated work: alerts are not grouped across them. */
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
 * The process that alerts of one activity are grouped by: the highest ancestor below the well-known service hosts.
 * `ancestors` start with the parent. A process directly below a service host, or without ancestors, is its own root.
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
