import { randomUUID } from "node:crypto";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { withVersion } from "../../store/audit/version.ts";
import { mergeIncidents, splitIncident, unmergeIncident } from "../../triage/incident/membership.ts";
import { answerIncident } from "../../triage/incident/questions.ts";
import { transitionIncident } from "../../triage/incident/transition.ts";
import { incidentOf } from "../../triage/incident/view.ts";
import {
  assignableTo,
  assignIncident,
  commentOnIncident,
  incidentSubject,
  tagIncident,
} from "../../triage/incident/work.ts";
import type { RouteCall } from "../call-route.ts";
import type { AppContext } from "../context.ts";
import { foundOr404 } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { waitingIn } from "../waiting.ts";

type Names =
  | "incident"
  | "incidentQuestions"
  | "incidentAnswer"
  | "incidentTransition"
  | "incidentAssignee"
  | "incidentTags"
  | "incidentComment"
  | "splitIncident"
  | "mergeIncident"
  | "unmergeIncident"
  | "assignees";

/** Alerts in the response to a change; the incident itself is read in pages. */
const LISTED = 50;

/** Incidents as analysts work on them. */
export function incidentHandlers({ store, playbooks, work, now }: AppContext): Pick<Handlers, Names> {
  type Call = Pick<RouteCall<"incidentTags">, "params" | "actor" | "expected">;
  const versioned = async <T>(key: string, read: () => Promise<Result<T, RequestProblem>>) =>
    withVersion(store.audit, await incidentSubject(store, key), read);
  const detail = (key: string, query: { readonly limit: number; readonly cursor?: string } = { limit: LISTED }) =>
    versioned(key, async () => foundOr404(await incidentOf(store, key, query), "incident", key));
  const questions = ({
    params,
    ...call
  }: {
    readonly params: { readonly key: string };
  } & Pick<RouteCall<"incidentQuestions">, "actor" | "signal">) =>
    versioned(params.key, async () => {
      const found = await work.run("incidentQuestions", { key: params.key, playbooks: playbooks.all }, waitingIn(call));
      return found.ok ? foundOr404(found.value, "incident", params.key) : found;
    });
  const changeOf = ({ params: { key }, actor, expected }: Call) => ({
    ...{ key, actor, expected },
    at: now(),
    newId: randomUUID,
  });
  const detailAfter = (key: string, changed: Result<unknown, RequestProblem>) =>
    changed.ok ? detail(key) : Promise.resolve(fail(changed.error));
  const moved = async (changed: Result<string, RequestProblem>) => {
    if (!changed.ok) {
      return changed;
    }
    const key = changed.value;
    return versioned(key, async () => ok({ key }));
  };
  return {
    incident: ({ params, query }) => detail(params.key, query),
    incidentQuestions: questions,
    incidentAnswer: async ({ body, ...call }) => {
      const change = { ...changeOf(call), questionId: call.params.question, request: body };
      const answered = await answerIncident(store, playbooks, change);
      return answered.ok ? questions(call) : answered;
    },
    incidentTransition: async ({ body, ...call }) =>
      detailAfter(call.params.key, await transitionIncident(store, playbooks, { ...changeOf(call), request: body })),
    incidentAssignee: async ({ body, ...call }) =>
      detailAfter(call.params.key, await assignIncident(store, changeOf(call), body.assignee)),
    incidentTags: async ({ body, ...call }) =>
      detailAfter(call.params.key, await tagIncident(store, changeOf(call), body.tags)),
    incidentComment: async ({ body, ...call }) =>
      detailAfter(call.params.key, await commentOnIncident(store, changeOf(call), body.text)),
    splitIncident: async ({ body, ...call }) => moved(await splitIncident(store, { ...changeOf(call), request: body })),
    mergeIncident: async ({ body, ...call }) =>
      moved(await mergeIncidents(store, { ...changeOf(call), request: body })),
    unmergeIncident: async ({ body, ...call }) =>
      moved(await unmergeIncident(store, { ...changeOf(call), reason: body.reason })),
    assignees: async () => ok({ items: await assignableTo(store) }),
  };
}
