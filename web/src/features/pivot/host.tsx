import { useParams } from "react-router";
import { sourceLabel } from "#contracts/event-source";
import { useRoute } from "../../api/queries.ts";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { Facts, Page, Section, Table } from "../../ui/page.tsx";
import { Moment } from "../../ui/time.tsx";
import { Lanes } from "./lanes.tsx";
import { AlertSection, LogonSection, ProcessSection, SessionSection, UserKeyLink } from "./parts.tsx";
import { Spellings } from "./spellings.tsx";

export function HostPage() {
  const { key = "" } = useParams();
  const host = useRoute("host", { params: { key } }, { fallback: 10_000 });
  return (
    <LoadedPage query={host} kind="Host" name={key} back={{ to: "/hosts", text: "All hosts" }}>
      {(data) => (
        <Page
          kind="Host"
          title={data.host}
          facts={
            <Facts
              entries={[
                ["Open alerts", data.openAlerts],
                ["Alerts", data.alerts.total],
                ["Risk", data.risk.total],
                ["Processes", data.processes.total],
                ["Events", data.events],
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
          <Spellings of="host" spellings={data.spellings} />
          <Lanes logons={data.logons} processes={data.processes} alerts={data.alerts} />
          <AlertSection given={["host"]} alerts={data.alerts} empty="No alerts on this host." />
          <Section title="Users of this host">
            <Table
              label="Users of the host"
              rows={data.users}
              keyOf={(user) => user.key}
              empty="No accounts in the records of this host."
              columns={[
                { title: "User", wide: true, cell: (user) => <UserKeyLink user={user} /> },
                { title: "Processes", numeric: true, cell: (user) => user.processes },
                { title: "Logons", numeric: true, cell: (user) => user.successfulLogons },
                { title: "Failed logons", numeric: true, cell: (user) => user.failedLogons },
              ]}
            />
          </Section>
          <LogonSection
            given={["host"]}
            title="Logons"
            logons={data.logons}
            empty="No logon records (4624, 4625, 4634, 4648) stored for this host; see the data coverage below."
          />
          <SessionSection given={["host"]} sessions={data.sessions} empty="No logon sessions on this host." />
          <ProcessSection
            given={["host"]}
            processes={data.processes}
            empty="No process starts stored for this host; see the data coverage below."
          />
          <Section title="Data coverage" aside="outside this time, no results may mean no data">
            <Table
              label="Coverage"
              rows={data.coverage}
              keyOf={(row) => row.source}
              empty="No events stored for this host."
              columns={[
                { title: "Source", wide: true, cell: (row) => sourceLabel(row.source) },
                { title: "From", cell: (row) => (row.from === undefined ? "" : <Moment iso={row.from} />) },
                { title: "To", cell: (row) => (row.to === undefined ? "" : <Moment iso={row.to} />) },
                { title: "Events", numeric: true, cell: (row) => row.events },
              ]}
            />
          </Section>
        </Page>
      )}
    </LoadedPage>
  );
}
