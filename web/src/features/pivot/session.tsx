import { IconArrowRight } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useParams } from "react-router";
import { tokenHalf } from "#contracts/lineage";
import type { SessionPage as Data } from "#contracts/pivot";
import { useRoute } from "../../api/queries.ts";
import { accountText } from "../../ui/account.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { Facts, Page, TextLink } from "../../ui/page.tsx";
import { Moment } from "../../ui/time.tsx";
import {
  AlertSection,
  HostLink,
  LogonSection,
  logonKind,
  logonSource,
  ProcessSection,
  sessionPath,
  UserLink,
} from "./parts.tsx";
import classes from "./pivot.module.css";

/** A logon session: its opening logon, processes, alerts and outbound logons. */
export function SessionPage() {
  const { key = "" } = useParams();
  const session = useRoute("session", { params: { key } });
  return (
    <LoadedPage query={session} kind="Logon session" back={{ to: "/hosts", text: "All hosts" }}>
      {(data) => (
        <Page
          kind="Logon session"
          title={`${accountText(data.session.user)} on ${data.session.host}`}
          facts={
            <Facts
              entries={[
                ["Logon id", <code key="id">{data.session.logonId}</code>],
                ["User", <UserLink key="user" account={data.session.user} host={data.session.host} />],
                ["Host", <HostLink key="host" host={data.session.host} />],
                ["Type", data.session.service ? "Windows service session" : logonKind(data.session)],
                ["Source", data.session.service ? "this host" : logonSource(data.session)],
                [
                  "Opened",
                  data.session.opened === undefined ? (
                    "not recorded"
                  ) : (
                    <Moment key="opened" iso={data.session.opened} precision="millisecond" />
                  ),
                ],
                [
                  "Closed",
                  data.session.closed === undefined ? (
                    "not recorded"
                  ) : (
                    <Moment key="closed" iso={data.session.closed} precision="millisecond" />
                  ),
                ],
                ["Privileged", data.session.privileged ? "yes (4672)" : "not recorded"],
                ...linkedFacts(data),
              ]}
            />
          }
        >
          <Chain data={data} />
          <AlertSection given={["host"]} alerts={data.alerts} empty="No alerts in this session." />
          <ProcessSection given={["host"]} processes={data.processes} empty="No process starts in this session." />
          {data.linked !== undefined && (
            <>
              <AlertSection
                title={`Alerts in the linked session ${data.linked.session.logonId}`}
                given={["host"]}
                alerts={data.linked.alerts}
                empty="No alerts in the linked session."
              />
              <ProcessSection
                title={`Processes in the linked session ${data.linked.session.logonId}`}
                given={["host"]}
                processes={data.linked.processes}
                empty="No process starts in the linked session."
              />
            </>
          )}
          {/* The host of an outbound logon is the target, so the host column stays. */}
          <LogonSection
            given={[]}
            title="Outbound logons"
            logons={{ items: data.outboundLogons.map(({ logon }) => logon), total: data.outboundLogons.length }}
            empty="No outbound logons recorded: no logons with explicit credentials (4648) in this session, and no network logons of the account from this host to other hosts."
          />
          {(data.outboundLogonNotes ?? []).map((note) => (
            <p key={note} className={classes.note}>
              {note}
            </p>
          ))}
          <LogonSection
            given={["host"]}
            title="Other logons of the account within five seconds"
            logons={{
              items: data.siblings,
              total: data.siblings.length,
              truncationReason: data.siblingsTruncationReason,
            }}
            empty="No other logons of the account on this host at that time."
          />
        </Page>
      )}
    </LoadedPage>
  );
}

/** The other half of a split token, and when the logon id went to another session. */
function linkedFacts({ session, linked, linkedUnknown }: Data): readonly (readonly [string, ReactNode])[] {
  const half = tokenHalf(session);
  return [
    ...(session.until === undefined
      ? []
      : [["Logon id used again", <Moment key="until" iso={session.until} precision="millisecond" />] as const]),
    ...(half === undefined ? [] : [["Token", half] as const]),
    ...(linked === undefined
      ? []
      : [
          [
            "Linked session",
            <span key="linked">
              <TextLink to={sessionPath(linked.session.key)}>{linked.session.logonId}</TextLink>, the{" "}
              {tokenHalf(linked.session) ?? "other"} half of the same logon,{" "}
              {counted(linked.processes.total, "process", "processes")}
            </span>,
          ] as const,
        ]),
    ...(linkedUnknown === undefined ? [] : [["Linked session", linkedUnknown] as const]),
  ];
}

const counted = (count: number, one: string, many: string) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

function Chain({ data }: { readonly data: Data }) {
  const { session } = data;
  return (
    <ol className={classes.chain} aria-label="From the opening logon to outbound logons">
      <li className={classes.link} data-unknown={session.openedBy === undefined || undefined}>
        <span>Opened by</span>
        <strong>
          {session.openedBy === undefined
            ? "No logon record"
            : `${session.openedBy.code ?? "4624"}${session.openedBy.recordId === undefined ? "" : ` #${session.openedBy.recordId}`}`}
        </strong>
        <span>
          {session.openedBy === undefined
            ? (data.openedByUnknown ?? "No 4624 with this logon id is stored.")
            : `${logonKind(session)} from ${logonSource(session)}`}
        </span>
      </li>
      <li className={classes.arrow} aria-hidden="true">
        <IconArrowRight size={18} />
      </li>
      <li className={classes.link}>
        <span>In the session</span>
        <strong>{`${counted(data.processes.total, "process", "processes")}, ${counted(data.alerts.total, "alert", "alerts")}`}</strong>
        <span>
          <VisibleText
            text={[...new Set(data.processes.items.map(({ name }) => name ?? "unknown"))].slice(0, 6).join(", ")}
          />
        </span>
      </li>
      {data.outboundLogons.map(({ logon, session: next }) => (
        <li key={logon.id} className={classes.link} data-unknown={next === undefined || undefined}>
          <span>
            <VisibleText
              text={
                logon.kind === "explicit"
                  ? `Outbound as ${accountText(logon.targetUser)} by ${logon.processName ?? "a process"}`
                  : `Outbound network logon as ${accountText(logon.user)}`
              }
            />
          </span>
          <strong>
            <VisibleText text={logon.kind === "explicit" ? (logon.targetHost ?? "Host not recorded") : logon.host} />
          </strong>
          {next === undefined ? (
            <span>No matching network logon stored for that host</span>
          ) : (
            <TextLink to={sessionPath(next.key)}>{`Session ${next.logonId} on ${next.host}`}</TextLink>
          )}
        </li>
      ))}
    </ol>
  );
}
