import type { Account, Activity, Certainty, LogonLink, LogonSession, ProcessNode } from "#contracts/lineage";
import type { Prevalence } from "#contracts/related-processes";

/** Short texts about processes, used by every view of the lineage. */
export const processName = (node: ProcessNode): string =>
  node.name ??
  node.executable?.split(/[\\/]/).at(-1) ??
  (node.placeholder ? "process not recorded" : "unnamed process");

export const accountName = (account: Account): string =>
  account.domain === undefined ? account.name : `${account.domain}\\${account.name}`;

/** The arguments: the command line without its first word, which repeats the name. */
export function commandTail(node: ProcessNode): string {
  const text = node.commandLine?.trim() ?? "";
  const end = text.startsWith('"') ? text.indexOf('"', 1) + 1 : text.search(/\s/);
  return end <= 0 ? "" : text.slice(end).trim();
}

export const certaintyWords = {
  exact: "exact: by entity ids",
  "pid-time": "by process id and start time",
  declared: "declared: only the child names its parent",
  ambiguous: "ambiguous: several parents fit",
} as const satisfies Record<Certainty, string>;

type AlertMark = ProcessNode["alerts"][number];

/** The alerts of a process that stand in the queue. */
export const queuedAlerts = (alerts: readonly AlertMark[]): readonly AlertMark[] =>
  alerts.filter(({ buildingBlock }) => !buildingBlock);

/** How grave alerts are together, in the two tones that marks of a process have. */
export const warmth = (alerts: readonly AlertMark[]): "medium" | "high" =>
  alerts.some(({ severity }) => severity === "high" || severity === "critical") ? "high" : "medium";

const activityWords: readonly (readonly [keyof Activity, string])[] = [
  ["network", "network"],
  ["dns", "DNS"],
  ["file", "file"],
  ["registry", "registry"],
  ["module", "module"],
  ["access", "access"],
  ["injection", "injection"],
];

export function activityList(activity: Activity): readonly { kind: keyof Activity; word: string; count: number }[] {
  return activityWords.map(([kind, word]) => ({ kind, word, count: activity[kind] }));
}

export const prevalenceWords = {
  new: "new",
  "new-on-host": "new here",
  rare: "rare",
  common: "common",
  unknown: "too few runs",
} as const satisfies Record<Prevalence, string>;

/** How a link between hosts is known, in a word. */
export const linkWords = {
  exact: "exact: by address and port",
  inferred: "inferred: one session fits",
  ambiguous: "ambiguous: several sessions fit",
} as const satisfies Record<LogonLink["certainty"], string>;

/** A host by its first label, where room is short; addresses stay whole. */
export const shortHost = (host: string): string => (/^[\d.]+$/.test(host) ? host : (host.split(".")[0] ?? host));

/** Where a session came from: the name of the machine, else its address. Windows writes "-" where it knows neither. */
export function sessionOrigin(session: LogonSession): string | undefined {
  return [session.sourceHost, session.sourceIp].find((name) => name !== undefined && name !== "" && name !== "-");
}

/** "network, NTLM, from WS-07": what is known of a session, in one line. */
export function sessionSummary(session: LogonSession): string {
  const from = sessionOrigin(session);
  return [
    session.logonTypeName ?? (session.logonType === undefined ? undefined : `type ${session.logonType}`),
    session.authenticationPackage,
    from === undefined ? undefined : `from ${from}`,
  ]
    .filter((part) => part !== undefined && part !== "")
    .join(", ");
}
