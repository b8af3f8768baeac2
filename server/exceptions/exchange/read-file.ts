import type { ExceptionDraft } from "#contracts/exception";
import type { ExceptionImportRequest } from "#contracts/exception-exchange";
import type { Problem } from "#contracts/problem";
import type { Rule } from "../../detection/rule.ts";
import { parseElasticFile } from "./elastic-file.ts";
import { draftOfItem, type ItemDraft, type Scope } from "./elastic-item.ts";
import { readFilters } from "./sigma-import.ts";

/** An exception of a file, with the rules that the file names for it. */
export interface ReadException {
  readonly line: number;
  readonly itemId: string;
  readonly draft: Omit<ExceptionDraft, "ruleIds" | "ruleTags" | "allRules">;
  readonly scope: Scope | undefined;
}

export interface ReadFile {
  readonly exceptions: readonly ReadException[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Reads a file of exceptions in the given format. */
export function readExchangeFile(
  { format, text, file }: Pick<ExceptionImportRequest, "format" | "text" | "file">,
  rules: readonly Rule[],
): ReadFile {
  return format === "elastic" ? readElastic(text, file, rules) : readFilters(text, file, rules);
}

function readElastic(text: string, file: string, rules: readonly Rule[]): ReadFile {
  const { lists, items, rulesOf, problems } = parseElasticFile(text, file);
  const byId = new Map(lists.map(({ value }) => [value.list_id, value]));
  const made: { readonly line: number; readonly item: ItemDraft; readonly id: string; readonly listId: string }[] = [];
  const refused: Problem[] = [];
  const warnings: Problem[] = [];
  for (const { line, value } of items) {
    const item = draftOfItem(value, byId.get(value.list_id));
    const at = { file, line, field: "list_id" };
    if (!item.ok) {
      refused.push({ code: "exchange.line", message: item.error, at });
      continue;
    }
    if (!byId.has(value.list_id)) {
      const message = `the list ${value.list_id} is not in the file`;
      warnings.push({ code: "exchange.list-unknown", message, at });
    }
    made.push({ line, item: item.value, id: value.item_id, listId: value.list_id });
  }
  const used = new Set(items.map(({ value }) => value.list_id));
  for (const { line, value } of lists.filter((list) => !used.has(list.value.list_id))) {
    const message = `the list ${value.list_id} has no items, so nothing of it is kept`;
    warnings.push({ code: "exchange.skipped", message, at: { file, line } });
  }
  const referring = (listId: string) => [
    ...new Set([
      ...(rulesOf.get(listId) ?? []),
      ...rules.filter(({ exceptionLists }) => exceptionLists?.includes(listId)).map(({ id }) => id),
    ]),
  ];
  // Further groups of an exception that an earlier export wrote as items of their own.
  const mains = new Set(made.filter(({ item }) => item.alternativeOf === undefined).map(({ id }) => id));
  const isGroup = ({ item }: (typeof made)[number]) =>
    item.alternativeOf !== undefined && mains.has(item.alternativeOf);
  const groups = Map.groupBy(made.filter(isGroup), ({ item }) => item.alternativeOf);
  return {
    exceptions: made
      .filter((one) => !isGroup(one))
      .map(({ line, id, listId, item }) => {
        const named = referring(listId);
        const more = (groups.get(id) ?? []).toSorted((left, right) => (left.id < right.id ? -1 : 1));
        const alternatives = more.map((group) => group.item.draft.entries);
        return {
          line,
          itemId: id,
          draft: { ...item.draft, ...(alternatives.length === 0 ? {} : { alternatives }) },
          scope: named.length > 0 ? { ruleIds: named } : item.scope,
        };
      }),
    problems: [...problems, ...refused].toSorted((left, right) => (left.at?.line ?? 0) - (right.at?.line ?? 0)),
    warnings,
  };
}
