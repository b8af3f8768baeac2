import { useWholeList } from "../../api/queries.ts";
import { Page, Table } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { UserLink } from "./parts.tsx";

export function UsersPage() {
  const users = useWholeList("users", { refresh: 10_000 });
  return (
    <Page title="Users">
      <Loaded query={users} label="Loading users">
        {({ items }) => (
          <Table
            label="Users"
            rows={items}
            total={items.length}
            keyOf={(user) => user.key}
            empty="No users yet. Ingest a capture with `npx stemma ingest PATH`."
            columns={[
              { title: "User", cell: (user) => <UserLink account={user.account} /> },
              {
                title: "Hosts",
                wide: true,
                cell: (user) =>
                  user.hosts.length <= 4
                    ? user.hosts.join(", ")
                    : `${user.hosts.slice(0, 4).join(", ")} and ${(user.hosts.length - 4).toLocaleString("en")} more`,
              },
              { title: "Open alerts", numeric: true, cell: (user) => user.openAlerts },
              { title: "Alerts", numeric: true, cell: (user) => user.alerts },
              { title: "Risk", numeric: true, cell: (user) => user.risk },
              { title: "Processes", numeric: true, cell: (user) => user.processes },
              {
                title: "Last seen",
                cell: (user) => (user.lastSeen === undefined ? "" : <Moment iso={user.lastSeen} />),
              },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
