import { Button, PasswordInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import type { RouteResponse } from "#contracts/api";
import { password as passwordSchema } from "#contracts/people";
import { useChange } from "../../api/queries.ts";
import { Section } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./settings.module.css";

/** Sets or changes the own password. */
export function Password({ own: { hasPassword, person, sessions } }: { readonly own: RouteResponse<"ownAccount"> }) {
  const change = useChange("setPassword");
  // Links are for those who have lost their password: in such a session the current one is not asked for.
  const needsCurrent = hasPassword && sessions.find((session) => session.current)?.method !== "link";
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const checked = passwordSchema.safeParse(password);
  return (
    <Section
      title="Password"
      aside={
        hasPassword ? "set; changing it ends your other sessions" : "none yet; setting one ends your other sessions"
      }
    >
      <form
        className={classes.form}
        aria-label="Password"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            { body: { current: needsCurrent ? current : undefined, password } },
            {
              onSuccess: () => {
                setCurrent("");
                setPassword("");
                notifications.show({ title: "Password set", message: "Your other sessions have ended." });
              },
            },
          );
        }}
      >
        {/* For password managers: whose password it is. */}
        <input type="text" hidden readOnly autoComplete="username" value={person.userName} />
        {needsCurrent && (
          <PasswordInput
            size="xs"
            className={classes.field}
            label="Current password"
            autoComplete="current-password"
            maxLength={1000}
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
        )}
        <PasswordInput
          size="xs"
          className={classes.field}
          label="New password"
          autoComplete="new-password"
          maxLength={1000}
          error={password === "" || checked.success ? undefined : checked.error.issues[0]?.message}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button
          size="xs"
          type="submit"
          loading={change.isPending}
          disabled={!checked.success || (needsCurrent && current === "")}
        >
          {hasPassword ? "Change password" : "Set password"}
        </Button>
      </form>
      <p className={classes.text}>At least 12 characters. A few words that do not belong together are easy to keep.</p>
      {change.error !== null && <ErrorState error={change.error} />}
    </Section>
  );
}
