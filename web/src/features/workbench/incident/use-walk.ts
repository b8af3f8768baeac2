import { useCallback, useEffect, useRef } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { PlaybookView, StepView } from "#contracts/playbook";
import { useResponses } from "../../../api/queries.ts";
import type { IncidentState } from "./use-incident.ts";
import { type Place, placeOf, questionBeside, questionOf } from "./walk.ts";

/**
 * Ways from question to question of the incident, across its alerts. Where the open step belongs to none of them (an
 * alert that was removed, or is closed while others are open), from step to step of the playbook.
 */
export function useWalk({
  alertId,
  view,
  step,
  goTo,
  incident,
  saved,
}: {
  readonly alertId: string;
  readonly view: PlaybookView | undefined;
  readonly step: StepView | undefined;
  readonly goTo: (step: string) => void;
  readonly incident: IncidentState;
  /** Whether the latest answer was saved, once that is known. */
  readonly saved: () => Promise<boolean>;
}) {
  const { open, prepare, isLeaving } = useOpenPlace(alertId, goTo, saved);
  const beside = useCallback(
    (by: 1 | -1): Place | undefined => {
      if (view === undefined || step === undefined) {
        return undefined;
      }
      const questions = incident.questions?.questions ?? [];
      const current = questionOf(questions, alertId, step);
      if (current === undefined) {
        const next = view.steps[view.steps.indexOf(step) + by];
        return next && { alertId, stepId: next.id };
      }
      const next = questionBeside(questions, current.id, by);
      return next && placeOf(next, alertId, view.steps);
    },
    [alertId, view, step, incident.questions],
  );
  useEffect(() => {
    const next = beside(1);
    if (next !== undefined) {
      void prepare(next);
    }
  }, [beside, prepare]);
  const move = useCallback(
    (by: 1 | -1) => {
      const next = beside(by);
      if (next !== undefined) {
        void open(next);
      }
    },
    [beside, open],
  );
  return { move, open, isLeaving };
}

/** Opens steps of this and of other alerts. Another alert is loaded first, so that its page shows at once. */
function useOpenPlace(alertId: string, goTo: (step: string) => void, saved: () => Promise<boolean>) {
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const { load } = useResponses();
  const leaving = useRef(false);
  const mounted = useRef(false);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  const latestSearch = useRef(search);
  latestSearch.current = search;
  const prepare = useCallback(
    async ({ alertId: id }: Place) => {
      if (id !== alertId) {
        const params = { id };
        await Promise.all([load("alert", { params }), load("playbook", { params }), load("lineage", { params })]);
      }
    },
    [alertId, load],
  );
  const open = useCallback(
    async (place: Place) => {
      if (leaving.current) {
        return;
      }
      if (place.alertId === alertId) {
        goTo(place.stepId);
        return;
      }
      leaving.current = true;
      // An answer that was refused keeps its step open, where the refusal is shown.
      const [mayLeave] = await Promise.all([saved(), prepare(place)]);
      leaving.current = false;
      if (mayLeave && mounted.current) {
        const next = new URLSearchParams(latestSearch.current);
        next.set("step", place.stepId);
        next.delete("node");
        void navigate(`/alerts/${encodeURIComponent(place.alertId)}?${next}`);
      }
    },
    [alertId, goTo, saved, prepare, navigate],
  );
  return { open, prepare, isLeaving: useCallback(() => leaving.current, []) };
}
