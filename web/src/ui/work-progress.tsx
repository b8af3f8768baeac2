import { Button, Progress } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import type { WorkProgress as Progressed, WorkItem } from "#contracts/work";
import type { RequestError } from "../api/client.ts";
import { useCancel, useRoute } from "../api/queries.ts";
import { EmptyState, Loaded, LoadingState } from "./state.tsx";
import classes from "./work-progress.module.css";

/** Milliseconds after which progress is shown: most work is done before. */
const PATIENCE = 800;
/** The same where what was found until now can be shown. */
const EAGER = 300;
/** Polling interval in milliseconds. */
const FOLLOW = 700;
const number = (value: number) => value.toLocaleString("en");

/** Routes whose work can be followed on their page. */
type FollowedRoute =
  | "hunt"
  | "exceptionDryRun"
  | "exportExceptions"
  | "exceptionTuning"
  | "ruleReport"
  | "shiftReport"
  | "playbookStatistics"
  | "incidentBundle";

/** As `Loaded`, for a route that may take long: with its place in the queue, its progress and a way to cancel it. */
export function LoadedWork<T>({
  query,
  route,
  label,
  rows,
  soFar,
  children,
}: {
  readonly query: Pick<UseQueryResult<T, RequestError>, "data" | "error" | "isFetching"> & { refetch(): unknown };
  readonly route: FollowedRoute;
  readonly label: string;
  readonly rows?: number;
  /** Shows what work that runs has found until now. */
  readonly soFar?: (item: WorkItem) => ReactNode;
  readonly children: (data: T) => ReactNode;
}) {
  const cancel = useCancel(route);
  if (query.data !== undefined || query.error !== null) {
    return (
      <Loaded query={query} label={label} rows={rows}>
        {children}
      </Loaded>
    );
  }
  return query.isFetching ? (
    <WorkProgress route={route} label={label} rows={rows} soFar={soFar} cancel={cancel} />
  ) : (
    <EmptyState
      title="Cancelled"
      reason="It was cancelled before it was done."
      action={
        <Button size="xs" variant="default" onClick={() => void query.refetch()}>
          Run again
        </Button>
      }
    />
  );
}

function WorkProgress({
  route,
  label,
  rows,
  soFar,
  cancel,
}: {
  readonly route: FollowedRoute;
  readonly label: string;
  readonly rows: number | undefined;
  readonly soFar: ((item: WorkItem) => ReactNode) | undefined;
  /** Drops the request, which ends the work. */
  readonly cancel: () => void;
}) {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), soFar === undefined ? PATIENCE : EAGER);
    return () => clearTimeout(timer);
  }, [soFar]);
  const list = useRoute("work", {}, { enabled: isLong, refresh: FOLLOW });
  const item = list.data?.items.findLast(({ kind }) => kind === route);
  const { total = 0, done = 0 } = item?.progress ?? {};
  return (
    <>
      {isLong && (
        <div className={classes.bar}>
          <span role="status">
            {item === undefined ? `${label}…` : sentenceOf(label, item, list.data?.waiting ?? 0)}
          </span>
          <Button size="compact-xs" variant="default" onClick={cancel}>
            Cancel
          </Button>
        </div>
      )}
      {total > 0 && <Progress value={(100 * done) / total} size="xs" aria-label={`${label}: progress`} />}
      {soFar !== undefined && item?.state === "running" ? soFar(item) : <LoadingState label={label} rows={rows} />}
    </>
  );
}

function sentenceOf(label: string, { state, position = 1, progress }: WorkItem, waiting: number): string {
  if (state === "waiting") {
    return `Waiting: number ${number(position)} of ${number(Math.max(position, waiting))} in the queue`;
  }
  return progress === undefined ? `${label}…` : `${label}: ${doneOf(progress)}`;
}

function doneOf({ done, total, unit }: Progressed): string {
  return total === undefined ? `${number(done)} ${unit}` : `${number(done)} of ${number(total)} ${unit}`;
}
