import type { ExceptionDraft } from "#contracts/exception";
import type { Config } from "../config.ts";
import { draftLists } from "../exceptions/draft-lists.ts";
import { type DryRunDetail, type DryRunOptions, dryRunDetail } from "../exceptions/dry-run.ts";
import type { Store } from "../store/port.ts";
import type { Content } from "./open.ts";

/** What a dry run needs besides the store, as the server has it. */
export async function runOptions(
  store: Store,
  { playbooks }: Pick<Content, "playbooks">,
  { broadExceptions }: Pick<Config, "broadExceptions">,
  draft: ExceptionDraft,
): Promise<DryRunOptions> {
  const lists = await draftLists(store, draft);
  const known = new Set((await store.valueLists.all()).map(({ id }) => id));
  return { lists, context: { playbooks, policy: broadExceptions, listKnown: (id) => known.has(id) } };
}

/** The dry run of a draft from a file. */
export async function runDraft(
  store: Store,
  content: Pick<Content, "playbooks" | "ruleset">,
  config: Pick<Config, "broadExceptions">,
  draft: ExceptionDraft,
): Promise<DryRunDetail> {
  return dryRunDetail(store, content.ruleset.rules, draft, Date.now, await runOptions(store, content, config, draft));
}
