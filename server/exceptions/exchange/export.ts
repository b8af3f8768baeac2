import type { ElasticItem, ElasticList } from "#contracts/elastic-exception";
import type { ExceptionRecord } from "#contracts/exception";
import type {
  ExceptionExport,
  ExceptionExportRequest,
  ExchangeForm,
  ExchangeFormat,
  ExchangeProof,
  ExportedException,
} from "#contracts/exception-exchange";
import type { RequestProblem } from "#contracts/problem";
import type { WorkProgress } from "#contracts/work";
import { compileCondition } from "../../condition/evaluate.ts";
import type { Macros } from "../../detection/languages/tstats/macros.ts";
import type { Rule } from "../../detection/rule.ts";
import { printMacrosConf } from "../../detection/rule-files/macros-conf.ts";
import { compileException } from "../../exception/active.ts";
import { isInForce } from "../../exception/condition.ts";
import { type ListLookup, noLists } from "../../exception/lists.ts";
import { rulesInScope } from "../../exception/scope.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Store } from "../../store/port.ts";
import { clauseOf } from "./clause.ts";
import { parseElasticFile, printElasticFile } from "./elastic-file.ts";
import { draftOfItem, itemsOf } from "./elastic-item.ts";
import { type Candidate, prove } from "./proof.ts";
import { filterDocumentOf } from "./sigma-filter.ts";
import { definitionOf, filterMacroOf, macroTermOf } from "./spl-macro.ts";

export interface ExportContext {
  readonly rules: readonly Rule[];
  readonly macros: Macros;
  readonly lists?: ListLookup;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/** What one exception adds to the exported text. */
interface Piece {
  readonly items?: readonly ElasticItem[];
  readonly list?: ElasticList | undefined;
  readonly clause?: string;
  readonly documents?: readonly string[];
  readonly terms?: readonly { readonly macro: string; readonly term: string }[];
  readonly broader: boolean;
  readonly narrower: boolean;
  readonly notes: readonly string[];
  readonly hides: Candidate["hides"];
}

const fileNames: Readonly<Record<ExchangeFormat, string>> = {
  elastic: "exceptions.ndjson",
  sigma: "filters.yml",
  spl: "macros.conf",
  kql: "exceptions.kql",
  eql: "exceptions.eql",
};

/**
 * Exports exceptions in a format of others. Each text is read again and compared with its exception on stored events;
 * one that hides more than the exception, or may and was not tested, is refused. See docs/decisions/0086.
 * Problem: `exception.not-found`.
 */
export async function exportExceptions(
  store: Store,
  { format, ids, withoutExpired = false }: ExceptionExportRequest,
  { rules, macros, lists = noLists, now, onProgress }: ExportContext,
): Promise<Result<ExceptionExport, RequestProblem>> {
  const all = await store.exceptions.all();
  const known = new Set(all.map(({ id }) => id));
  const unknown = ids?.find((id) => !known.has(id));
  if (unknown !== undefined) {
    return fail({ code: "exception.not-found", message: `No exception ${unknown}.`, at: { field: "ids" } });
  }
  const named = new Set(ids);
  const chosen = all
    .filter(({ id, disabledAt }) => (ids === undefined ? disabledAt === undefined : named.has(id)))
    .filter((record) => !withoutExpired || isInForce({ ...record, disabledAt: undefined }, now))
    .toSorted((left, right) => (left.createdAt < right.createdAt ? 1 : -1));
  const names = new Map(rules.map(({ id, name }) => [id, name]));
  const made = chosen.map((record) => ({ record, piece: pieceOf(format, record, { rules, macros, lists, names }) }));
  const candidates = made.flatMap(({ record, piece }) =>
    piece.ok ? [{ record, hides: piece.value.hides, piece: piece.value }] : [],
  );
  const proofs = await prove(store, rules, candidates, lists, onProgress);
  const proofOf = new Map(candidates.map(({ record }, index) => [record.id, proofs[index]]));
  const judged = made.map(({ record, piece }) => judge(record, piece, proofOf.get(record.id)));
  const exported = judged.flatMap(({ piece }) => piece ?? []);
  return ok({
    format,
    fileName: fileNames[format],
    text: exported.length === 0 ? "" : textOf(format, exported, macros),
    exported: exported.length,
    exceptions: judged.map(({ entry }) => entry),
  });
}

interface Judged {
  readonly entry: ExportedException;
  /** Absent if it was refused. */
  readonly piece?: Piece;
}

function judge({ id, name }: ExceptionRecord, made: Result<Piece, string>, proof: ExchangeProof | undefined): Judged {
  if (!made.ok) {
    return { entry: { id, name, notes: [], refused: made.error } };
  }
  const { broader, narrower } = made.value;
  const entry = { id, name, notes: [...made.value.notes], ...(proof && { proof }) };
  const refused = proof === undefined ? undefined : refusalOf(broader, proof);
  const misses = proof !== undefined && proof.positives.hidden < proof.positives.tested;
  return refused === undefined
    ? { entry: { ...entry, form: formFor(broader, narrower || misses) }, piece: made.value }
    : { entry: { ...entry, refused } };
}

function formFor(broader: boolean, narrower: boolean): ExchangeForm {
  return broader ? (narrower ? "different" : "broader") : narrower ? "narrower" : "equal";
}

function refusalOf(broader: boolean, { negatives, verdict }: ExchangeProof): string | undefined {
  if (negatives.hidden > 0) {
    return `Its nearest form would hide ${negatives.hidden} of ${negatives.tested} stored events that it does not hide.`;
  }
  return broader && verdict === "untested"
    ? "Its nearest form may hide more than it does, and there is no stored alert to test it on."
    : undefined;
}

interface PieceContext {
  readonly rules: readonly Rule[];
  readonly macros: Macros;
  readonly lists: ListLookup;
  readonly names: ReadonlyMap<string, string>;
}

function pieceOf(format: ExchangeFormat, record: ExceptionRecord, context: PieceContext): Result<Piece, string> {
  switch (format) {
    case "elastic":
      return elasticPiece(record, context);
    case "sigma":
      return sigmaPiece(record, context);
    case "spl":
      return splunkPiece(record, context);
    case "kql":
    case "eql": {
      const clause = clauseOf(record, format, context.lists);
      if (!clause.ok) {
        return clause;
      }
      const keeps = compileCondition(clause.value.keeps);
      return ok({ ...clause.value, clause: clause.value.text, hides: (_, { fields }) => !keeps(fields) });
    }
  }
}

function elasticPiece(record: ExceptionRecord, { names, lists }: PieceContext): Result<Piece, string> {
  const printed = itemsOf(record, names, lists);
  if (!printed.ok) {
    return printed;
  }
  const { items, list, adapted } = printed.value;
  const text = printElasticFile(list === undefined ? [] : [list], items);
  const read = parseElasticFile(text, fileNames.elastic);
  const drafts = read.items.map(({ value }) => draftOfItem(value, list));
  const failed = drafts.find((draft) => !draft.ok);
  if (read.problems.length > 0 || failed !== undefined) {
    return fail(`The item cannot be read again: ${read.problems[0]?.message ?? "its list is of another type"}`);
  }
  const tests = drafts.flatMap((draft) =>
    draft.ok ? [compileException({ ...draft.value.draft, id: record.id }, lists)] : [],
  );
  return ok({ ...adapted, items, list, hides: (_, event) => tests.some(({ matches }) => matches(event)) });
}

function sigmaPiece(record: ExceptionRecord, { rules, lists }: PieceContext): Result<Piece, string> {
  const scoped = rulesInScope(record, rules);
  const filtered = scoped.filter(
    ({ language, sigma }) => language === "sigma" && sigma?.correlation === undefined && sigma?.logSource !== undefined,
  );
  const bySource = Map.groupBy(filtered, ({ sigma }) => JSON.stringify(sigma?.logSource));
  const documents: string[] = [];
  const keepers = new Map<string, ReturnType<typeof compileCondition>>();
  const forms: { broader: boolean; narrower: boolean; notes: readonly string[] }[] = [];
  for (const [index, group] of [...bySource.values()].entries()) {
    const numbered = index === 0 ? record : { ...record, id: `${record.id}-${index + 1}` };
    const made = filterDocumentOf(numbered, group, group[0]?.sigma?.logSource ?? {}, lists);
    if (!made.ok) {
      return made;
    }
    documents.push(made.value.text);
    forms.push(made.value);
    const keeps = compileCondition(made.value.keeps);
    for (const id of made.value.ruleIds) {
      keepers.set(id, keeps);
    }
  }
  if (documents.length === 0) {
    return fail("None of its rules is a Sigma rule over single events.");
  }
  return ok({
    ...together(forms, scoped.length - filtered.length, "is not a Sigma rule over single events"),
    documents,
    hides: (rule, event) => elsewhere(record, keepers.get(rule), event, lists),
  });
}

function splunkPiece(record: ExceptionRecord, { rules, macros, lists }: PieceContext): Result<Piece, string> {
  const scoped = rulesInScope(record, rules);
  const filtered = scoped.filter((rule) => filterMacroOf(rule) !== undefined);
  const terms: { macro: string; term: string }[] = [];
  const keepers = new Map<string, ReturnType<typeof compileCondition>>();
  const forms: { broader: boolean; narrower: boolean; notes: readonly string[] }[] = [];
  for (const rule of filtered) {
    const made = macroTermOf(record, rule, macros, lists);
    if (!made.ok) {
      return made;
    }
    terms.push(made.value);
    forms.push(made.value);
    const [before, after] = [
      rule.body.kind === "not-evaluable" ? undefined : compileCondition(rule.body.condition),
      compileCondition(made.value.filtered),
    ];
    keepers.set(rule.id, (fields) => !(before?.(fields) ?? true) || after(fields));
  }
  if (terms.length === 0) {
    return fail("None of its rules is a tstats search that ends in a filter macro.");
  }
  return ok({
    ...together(forms, scoped.length - filtered.length, "has no filter macro"),
    terms,
    hides: (rule, event) => elsewhere(record, keepers.get(rule), event, lists),
  });
}

/** The rules that a format has no place for are not part of the text, so nothing is claimed about their events. */
function elsewhere(
  record: ExceptionRecord,
  keeps: ReturnType<typeof compileCondition> | undefined,
  event: Parameters<Candidate["hides"]>[1],
  lists: ListLookup,
): boolean {
  return keeps === undefined ? compileException(record, lists).matches(event) : !keeps(event.fields);
}

function together(
  forms: readonly { readonly broader: boolean; readonly narrower: boolean; readonly notes: readonly string[] }[],
  others: number,
  why: string,
) {
  const rest = others === 0 ? [] : [`Not for ${others} of its rules: it ${why}.`];
  return {
    broader: forms.some(({ broader }) => broader),
    narrower: others > 0 || forms.some(({ narrower }) => narrower),
    notes: [...new Set(forms.flatMap(({ notes }) => notes)), ...rest],
  };
}

function textOf(format: ExchangeFormat, pieces: readonly Piece[], macros: Macros): string {
  switch (format) {
    case "elastic": {
      const lists = new Map(pieces.flatMap(({ list }) => (list === undefined ? [] : [[list.list_id, list] as const])));
      return printElasticFile(
        [...lists.values()],
        pieces.flatMap(({ items = [] }) => items),
      );
    }
    case "sigma":
      return pieces.flatMap(({ documents = [] }) => documents).join("---\n");
    case "spl": {
      const byMacro = Map.groupBy(
        pieces.flatMap(({ terms = [] }) => terms),
        ({ macro }) => macro,
      );
      return printMacrosConf(
        [...byMacro].map(([name, terms]) => ({
          name,
          arguments: [],
          definition: definitionOf([...new Set(terms.map(({ term }) => term))], macros.get(name)),
        })),
      );
    }
    case "kql":
    case "eql":
      return `${pieces.flatMap(({ clause = [] }) => clause).join("\nand ")}\n`;
  }
}
