import { Alert, Button, Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconInbox } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useRef } from "react";
import type { RequestError } from "../api/client.ts";
import { InlineCode } from "./inline-code.tsx";
import classes from "./state.module.css";

/** Nothing is empty without a reason and, where there is one, a next action. */
export function EmptyState({
  title,
  reason,
  action,
}: {
  readonly title: string;
  readonly reason: string;
  readonly action?: ReactNode;
}) {
  return (
    <div className={classes.empty} role="status">
      <IconInbox size={28} stroke={1.4} aria-hidden />
      <p className={classes.title}>{title}</p>
      <p className={classes.reason}>
        <InlineCode text={reason} />
      </p>
      {action}
    </div>
  );
}

/** What the names of HTTP mean to a person; every other status says it in its title. */
const titles: Readonly<Record<number, string>> = {
  400: "This cannot be done as it was asked",
  401: "You are signed out",
  404: "It is not here",
  409: "This cannot be done now",
  500: "The server failed",
  503: "The server cannot do this for now",
};

/** A failure names its cause and its remedy and offers another try. */
export function ErrorState({
  error,
  retry,
  trying = false,
}: {
  readonly error: RequestError;
  readonly retry?: () => void;
  /** Another try is under way. */
  readonly trying?: boolean;
}) {
  const { details } = error;
  // One issue that the detail tells already is not told twice.
  const issues = (details.errors ?? []).filter(({ message }) => details.detail?.includes(message) !== true);
  return (
    <Alert
      role="alert"
      className={classes.error}
      classNames={{ title: classes.errorTitle }}
      icon={<IconAlertTriangle size={18} aria-hidden />}
      color="red"
      variant="outline"
      title={titles[details.status] ?? details.title}
    >
      <p>
        {details.status === 401 ? (
          <InlineCode text="Open a new sign-in link: Enter in the terminal of `stemma serve` prints one." />
        ) : (
          details.detail
        )}
      </p>
      {issues.length > 0 && (
        <ul>
          {issues.map((issue) => (
            <li key={`${issue.field} ${issue.message}`}>
              <code>{issue.field}</code>: {issue.message}
            </li>
          ))}
        </ul>
      )}
      {retry !== undefined && (
        <Button size="xs" variant="default" onClick={retry} loading={trying}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

export function LoadingState({ rows = 6, label }: { readonly rows?: number; readonly label: string }) {
  return (
    <div className={classes.loading} role="status" aria-label={label} aria-busy="true">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: grey bars have no identity.
        <Skeleton key={row} height={18} width={`${92 - ((row * 17) % 40)}%`} radius="sm" />
      ))}
    </div>
  );
}

/** What is on screen was read before and could not be read again. That nobody answers, the frame says for the whole page. */
function Outdated({ error, retry }: { readonly error: RequestError; readonly retry: () => void }) {
  const { status, title, detail } = error.details;
  return status === 0 || status === 401 ? null : (
    <p className={classes.outdated} role="status">
      <IconAlertTriangle size={14} aria-hidden />
      <span>{`What you see may be old: ${detail ?? title}`}</span>
      <Button size="compact-xs" variant="default" onClick={retry}>
        Try again
      </Button>
    </p>
  );
}

/** Loading, failed or there: every part of a page that reads from the server goes through this. */
export function Loaded<T>({
  query,
  label,
  children,
  rows,
}: {
  readonly query: UseQueryResult<T, RequestError>;
  readonly label: string;
  readonly rows?: number;
  readonly children: (data: T) => ReactNode;
}) {
  // A query that never had an answer forgets its error when it is asked again: the page must not flicker between the two.
  const failure = useRef<RequestError>(null);
  failure.current = query.data === undefined ? (query.error ?? failure.current) : null;
  if (query.data !== undefined) {
    return (
      <>
        {query.error !== null && <Outdated error={query.error} retry={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  }
  return failure.current === null ? (
    <LoadingState label={label} rows={rows} />
  ) : (
    <ErrorState error={failure.current} retry={() => void query.refetch()} trying={query.isFetching} />
  );
}
