import { useChange, useRoute } from "../../api/queries.ts";
import { Facts, Section } from "../../ui/page.tsx";
import { methodLabels, roleLabels } from "../../ui/roles.ts";
import { SessionTable } from "../../ui/session-table.tsx";
import { ErrorState, Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { Passkeys } from "./passkeys.tsx";
import { Password } from "./password.tsx";
import classes from "./settings.module.css";

/** How oneself can sign in, and where one is signed in. */
export function Account() {
  const account = useRoute("ownAccount", {}, { fallback: 15_000 });
  return (
    <Loaded query={account} label="Loading your account" rows={8}>
      {(own) => {
        const { person, sessions } = own;
        const current = sessions.find((session) => session.current);
        return (
          <>
            <Facts
              entries={[
                ["Name", person.name],
                ["User name", person.userName],
                ["Role", roleLabels[person.role].label],
                ["Signed in by", current === undefined ? "unknown" : methodLabels[current.method]],
                ["Account since", <Moment key="since" iso={person.createdAt} precision="minute" />],
              ]}
            />
            {person.source === "oidc" ? (
              <Section title="Ways to sign in">
                <p className={classes.text}>
                  You sign in through the identity provider. Name, role, password and passkeys are managed there.
                </p>
              </Section>
            ) : (
              <>
                <Password own={own} />
                <Passkeys passkeys={own.passkeys} />
              </>
            )}
            <OwnSessions sessions={sessions} />
          </>
        );
      }}
    </Loaded>
  );
}

function OwnSessions({ sessions }: { readonly sessions: Parameters<typeof SessionTable>[0]["sessions"] }) {
  const end = useChange("endOwnSession");
  return (
    <Section title="Where you are signed in" aside="end the sessions that you do not recognise">
      <SessionTable
        label="Your sessions"
        sessions={sessions}
        empty="No open sessions."
        end={({ id }) => end.mutate({ params: { session: id }, body: {} })}
        ending={end.isPending ? end.variables.params?.["session"] : undefined}
      />
      {end.error !== null && <ErrorState error={end.error} retry={end.reset} />}
    </Section>
  );
}
