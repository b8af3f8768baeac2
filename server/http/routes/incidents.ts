import { randomUUID } from "node:crypto";
import type { RequestProblem } from "#contracts/problem";
import { ok, type Result } from "../../lib/result.ts";
import { withVersion } from "../../store/audit/version.ts";
import { mergeIncidents, splitIncident, unmergeIncident } from "../../triage/incident/membership.ts";
import { answerIncident } from "../../triage/incident/questions.ts";
import { transitionIncident } from "../../triage/incident/transition.ts";
import { incidentOf } from "../../triage/incident/view.ts";
import {
  assignableTo,
  assignIncident,
  commentOnIncident,
  currentIncident,
  type IncidentChange,
  incidentSubject,
  tagIncident,
} from "../../triage/incident/work.ts";
import type { RouteCall } from "../call-route.ts";
import type { AppContext } from "../context.ts";
import { foundOr404 } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { suggestInWorker } from "../suggest.ts";
import { waitingIn } from "../waiting.ts";

type Names =
  | "incident"
  | "incidentQuestions"
  | "incidentBundle"
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
export function incidentHandlers(context: AppContext): Pick<Handlers, Names> {
  const { store, playbooks, work, now, version } = context;
  const { receivers } = context.deliveries;
  type Call = Pick<RouteCall<"incidentTags">, "params" | "actor" | "expected">;
  const versioned = async <T>(asked: string, read: (key: string) => Promise<Result<T, RequestProblem>>) => {
    const key = await currentIncident(store, asked);
    return withVersion(store.audit, await incidentSubject(store, key), () => read(key));
  };
  const detail = (asked: string, query: { readonly limit: number; readonly cursor?: string } = { limit: LISTED }) =>
    versioned(asked, async (key) => foundOr404(await incidentOf(store, key, query), "incident", key));
  const questions = (
    call: Pick<RouteCall<"incidentQuestions">, "actor" | "signal"> & { readonly params: { readonly key: string } },
  ) =>
    versioned(call.params.key, async (key) => {
      const found = await work.run("incidentQuestions", { key }, waitingIn(call));
      return found.ok ? foundOr404(found.value, "incident", key) : found;
    });
  const changeOf = async ({ params, actor, expected }: Call) => {
    const key = await currentIncident(store, params.key);
    return { ...{ key, actor, expected }, at: now(), newId: randomUUID };
  };
  const detailAfter = async (call: Call, change: (by: IncidentChange) => Promise<Result<unknown, RequestProblem>>) => {
    const changed = await change(await changeOf(call));
    return changed.ok ? detail(call.params.key) : changed;
  };
  const moved = (key: Result<string, RequestProblem>) => (key.ok ? ok({ key: key.value }) : key);
  return {
    incident: ({ params, query }) => detail(params.key, query),
    incidentQuestions: questions,
    incidentBundle: ({ params, query, ...call }) => {
      const actor = { name: call.actor.name };
      return work.run("incidentBundle", { ...params, ...query, actor, version }, waitingIn(call));
    },
    incidentAnswer: async ({ body, ...call }) => {
      const change = { ...(await changeOf(call)), questionId: call.params.question, request: body };
      const answered = await answerIncident(store, playbooks, change, suggestInWorker(work, waitingIn(call)));
      return answered.ok ? questions(call) : answered;
    },
    incidentTransition: ({ body, ...call }) =>
      detailAfter(call, (by) => transitionIncident(store, playbooks, { ...by, request: body, receivers })),
    incidentAssignee: ({ body, ...call }) => detailAfter(call, (by) => assignIncident(store, by, body.assignee)),
    incidentTags: ({ body, ...call }) => detailAfter(call, (by) => tagIncident(store, by, body.tags)),
    incidentComment: async ({ body, ...call }) => {
      const changed = await detailAfter(call, (by) => commentOnIncident(store, by, body.text));
      return changed.ok ? ok(changed.value.content) : changed;
    },
    splitIncident: async ({ body, ...call }) => {
      const split = await splitIncident(store, { ...(await changeOf(call)), request: body });
      return split.ok ? versioned(call.params.key, async () => ok({ key: split.value })) : split;
    },
    mergeIncident: async ({ body, ...call }) =>
      moved(await mergeIncidents(store, { ...(await changeOf(call)), request: body })),
    unmergeIncident: async ({ body, ...call }) =>
      moved(await unmergeIncident(store, { ...(await changeOf(call)), reason: body.reason })),
    assignees: async () => ok({ names: [...(await assignableTo(store))] }),
  };
}
