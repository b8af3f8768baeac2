import { useCallback, useState } from "react";
import type { IncidentQuestion, IncidentQuestions } from "#contracts/incident";
import type { Answer, AnswerRequest, PlaybookView, StepView } from "#contracts/playbook";
import type { Seen } from "../../../api/client.ts";
import { useChange, useResponses } from "../../../api/queries.ts";
import type { IncidentState } from "./use-incident.ts";
import { type AnswerScope, processesIn, questionOf } from "./walk.ts";

/** The question of the incident that the open step asks, what an answer counts for, and how it is given. */
export function useSharedQuestion(alertId: string, step: StepView | undefined, { key, questions }: IncidentState) {
  const [chosen, setChosen] = useState<{ readonly step: string; readonly scope: AnswerScope }>();
  const { put } = useResponses();
  const params = { key };
  const question =
    questions === undefined || step === undefined ? undefined : questionOf(questions.questions, alertId, step);
  // A choice holds for one step: forgotten, it would leave processes out of the next answer.
  const scope = chosen !== undefined && chosen.step === step?.id ? chosen.scope : "all";
  const { mutateAsync } = useChange("incidentAnswer", (response) => {
    put("incidentQuestions", { params }, () => response);
    put("playbook", { params: { id: alertId } }, (view) => withAnswers(view, alertId, response));
  });
  const setScope = useCallback(
    (next: AnswerScope) => setChosen(step === undefined ? undefined : { step: step.id, scope: next }),
    [step],
  );
  const answer = useCallback(
    async (body: Pick<AnswerRequest, "value" | "note" | "evidence" | "attachments">, seen: Seen) => {
      if (question !== undefined) {
        await mutateAsync({
          params: { key, question: question.id },
          // The processes that are shown: one that joins meanwhile is not covered unseen.
          body: { ...body, processes: [...processesIn(question, scope, alertId)] },
          seen,
        });
      }
    },
    [key, question, scope, alertId, mutateAsync],
  );
  return { question, scope, setScope, answer: question === undefined ? undefined : answer };
}

export type SharedQuestion = ReturnType<typeof useSharedQuestion>;

/** The playbook of an alert with the answers to the questions of its incident, until it is read again. */
function withAnswers(view: PlaybookView, alertId: string, { questions }: IncidentQuestions): PlaybookView {
  return {
    ...view,
    steps: view.steps.map((step) => {
      const question = questionOf(questions, alertId, step);
      const answer = question && answerFor(question, alertId);
      return answer === undefined ? step : { ...step, answer: { ...answer, stepId: step.id } };
    }),
  };
}

function answerFor(question: IncidentQuestion, alertId: string): Answer | undefined {
  return question.processes.find(({ alertIds }) => alertIds.includes(alertId))?.answer;
}
