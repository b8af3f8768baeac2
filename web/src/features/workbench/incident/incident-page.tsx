import { Navigate, useParams } from "react-router";
import type { IncidentDetail } from "#contracts/incident";
import { useRoute } from "../../../api/queries.ts";
import { LoadedPage } from "../../../ui/loaded-page.tsx";
import { EmptyState } from "../../../ui/state.tsx";
import { isLeft } from "./walk.ts";

const back = { to: "/queue", text: "Back to the queue" };

/** The address of an incident opens the alert at which its first open question is asked, else its first alert. */
export function IncidentPage() {
  const { key = "" } = useParams();
  const incident = useRoute("incident", { params: { key }, query: { limit: 50 } });
  return (
    <LoadedPage query={incident} kind="Incident" back={back}>
      {(data) => <FirstQuestion incident={data} />}
    </LoadedPage>
  );
}

function FirstQuestion({ incident }: { readonly incident: IncidentDetail }) {
  const questions = useRoute("incidentQuestions", { params: { key: incident.key } });
  const [newest] = incident.items;
  if (newest === undefined) {
    return (
      <EmptyState
        title="This incident has no alerts"
        reason="They were removed from it or became part of another incident."
      />
    );
  }
  // Without its questions the incident still opens.
  if (questions.data === undefined && questions.error === null) {
    return (
      <LoadedPage query={questions} kind="Incident" back={back}>
        {() => null}
      </LoadedPage>
    );
  }
  const all = questions.data?.questions ?? [];
  const lead = (all.find(isLeft) ?? all[0])?.lead;
  const search = lead === undefined ? "" : `?${new URLSearchParams({ step: lead.stepId })}`;
  return <Navigate to={`/alerts/${encodeURIComponent(lead?.alertId ?? newest.id)}${search}`} replace />;
}
