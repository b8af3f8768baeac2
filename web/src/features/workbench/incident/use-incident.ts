import { useMemo } from "react";
import type { AlertDetail } from "#contracts/alert";
import type { IncidentDetail, IncidentQuestions } from "#contracts/incident";
import { useRoute } from "../../../api/queries.ts";

/** Milliseconds between looks at what others did to the incident, while they are not told. */
const fallback = 4000;
/** Alerts of the incident that the page reads with it. */
const listed = 50;

export interface IncidentState {
  readonly key: string;
  /** Undefined while it is loading, and for an alert of a building block, which is in no incident of the queue. */
  readonly detail?: IncidentDetail;
  readonly questions?: IncidentQuestions;
  /** Until it is known, nothing is changed: what a change is about would depend on the moment. */
  readonly isLoading: boolean;
}

/** The incident of an alert, with its questions. */
export function useIncident({ incidentKey: key, buildingBlock }: AlertDetail): IncidentState {
  const params = useMemo(() => ({ key }), [key]);
  const use = { fallback, enabled: !buildingBlock };
  const { data: detail, isLoading } = useRoute("incident", { params, query: { limit: listed } }, use);
  const { data: questions } = useRoute("incidentQuestions", { params }, use);
  return useMemo(() => ({ key, detail, questions, isLoading }), [key, detail, questions, isLoading]);
}
