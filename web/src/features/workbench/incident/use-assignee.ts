import { useCallback, useMemo } from "react";
import { useDenial } from "../../../api/permission.ts";
import { useChange, useRoute } from "../../../api/queries.ts";
import { showRefusal } from "../../../ui/refusal.ts";
import type { IncidentState } from "./use-incident.ts";

/** Who works on the incident, and changing that. A refusal is reported. */
export function useAssignee({ key, detail }: IncidentState) {
  const triage = useDenial("triage");
  const { data: me } = useRoute("me", {}, { freshFor: 60_000 });
  const { data: people } = useRoute("assignees", {}, { freshFor: 60_000 });
  const { mutate, isPending } = useChange("incidentAssignee");
  const current = detail?.work.assignee;
  const assign = useCallback(
    (assignee: string | undefined) =>
      mutate(
        { params: { key }, body: { assignee }, seen: { name: "incident", params: { key } } },
        { onError: (error) => showRefusal("Not assigned", error) },
      ),
    [key, mutate],
  );
  const mine = me?.analyst;
  const denial =
    triage ??
    (detail === undefined
      ? "The alert is in no incident"
      : mine !== undefined && current === mine
        ? "It is assigned to you"
        : undefined);
  const toMe = useMemo(() => ({ run: () => assign(mine), denial }), [assign, mine, denial]);
  return { current, people: people?.names ?? [], assign, toMe, isPending, denial: triage };
}

export type Assignee = ReturnType<typeof useAssignee>;
