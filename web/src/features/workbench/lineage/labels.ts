import type { Account } from "#contracts/account";
import {
  type Activity,
  type Certainty,
  type LogonLink,
  type LogonSession,
  type ProcessNode,
  tokenHalf,
} from "#contracts/lineage";
import type { Prevalence } from "#contracts/related-processes";

/** Labels for processes, sessions and links, shared by all views of the lineage. */
export const processName = (node: ProcessNode): string =>
  node.name ??
  node.executable?.split(/[\\/]/).at(-1) ??
  (node.placeholder ? "process not recorded" : "unnamed process");

export const accountName = (account: Account): string =>
  account.domain === undefined ? account.name : `${account.domain}\\${account.name}`;

/** The command line without its first word, which repeats the name of the process. */
export function commandArguments(node: ProcessNode): string {
  const text = node.commandLine?.trim() ?? "";
  const end = text.startsWith('"') ? text.indexOf('"', 1) + 1 : text.search(/\s/);
  return end <= 0 ? "" : text.slice(end).trim();
}

export const certaintyLabels = {
  exact: "exact: matched by entity ID",
  "pid-time": "matched by process ID and start time",
  declared: "declared: reported by the child only",
  ambiguous: "ambiguous: several possible parents",
} as const satisfies Record<Certainty, string>;

type AlertMark = ProcessNode["alerts"][number];

/** The alerts of a process that the queue shows. */
export const queuedAlerts = (alerts: readonly AlertMark[]): readonly AlertMark[] =>
  alerts.filter(({ buildingBlock }) => !buildingBlock);

/** The highest severity of some alerts, as one of the two colours that marks on a process have. */
export const severityTone = (alerts: readonly AlertMark[]): "medium" | "high" =>
  alerts.some(({ severity }) => severity === "high" || severity === "critical") ? "high" : "medium";

const activityLabels: readonly (readonly [keyof Activity, string])[] = [
  ["network", "network"],
  ["dns", "DNS"],
  ["file", "file"],
  ["registry", "registry"],
  ["module", "module load"],
  ["access", "process access"],
  ["injection", "injection"],
];

export function activityCounts(activity: Activity): readonly { kind: keyof Activity; label: string; count: number }[] {
  return activityLabels.map(([kind, label]) => ({ kind, label, count: activity[kind] }));
}

export const prevalenceLabels = {
  new: "first seen",
  "new-on-host": "first seen on host",
  rare: "rare",
  common: "common",
  unknown: "too few runs",
} as const satisfies Record<Prevalence, string>;

/** How a logon between hosts was matched to the session that it opened. */
export const linkCertaintyLabels = {
  exact: "exact: matched by address and port",
  inferred: "inferred: one possible session",
  ambiguous: "ambiguous: several possible sessions",
} as const satisfies Record<LogonLink["certainty"], string>;

/** The first label of a host name, where space is short; IP addresses are kept whole. */
export const shortHost = (host: string): string => (/^[\d.]+$/.test(host) ? host : (host.split(".")[0] ?? host));

/** The host that a session was opened from: its name, else its address. Windows writes "-" for an unknown one. */
export function sessionOrigin(session: LogonSession): string | undefined {
  return [session.sourceHost, session.sourceIp].find((name) => name !== undefined && name !== "" && name !== "-");
}

/** One line about a session, such as "network, NTLM, from WS-07". */
export function sessionSummary(session: LogonSession): string {
  const from = sessionOrigin(session);
  return [
    session.logonTypeName ?? (session.logonType === undefined ? undefined : `type ${session.logonType}`),
    session.authenticationPackage,
    from === undefined ? undefined : `from ${from}`,
    tokenHalf(session),
  ]
    .filter((part) => part !== undefined && part !== "")
    .join(", ");
}
