import type { Account } from "#contracts/account";
import type { AlertSummary } from "#contracts/alert";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { LogonEvent, UserSummary } from "#contracts/pivot";
import { accountText, userPath } from "../../ui/account.ts";
import { CommandLine } from "../../ui/command-line.tsx";
import { SeverityMark, StatusMark } from "../../ui/marks.tsx";
import { type Column, Section, Table, TextLink } from "../../ui/page.tsx";
import { RuleName } from "../../ui/rule-name.tsx";
import { Moment } from "../../ui/time.tsx";

/** Lists shared by the host, user and session pages. */

export interface Listed<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly truncationReason?: string;
}

/** Columns that would repeat the page's subject are omitted to leave room for command lines. */
export type Given = readonly ("host" | "user")[];

function columns<T>(
  given: Given,
  all: readonly (Column<T> & { readonly about?: "host" | "user" })[],
): readonly Column<T>[] {
  return all.filter(({ about }) => about === undefined || !given.includes(about));
}

export const hostPath = (host: string) => `/hosts/${encodeURIComponent(host)}`;
export const sessionPath = (key: string) => `/sessions/${encodeURIComponent(key)}`;
export const alertPath = (id: string) => `/alerts/${encodeURIComponent(id)}`;

export function UserLink({ account, host }: { readonly account: Account | undefined; readonly host: string }) {
  return account === undefined ? (
    <span title="No record contains the account">unknown</span>
  ) : (
    <TextLink to={userPath(account, host)} title={account.id}>
      {accountText(account)}
    </TextLink>
  );
}

/** A user of a list: the page of that very account. */
export function UserKeyLink({
  user,
  withHost = true,
}: {
  readonly user: Pick<UserSummary, "key" | "account" | "builtIn">;
  /** Whether the host of an account that every host has is part of the text. */
  readonly withHost?: boolean;
}) {
  return (
    <TextLink to={`/users/${encodeURIComponent(user.key)}`} title={user.account.id}>
      {withHost ? userTitle(user) : accountText(user.account)}
    </TextLink>
  );
}

/** `DOMAIN\name`, with the host if every host has such an account. */
export function userTitle({ account, builtIn }: Pick<UserSummary, "account" | "builtIn">): string {
  const name = accountText(account);
  return builtIn === undefined ? name : `${name} on ${builtIn.host ?? "every host"}`;
}

export const HostLink = ({ host }: { readonly host: string }) => <TextLink to={hostPath(host)}>{host}</TextLink>;

/** Logon type and authentication package, such as "network (3), NTLM". */
export function logonKind(logon: {
  readonly logonType?: number;
  readonly logonTypeName?: string;
  readonly authenticationPackage?: string;
}): string {
  const type =
    logon.logonTypeName === undefined
      ? undefined
      : `${logon.logonTypeName}${logon.logonType === undefined ? "" : ` (${logon.logonType})`}`;
  return [type, logon.authenticationPackage].filter((part) => part !== undefined).join(", ") || "not recorded";
}

export function logonSource(logon: { readonly sourceIp?: string; readonly sourceHost?: string }): string {
  return [logon.sourceHost, logon.sourceIp].filter((part) => part !== undefined).join(" · ") || "not recorded";
}

/** Logon events by kind. */
export const logonWords = {
  opened: "logon",
  failed: "failed logon",
  explicit: "explicit credentials",
  closed: "logoff",
} as const satisfies Record<LogonEvent["kind"], string>;

const inTotal = ({ total }: Listed<unknown>) => `${total.toLocaleString("en")} in total`;

export function AlertSection({
  alerts,
  empty,
  given,
  title = "Alerts",
}: {
  readonly title?: string;
  readonly alerts: Listed<AlertSummary>;
  readonly empty: string;
  readonly given: Given;
}) {
  return (
    <Section title={title} aside={inTotal(alerts)}>
      <Table
        label={title}
        rows={alerts.items}
        total={alerts.total}
        truncationReason={alerts.truncationReason}
        keyOf={(alert) => alert.id}
        empty={empty}
        columns={columns<AlertSummary>(given, [
          { title: "Severity", cell: (alert) => <SeverityMark severity={alert.severity} /> },
          {
            title: "Alert",
            wide: true,
            cell: (alert) => (
              <>
                <TextLink to={alertPath(alert.id)}>
                  <RuleName rule={alert.rule} />
                </TextLink>
                <CommandLine text={alert.process.commandLine ?? alert.message} short={300} />
              </>
            ),
          },
          { title: "Host", about: "host", cell: (alert) => <HostLink host={alert.host} /> },
          { title: "User", about: "user", cell: (alert) => <UserLink account={alert.user} host={alert.host} /> },
          { title: "Status", cell: (alert) => <StatusMark status={alert.status} reason={alert.closeReason} /> },
          { title: "Time", cell: (alert) => <Moment iso={alert.time} /> },
        ])}
      />
    </Section>
  );
}

export function LogonSection({
  title,
  logons,
  empty,
  given,
}: {
  readonly given: Given;
  readonly title: string;
  readonly logons: Listed<LogonEvent>;
  readonly empty: string;
}) {
  return (
    <Section title={title} aside={inTotal(logons)}>
      <Table
        label={title}
        rows={logons.items}
        total={logons.total}
        truncationReason={logons.truncationReason}
        keyOf={(logon) => logon.id}
        empty={empty}
        columns={columns<LogonEvent>(given, [
          { title: "Time", cell: (logon) => <Moment iso={logon.time} /> },
          { title: "Event", cell: (logon) => logonWords[logon.kind] },
          { title: "Host", about: "host", cell: (logon) => <HostLink host={logon.host} /> },
          { title: "User", about: "user", cell: (logon) => <UserLink account={logon.user} host={logon.host} /> },
          {
            title: "Target user",
            cell: (logon) =>
              logon.targetUser === undefined ? "" : <UserLink account={logon.targetUser} host={logon.host} />,
          },
          { title: "Target host", cell: (logon) => logon.targetHost ?? "" },
          {
            title: "Type",
            cell: (logon) => (logon.kind === "explicit" ? (logon.processName ?? "") : logonKind(logon)),
          },
          { title: "Source", cell: (logon) => (logon.kind === "explicit" ? "" : logonSource(logon)) },
          {
            title: "Session",
            cell: (logon) =>
              logon.sessionKey === undefined ? "" : <TextLink to={sessionPath(logon.sessionKey)}>open</TextLink>,
          },
          {
            title: "Record",
            cell: (logon) => <code>{`${logon.source.code ?? ""} #${logon.source.recordId ?? "none"}`}</code>,
          },
        ])}
      />
    </Section>
  );
}

export function SessionSection({
  sessions,
  empty,
  given,
}: {
  readonly given: Given;
  readonly sessions: Listed<LogonSession>;
  readonly empty: string;
}) {
  return (
    <Section title="Logon sessions" aside={inTotal(sessions)}>
      <Table
        label="Logon sessions"
        rows={sessions.items}
        total={sessions.total}
        truncationReason={sessions.truncationReason}
        keyOf={(session) => session.key}
        empty={empty}
        columns={columns<LogonSession>(given, [
          {
            title: "Session",
            cell: (session) => (
              <TextLink to={sessionPath(session.key)}>
                <code>{session.logonId}</code>
              </TextLink>
            ),
          },
          { title: "Host", about: "host", cell: (session) => <HostLink host={session.host} /> },
          { title: "User", about: "user", cell: (session) => <UserLink account={session.user} host={session.host} /> },
          { title: "Type", cell: (session) => (session.service ? "service session" : logonKind(session)) },
          { title: "Source", cell: (session) => (session.service ? "" : logonSource(session)) },
          {
            title: "Opened",
            cell: (session) => (session.opened === undefined ? "not recorded" : <Moment iso={session.opened} />),
          },
          { title: "Closed", cell: (session) => (session.closed === undefined ? "" : <Moment iso={session.closed} />) },
          { title: "Processes", numeric: true, cell: (session) => session.processCount },
        ])}
      />
    </Section>
  );
}

export function ProcessSection({
  processes,
  empty,
  given,
  title = "Processes",
}: {
  readonly title?: string;
  readonly given: Given;
  readonly processes: Listed<ProcessNode>;
  readonly empty: string;
}) {
  return (
    <Section title={title} aside={inTotal(processes)}>
      <Table
        label={title}
        rows={processes.items}
        total={processes.total}
        truncationReason={processes.truncationReason}
        keyOf={(process) => process.key}
        empty={empty}
        columns={columns<ProcessNode>(given, [
          {
            title: "Start",
            cell: (process) => (process.start === undefined ? "not recorded" : <Moment iso={process.start} />),
          },
          { title: "Host", about: "host", cell: (process) => <HostLink host={process.host} /> },
          { title: "Process", cell: (process) => `${process.name ?? "unknown"} ${process.pid ?? ""}` },
          { title: "User", about: "user", cell: (process) => <UserLink account={process.user} host={process.host} /> },
          {
            title: "Command line",
            wide: true,
            cell: (process) => (
              <CommandLine text={process.commandLine ?? process.executable ?? "not recorded"} short={300} />
            ),
          },
          {
            title: "Alerts",
            numeric: true,
            cell: (process) => {
              const [first] = process.alerts;
              return first === undefined ? (
                ""
              ) : (
                <TextLink to={alertPath(first.id)}>{process.alerts.length.toLocaleString("en")}</TextLink>
              );
            },
          },
        ])}
      />
    </Section>
  );
}
