import { routes } from "#contracts/api";
import type { RequestProblem } from "#contracts/problem";
import type { RuleFolders } from "#contracts/rule";
import { fileVersion } from "../../authoring/save-file.ts";
import { sortedPage } from "../../lib/cursor.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { compareVersionTexts } from "../../ruleset/compare.ts";
import { ruleDetailOf } from "../../ruleset/detail.ts";
import { ruleFileIssuesOf, ruleFoldersOf } from "../../ruleset/folders.ts";
import { ruleFiguresOf, rulePageOf } from "../../ruleset/list.ts";
import { saveRule } from "../../ruleset/save.ts";
import { withVersion } from "../../store/audit/version.ts";
import type { AppContext } from "../context.ts";
import { foundOr404, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { authorityOf, personOf, waitingIn } from "../waiting.ts";

type Names =
  | "rules"
  | "ruleNames"
  | "fieldNames"
  | "rule"
  | "ruleSources"
  | "ruleComparison"
  | "ruleReport"
  | "ruleFolders"
  | "ruleFileIssues"
  | "setRuleEnabled"
  | "reloadRules"
  | "addRuleFolder"
  | "removeRuleFolder"
  | "checkRule"
  | "saveRule"
  | "startRuleRun"
  | "ruleRun"
  | "stopRuleRun";

/** Rules: folders, lists, versions, drafts, and runs over the stored events. */
export function ruleHandlers({ store, rules, runs, work, playbooks, now }: AppContext): Pick<Handlers, Names> {
  const folders = () =>
    withVersion<RuleFolders, RequestProblem>(store.audit, { kind: "rule-folder" }, async () =>
      ok(await ruleFoldersOf(rules.current)),
    );
  /** Two things of a rule can be edited: whether it runs, and its file. */
  const versioned = async <T>(id: string, read: () => Promise<Result<T, RequestProblem>>) => {
    const file = fileVersion(rules.current.entries.get(id)?.hash);
    const found = await withVersion(store.audit, { kind: "rule", ids: [id] }, read);
    return found.ok ? ok({ ...found.value, version: `${found.value.version}${file}` }) : found;
  };
  return {
    rules: async ({ query }) => ok(rulePageOf(rules.current, await ruleFiguresOf(store), query)),
    ruleNames: async ({ query }) =>
      ok(
        sortedPage(
          rules.current.rules.map(({ id, name, version, language }) => ({ id, name, version, language })),
          query,
          { types: ["string", "string"], keyOf: ({ id, name }) => [name, id] },
        ),
      ),
    fieldNames: async ({ query, ...call }) => {
      const names = await work.run("fieldNames", undefined, waitingIn(call));
      return names.ok ? ok(sortedPage(names.value, query, { types: ["string"], keyOf: (name) => [name] })) : names;
    },
    rule: ({ params: { id } }) =>
      versioned(id, async () => {
        const entry = rules.current.entries.get(id);
        return entry === undefined
          ? fail(notFound("rule", id))
          : ok(await ruleDetailOf(store, rules.current, playbooks, entry));
      }),
    ruleSources: async ({ params, ...call }) => {
      const sources = await work.run("ruleSources", { rule: params.id }, waitingIn(call));
      return sources.ok ? foundOr404(sources.value, "rule", params.id) : sources;
    },
    ruleComparison: async ({ query }) => {
      const [left, right] = await Promise.all(
        [
          { ruleId: query.leftRule, hash: query.left },
          { ruleId: query.rightRule, hash: query.right },
        ].map(async ({ ruleId, hash }) => (await store.ruleVersions.of(ruleId)).find((one) => one.hash === hash)),
      );
      return left === undefined || right === undefined
        ? fail(notFound("rule version", left === undefined ? query.left : query.right))
        : ok(compareVersionTexts(left, right, rules.current));
    },
    ruleReport: (call) => work.run("ruleReport", undefined, waitingIn(call)),
    ruleFileIssues: async ({ query }) => ok(ruleFileIssuesOf(rules.current, query)),
    ruleFolders: () => folders(),
    setRuleEnabled: async ({ params, body: { enabled, note }, actor, expected }) => {
      const changed = await rules.setEnabled(params.id, enabled, { actor, note, expected });
      return changed.ok ? versioned(params.id, async () => ok({ enabled })) : changed;
    },
    reloadRules: async ({ actor }) => ok(await ruleFoldersOf(await rules.reload(actor))),
    addRuleFolder: async ({ body: { path, note }, actor, expected }) => {
      const changed = await rules.addFolder(path, { actor, note, expected });
      return changed.ok ? folders() : changed;
    },
    removeRuleFolder: async ({ body: { path, note }, actor, expected }) => {
      const changed = await rules.removeFolder(path, { actor, note, expected });
      return changed.ok ? folders() : changed;
    },
    checkRule: ({ body, ...call }) => work.run("checkRule", body, waitingIn(call)),
    saveRule: async ({ body, expected, caller, ...call }) => {
      const { actor } = call;
      // Compiling a draft can take long.
      const rule = await work.run("draftRule", body.draft, waitingIn(call));
      if (!rule.ok) {
        return rule;
      }
      const authority = authorityOf(caller, routes.saveRule.access);
      const saved = await saveRule(
        { store, rules, now },
        { ...body, rule: rule.value },
        { actor, expected, authority },
      );
      return saved.ok ? versioned(saved.value.ruleId, async () => saved) : saved;
    },
    startRuleRun: async ({ body, ...call }) => {
      const { what } = body;
      const draft = what.kind === "draft" ? await work.run("draftRule", what.draft, waitingIn(call)) : ok(undefined);
      return draft.ok ? runs.start(body, personOf(call.actor), rules.current, draft.value) : draft;
    },
    ruleRun: async ({ params }) => foundOr404(runs.get(params.id), "rule run", params.id),
    stopRuleRun: async ({ params }) => foundOr404(runs.stop(params.id), "rule run", params.id),
  };
}
