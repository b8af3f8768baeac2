import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { RuleRunRequest, RuleRunView } from "#contracts/rule-draft";
import { type RequestError, request } from "../../api/client.ts";
import { useDenial } from "../../api/permission.ts";
import { useRoute } from "../../api/queries.ts";

/** Polling interval in milliseconds. */
const FOLLOW = 400;

export interface FollowedRun {
  readonly run: RuleRunView | undefined;
  readonly busy: boolean;
  readonly error: RequestError | null;
  /** Why the person may not run rules; undefined if they may. */
  readonly denial: string | undefined;
  start(what: RuleRunRequest["what"]): void;
  stop(): void;
}

/** Starts, polls and stops a run of rules over stored events. */
export function useRun(): FollowedRun {
  const denial = useDenial("author");
  const [begun, setBegun] = useState<RuleRunView>();
  const [ended, setEnded] = useState(false);
  const start = useMutation<RuleRunView, RequestError, RuleRunRequest["what"]>({
    mutationFn: (what) => request("startRuleRun", { body: { what } }),
    onSuccess: (run) => {
      setBegun(run);
      setEnded(false);
    },
  });
  const stop = useMutation<RuleRunView, RequestError, string>({
    mutationFn: (id) => request("stopRuleRun", { params: { id } }),
  });
  const followed = useRoute(
    "ruleRun",
    { params: { id: begun?.id ?? "" } },
    { enabled: begun !== undefined && !ended, refresh: FOLLOW },
  );
  const run = followed.data ?? begun;
  if (run !== undefined && run.state !== "running" && run.id === begun?.id && !ended) {
    setEnded(true);
  }
  return {
    run,
    busy: start.isPending || (begun !== undefined && !ended && followed.error === null),
    error: start.error ?? followed.error,
    denial,
    start: (what) => start.mutate(what),
    stop: () => begun !== undefined && stop.mutate(begun.id),
  };
}
