import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { PlaybookView } from "#contracts/playbook";
import type { QueryRun } from "#contracts/query-run";
import { useRoutes } from "../../../api/queries.ts";

/** All queries of a playbook at once, with the same requests as the cards of the steps: each runs once. */
export function useRunAll(alertId: string, view: PlaybookView) {
  const client = useQueryClient();
  const [isOn, setOn] = useState(false);
  const calls = useMemo(() => {
    const ids = [...new Set(view.steps.flatMap(({ queries }) => queries.map(({ id }) => id)))];
    return ids.map((query) => ({
      params: { id: alertId, query },
      query: { anchor: "event" as const, playbook: view.id },
    }));
  }, [alertId, view]);
  const runs = useRoutes("stepQuery", calls, { enabled: isOn });
  const found = new Map<string, QueryRun>(runs.flatMap(({ data }) => (data === undefined ? [] : [[data.id, data]])));
  return {
    total: calls.length,
    found,
    failed: runs.filter(({ isError }) => isError).length,
    isRunning: isOn && runs.some(({ isFetching }) => isFetching),
    isOn,
    start: useCallback(() => setOn(true), []),
    /** Ends what runs on the server, too; what has come stays. */
    cancel: useCallback(() => {
      setOn(false);
      void client.cancelQueries({
        predicate: ({ queryKey: [name, params] }) =>
          name === "stepQuery" &&
          typeof params === "object" &&
          params !== null &&
          "id" in params &&
          params.id === alertId,
      });
    }, [client, alertId]),
  };
}

export type RunAll = ReturnType<typeof useRunAll>;
