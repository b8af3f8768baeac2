import { useParams } from "react-router";
import { useRoute } from "../../api/queries.ts";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { Facts, Page } from "../../ui/page.tsx";
import { Moment } from "../../ui/time.tsx";
import { Lanes } from "./lanes.tsx";
import { AlertSection, accountText, HostLink, LogonSection, ProcessSection, SessionSection } from "./parts.tsx";

export function UserPage() {
  const { key = "" } = useParams();
  const user = useRoute("user", { params: { key } }, { refresh: 10_000 });
  return (
    <LoadedPage query={user} kind="User" name={key} back={{ to: "/users", text: "All users" }}>
      {(data) => (
        <Page
          kind="User"
          title={accountText(data.account)}
          facts={
            <Facts
              entries={[
                ["Open alerts", data.openAlerts],
                ["Alerts", data.alerts.total],
                ["Risk", data.risk.total],
                ["Processes", data.processes.total],
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
          <Lanes logons={data.logons} processes={data.processes} alerts={data.alerts} />
          <AlertSection given={["user"]} alerts={data.alerts} empty="No alerts for this user." />
          <SessionSection given={["user"]} sessions={data.sessions} empty="No logon sessions for this user." />
          <LogonSection given={[]} title="Logons" logons={data.logons} empty="No logon records for this user." />
          <ProcessSection given={["user"]} processes={data.processes} empty="No processes stored for this user." />
        </Page>
      )}
    </LoadedPage>
  );
}
