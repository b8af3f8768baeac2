import { hash, randomUUID } from "node:crypto";
import type { RequestProblem } from "#contracts/problem";
import { playbookRoutes } from "#contracts/routes/playbooks";
import type { AlertRecord } from "../../alert/record.ts";
import { fileVersion } from "../../authoring/save-file.ts";
import { sortedPage } from "../../lib/cursor.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { tickItem } from "../../playbooks/answer.ts";
import { playbookDetail, playbookSummary } from "../../playbooks/detail.ts";
import { earlierAnswersOf } from "../../playbooks/earlier-answers.ts";
import { playbookFile, playbookText, playbookVersion, savePlaybook } from "../../playbooks/save.ts";
import { missingPlaybook, playbookPreview, playbookView } from "../../playbooks/view.ts";
import { withVersion } from "../../store/audit/version.ts";
import { choosePlaybook } from "../../triage/choose-playbook.ts";
import { answerAlert } from "../../triage/incident/questions.ts";
import type { AppContext } from "../context.ts";
import { notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { suggestInWorker } from "../suggest.ts";
import { authorityOf, waitingIn } from "../waiting.ts";

type Names = keyof typeof playbookRoutes;

export function playbookHandlers({ store, playbooks, work, now }: AppContext): Pick<Handlers, Names> {
  const withAlert = async <T>(
    id: string,
    work: (alert: AlertRecord) => Promise<Result<T, RequestProblem>>,
  ): Promise<Result<T, RequestProblem>> => {
    const alert = await store.alerts.get(id);
    return alert === undefined ? fail(notFound("alert", id)) : work(alert);
  };
  const view = (alert: AlertRecord) =>
    withVersion(store.audit, { kind: "alert", ids: [alert.id] }, () => playbookView(store, playbooks, alert));
  const refusedOr = (problem: RequestProblem | undefined, alert: AlertRecord) =>
    problem === undefined ? view(alert) : fail(problem);
  /** A playbook is edited as its file, which may be edited outside of the workbench, too. */
  const versioned = async <T>(id: string, read: () => Promise<Result<T, RequestProblem>>) => {
    const text = await playbookText(playbooks.get(id));
    const hashOfText = text === undefined ? undefined : hash("sha256", text);
    const found = await withVersion(store.audit, { kind: "playbook", ids: [id] }, read);
    return found.ok ? ok({ ...found.value, version: `${found.value.version}${fileVersion(hashOfText)}` }) : found;
  };
  return {
    playbook: ({ params }) => withAlert(params.id, view),
    choosePlaybook: ({ params, body, actor, expected }) =>
      withAlert(params.id, async (alert) => {
        const change = { request: body, actor, at: now(), expected };
        const refused = await choosePlaybook(store, playbooks, alert, change);
        return refused === undefined ? withAlert(alert.id, view) : fail(refused);
      }),
    playbookDetail: async ({ params }) => {
      const playbook = playbooks.get(params.playbook);
      return playbook === undefined ? fail(missingPlaybook(playbooks, params.playbook)) : ok(playbookDetail(playbook));
    },
    playbookStatistics: async ({ params, query, ...call }) =>
      playbooks.get(params.playbook) === undefined
        ? fail(missingPlaybook(playbooks, params.playbook))
        : work.run("playbookStatistics", { ...params, ...query }, waitingIn(call)),
    playbookFile: ({ params }) =>
      versioned(params.playbook, () => playbookFile(store.audit, playbooks, params.playbook)),
    playbookVersion: ({ params }) => playbookVersion(store.audit, playbooks, params.playbook, params.version),
    playbookFolders: async () => ok({ folders: [...(await playbooks.folders())], problems: [...playbooks.problems] }),
    checkPlaybook: ({ body, ...call }) => work.run("checkPlaybook", body, waitingIn(call)),
    savePlaybook: async ({ body, expected, caller, ...call }) => {
      const { actor } = call;
      const check = await work.run("checkPlaybook", { text: body.text, name: body.name }, waitingIn(call));
      if (!check.ok) {
        return check;
      }
      const authority = authorityOf(caller, playbookRoutes.savePlaybook.access);
      const saved = await savePlaybook({ store, playbooks, now }, body, check.value, { actor, expected, authority });
      return saved.ok ? versioned(saved.value.id, async () => saved) : saved;
    },
    attachedText: async ({ params: { hash: sha256 } }) => {
      const text = (await store.triage.attachedTexts([sha256])).get(sha256);
      return text === undefined
        ? fail({ code: "attachment.not-found", message: "No text with this hash is attached to an answer." })
        : ok({ sha256, bytes: Buffer.byteLength(text), text });
    },
    playbookPreview: ({ params }) =>
      withAlert(params.id, (alert) => playbookPreview(store, playbooks, alert, params.playbook)),
    stepQuery: ({ params, query, ...call }) =>
      withAlert(params.id, (alert) =>
        work.run("stepQuery", { alert: alert.id, query: params.query, ...query }, waitingIn(call)),
      ),
    suggestion: async ({ params, query, ...call }) => {
      const found = await withAlert(params.id, (alert) =>
        work.run("suggestion", { alert: alert.id, step: params.step, ...query }, waitingIn(call)),
      );
      return found.ok ? ok({ suggestion: found.value }) : found;
    },
    earlierAlerts: ({ params }) =>
      withAlert(params.id, async (alert) => ok(await earlierAnswersOf(store, playbooks, alert))),
    answer: ({ params, body, actor, expected, ...call }) =>
      withAlert(params.id, async (alert) => {
        const change = { stepId: params.step, request: body, actor, at: now(), expected, newId: randomUUID };
        const suggest = suggestInWorker(work, waitingIn({ actor, ...call }));
        return refusedOr(await answerAlert(store, playbooks, alert, change, suggest), alert);
      }),
    checklist: ({ params, body, actor, expected }) =>
      withAlert(params.id, async (alert) => {
        const by = { actor, at: now(), expected };
        return refusedOr(await tickItem(store, playbooks, alert, params.item, body.done, by), alert);
      }),
    playbooks: async ({ query }) =>
      ok(
        sortedPage(playbooks.all.map(playbookSummary), query, {
          types: ["string", "string"],
          keyOf: ({ title, id }) => [title, id],
        }),
      ),
  };
}
