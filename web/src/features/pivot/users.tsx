import type { UserSummary } from "#contracts/pivot";
import { useWholeList } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { Page, Table } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { UserKeyLink } from "./parts.tsx";
import classes from "./pivot.module.css";
import { OtherNames } from "./spellings.tsx";

/** Other spellings of an account; its SID is on its page. */
function otherNames({ alsoKnownAs = [] }: UserSummary): readonly string[] {
  return alsoKnownAs.filter((name) => !/^s-1-/.test(name));
}

export function UsersPage() {
  const users = useWholeList("users", { fallback: 10_000 });
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
              {
                title: "User",
                cell: (user) => (
                  <>
                    <UserKeyLink user={user} withHost={false} />
                    {user.builtIn?.host !== undefined && (
                      <small className={classes.otherName}>
                        on <VisibleText text={user.builtIn.host} />
                      </small>
                    )}
                    <OtherNames names={otherNames(user)} />
                  </>
                ),
              },
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
              { title: "Logons", numeric: true, cell: (user) => user.successfulLogons },
              { title: "Failed", numeric: true, cell: (user) => user.failedLogons },
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
