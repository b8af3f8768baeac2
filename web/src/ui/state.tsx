import { Alert, Button, Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconInbox } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useRef } from "react";
import type { Unreadable } from "#contracts/page";
import { isSignedOut, type RequestError } from "../api/client.ts";
import { ConflictChanges } from "./conflict.tsx";
import { InlineCode } from "./inline-code.tsx";
import classes from "./state.module.css";

/** An empty state with its reason and, if there is one, a next action. */
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

/** Titles for HTTP statuses; others use the title of the problem. */
const titles: Readonly<Record<number, string>> = {
  400: "Invalid request",
  403: "Not permitted",
  404: "Not found",
  409: "Not possible in the current state",
  500: "Server error",
  503: "Service temporarily unavailable",
};

/** An error with its cause, its remedy and a retry. For a conflict, what others did and a choice between both. */
export function ErrorState({
  error,
  retry,
  retryWord = "Try again",
  trying = false,
  keepTheirs,
}: {
  readonly error: RequestError;
  readonly retry?: () => void;
  readonly retryWord?: string;
  /** A retry is in progress. */
  readonly trying?: boolean;
  /** For a conflict: gives up one's own change. */
  readonly keepTheirs?: () => void;
}) {
  const { details } = error;
  const conflict = details.conflict?.changed.length === 0 ? undefined : details.conflict;
  // Do not repeat a single issue that the detail already contains.
  const issues = (details.errors ?? []).filter(({ message }) => details.detail?.includes(message) !== true);
  return (
    <Alert
      role="alert"
      className={classes.error}
      classNames={{ title: classes.errorTitle }}
      icon={<IconAlertTriangle size={18} aria-hidden />}
      color="red"
      variant="outline"
      title={titleOf(error, conflict !== undefined)}
    >
      {conflict === undefined ? (
        <p>{isSignedOut(error) ? "Sign in again to load this." : details.detail}</p>
      ) : (
        <ConflictChanges conflict={conflict} />
      )}
      {issues.length > 0 && (
        <ul>
          {issues.map((issue) => (
            <li key={`${issue.field} ${issue.message}`}>
              <code>{issue.field}</code>: {issue.message}
            </li>
          ))}
        </ul>
      )}
      <div className={classes.choices}>
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry} loading={trying}>
            {conflict === undefined ? retryWord : "Replace with mine"}
          </Button>
        )}
        {conflict !== undefined && keepTheirs !== undefined && (
          <Button size="xs" variant="default" onClick={keepTheirs}>
            Keep theirs
          </Button>
        )}
      </div>
    </Alert>
  );
}

function titleOf(error: RequestError, isConflict: boolean): string {
  if (isConflict) {
    return "Changed by somebody else";
  }
  if (isSignedOut(error)) {
    return "You are signed out";
  }
  const { code, status, title } = error.details;
  // What the server says of its own refusals is more precise: "User name taken".
  return code !== undefined && (status === 400 || status === 409) ? title : (titles[status] ?? title);
}

export function LoadingState({ rows = 6, label }: { readonly rows?: number; readonly label: string }) {
  return (
    <div className={classes.loading} role="status" aria-label={label} aria-busy="true">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholder bars have no identity.
        <Skeleton key={row} height={18} width={`${92 - ((row * 17) % 40)}%`} radius="sm" />
      ))}
    </div>
  );
}

/**
 * Warns that the shown data could not be refreshed. An unreachable server and the end of the session are reported once,
 * by the shell.
 */
function Outdated({ error, retry }: { readonly error: RequestError; readonly retry: () => void }) {
  const { status, title, detail } = error.details;
  return status === 0 || isSignedOut(error) ? null : (
    <p className={classes.outdated} role="status">
      <IconAlertTriangle size={14} aria-hidden />
      <span>{`Data may be outdated: ${detail ?? title}`}</span>
      <Button size="compact-xs" variant="default" onClick={retry}>
        Try again
      </Button>
    </p>
  );
}

/** Says what a result lacks because it is damaged in the store, with what to do. Nothing for a result that is whole. */
export function Incomplete({ data }: { readonly data: unknown }) {
  const lacking = isList(data) ? data.unreadable : undefined;
  if (lacking === undefined) {
    return null;
  }
  const [first] = lacking.problems;
  const number = lacking.count === 1 ? "1 stored value" : `${lacking.count.toLocaleString("en")} stored values`;
  return (
    <p className={classes.outdated} role="status">
      <IconAlertTriangle size={14} aria-hidden />
      <span>
        {`${number} cannot be read and ${lacking.count === 1 ? "is" : "are"} missing here`}
        {first !== undefined && `: ${[first.message, first.remedy].filter((text) => text !== undefined).join(". ")}`}
      </span>
    </p>
  );
}

function isList(data: unknown): data is { readonly unreadable?: Unreadable } {
  return typeof data === "object" && data !== null && "unreadable" in data;
}

/** Loading, error or content: every part of a page that reads from the server uses this. */
export function Loaded<T>({
  query,
  label,
  children,
  rows,
}: {
  readonly query: Pick<UseQueryResult<T, RequestError>, "data" | "error" | "isFetching"> & { refetch(): unknown };
  readonly label: string;
  readonly rows?: number;
  readonly children: (data: T) => ReactNode;
}) {
  // A query without data clears its error on refetch; keep showing the error to avoid flicker.
  const failure = useRef<RequestError>(null);
  failure.current = query.data === undefined ? (query.error ?? failure.current) : null;
  if (query.data !== undefined) {
    return (
      <>
        {query.error !== null && <Outdated error={query.error} retry={() => void query.refetch()} />}
        <Incomplete data={query.data} />
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
