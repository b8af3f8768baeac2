import { useParams, useSearchParams } from "react-router";
import type { LogonCount } from "#contracts/pivot";
import { useRoute } from "../../api/queries.ts";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { Facts, Page, Section, Table, TextLink } from "../../ui/page.tsx";
import { Moment } from "../../ui/time.tsx";
import { Lanes } from "./lanes.tsx";
import {
  AlertSection,
  HostLink,
  type Listed,
  LogonSection,
  ProcessSection,
  SessionSection,
  userTitle,
} from "./parts.tsx";
import classes from "./pivot.module.css";
import { Spellings } from "./spellings.tsx";

export function UserPage() {
  const { key = "" } = useParams();
  const [search] = useSearchParams();
  const host = search.get("host") ?? undefined;
  const user = useRoute("user", { params: { key }, query: { host } }, { fallback: 10_000 });
  return (
    <LoadedPage query={user} kind="User" name={key} back={{ to: "/users", text: "All users" }}>
      {(data) => (
        <Page
          kind="User"
          title={userTitle(data)}
          facts={
            <Facts
              entries={[
                ["Open alerts", data.openAlerts],
                ["Alerts", data.alerts.total],
                ["Risk", data.risk.total],
                ["Processes", data.processes.total],
                ["Logons", data.successfulLogons],
                ["Failed logons", data.failedLogons],
                [
                  "Hosts",
                  data.hosts.length === 0
                    ? "none"
                    : data.hosts.map((host, at) => (
                        <span key={host}>
                          {at > 0 && ", "}
                          <HostLink host={host} />
                        </span>
                      )),
                ],
                ["SID", data.account.id ?? "not recorded"],
                [
                  "Activity",
                  data.span === undefined ? (
                    "not recorded"
                  ) : (
                    <>
                      <Moment iso={data.span.from} /> to <Moment iso={data.span.to} />
                    </>
                  ),
                ],
              ]}
            />
          }
        >
          {data.builtIn !== undefined && (
            <p className={classes.note}>
              {data.builtIn.why}
              {data.builtIn.host !== undefined && (
                <>
                  {" "}
                  This is the one of <HostLink host={data.builtIn.host} />.
                </>
              )}
            </p>
          )}
          {data.onHosts !== undefined && (
            <Section title="On each host">
              <Table
                label="The account on each host"
                rows={data.onHosts}
                keyOf={(one) => one.key}
                empty="On no host."
                columns={[
                  {
                    title: "Host",
                    wide: true,
                    cell: (one) => <TextLink to={`/users/${encodeURIComponent(one.key)}`}>{one.host}</TextLink>,
                  },
                ]}
              />
            </Section>
          )}
          <Spellings of="account" spellings={data.spellings} />
          <Lanes logons={data.logons} processes={data.processes} alerts={data.alerts} />
          <AlertSection given={["user"]} alerts={data.alerts} empty="No alerts for this user." />
          <SessionSection given={["user"]} sessions={data.sessions} empty="No logon sessions for this user." />
          <LogonCounts counts={data.logonCounts} />
          <LogonSection given={[]} title="Logons" logons={data.logons} empty="No logon records for this user." />
          <ProcessSection given={["user"]} processes={data.processes} empty="No processes stored for this user." />
        </Page>
      )}
    </LoadedPage>
  );
}

const logonTypes: Readonly<Record<number, string>> = {
  2: "Interactive",
  3: "Network",
  4: "Batch",
  5: "Service",
  7: "Unlock",
  8: "NetworkCleartext",
  9: "NewCredentials",
  10: "RemoteInteractive",
  11: "CachedInteractive",
};

/** Where the account logged on or failed to, and how often. */
function LogonCounts({ counts }: { readonly counts: Listed<LogonCount> }) {
  return (
    <Section title="Logons by host and source">
      <Table
        label="Logons by host and source"
        rows={counts.items}
        total={counts.total}
        truncationReason={counts.truncationReason}
        keyOf={({ host, outcome, logonType, source }) => JSON.stringify([host, outcome, logonType, source])}
        empty="No logons (4624, 4625) of this user are stored."
        columns={[
          { title: "Outcome", cell: (one) => (one.outcome === "failed" ? "failed" : "successful") },
          { title: "Host", cell: (one) => <HostLink host={one.host} /> },
          {
            title: "Type",
            cell: ({ logonType }) =>
              logonType === undefined ? "not recorded" : `${logonTypes[logonType] ?? "type"} (${logonType})`,
          },
          { title: "Source", wide: true, cell: (one) => one.source ?? "not recorded" },
          { title: "Count", numeric: true, cell: (one) => one.count },
          { title: "First", cell: (one) => <Moment iso={one.first} /> },
          { title: "Last", cell: (one) => <Moment iso={one.last} /> },
        ]}
      />
    </Section>
  );
}
