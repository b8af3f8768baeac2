import { Button } from "@mantine/core";
import type { SignInSession } from "#contracts/people";
import { browserName } from "./browser-name.ts";
import { VisibleText } from "./command-line.tsx";
import { Table } from "./page.tsx";
import { methodLabels } from "./roles.ts";
import classes from "./session-table.module.css";
import { Moment } from "./time.tsx";
import { visibleString } from "./visible-text.ts";

/** Open sign-in sessions with a way to end each of them. */
export function SessionTable({
  label,
  sessions,
  empty,
  end,
  ending,
}: {
  readonly label: string;
  readonly sessions: readonly SignInSession[];
  readonly empty: string;
  readonly end: (session: SignInSession) => void;
  /** The session that is being ended. */
  readonly ending: string | undefined;
}) {
  return (
    <Table
      label={label}
      rows={sessions}
      total={sessions.length}
      keyOf={({ id }) => id}
      empty={empty}
      columns={[
        {
          title: "Browser",
          cell: ({ userAgent, current }) => (
            <span title={visibleString(userAgent ?? "")}>
              <VisibleText text={browserName(userAgent)} />
              {current && <span className={classes.current}>this session</span>}
            </span>
          ),
        },
        { title: "Address", cell: ({ address }) => <code>{address}</code> },
        { title: "Signed in by", cell: ({ method }) => methodLabels[method] },
        { title: "Started", cell: ({ startedAt }) => <Moment iso={startedAt} precision="minute" /> },
        { title: "Last used", cell: ({ lastUsedAt }) => <Moment iso={lastUsedAt} relative /> },
        {
          title: "Ends at the latest",
          secondary: true,
          cell: ({ expiresAt }) => <Moment iso={expiresAt} precision="minute" />,
        },
        {
          title: "End",
          actions: true,
          cell: (session) =>
            session.current ? (
              "by signing out"
            ) : (
              <Button
                size="compact-xs"
                variant="default"
                loading={ending === session.id}
                aria-label={visibleString(`End session: ${browserName(session.userAgent)} from ${session.address}`)}
                onClick={() => end(session)}
              >
                End session
              </Button>
            ),
        },
      ]}
    />
  );
}
