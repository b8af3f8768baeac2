import { hash } from "node:crypto";
import { z } from "zod";
import type { Problem } from "#contracts/problem";
import type { Places } from "../../detection/rule-files/places.ts";
import { sigmaFile } from "../../detection/rule-files/sigma-rule.ts";
import { parseYamlDocuments, yamlPlaces } from "../../detection/rule-files/yaml-document.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { PlaybookQuery, Provider, SigmaSearch } from "../playbook.ts";
import { compileSearch, expanded, isAboutAlerts, placeholdersIn } from "../sigma-search.ts";
import { searchedKind } from "./searched.ts";
import { fieldsOfName } from "./sigma-fields.ts";
import { slug } from "./slug.ts";

/** A search of a Security Onion playbook: the parts of a Sigma rule that select, and what to show. */
const searchFile = z.looseObject({
  logsource: sigmaFile.shape.logsource.unwrap(),
  detection: sigmaFile.shape.detection.unwrap(),
  fields: z.array(z.string()).default([]),
});

/** A range such as `-30d`, `+15m` or `+/-1h`, as the edges of a window. */
const range = /^(\+\/-|-|\+)(\d{1,6})([smhdwMy])$/;

interface SigmaQuestion {
  readonly question: string;
  readonly query: string;
  readonly range: string;
}

/**
 * Compiles a search in Sigma to a query that runs in place. A problem has its place in the search, or in the file by
 * `places` and the path of the question.
 */
export function compileSigmaQuery(
  { question, query: text, range: window }: SigmaQuestion,
  places: Places,
  path: readonly (string | number)[],
  file: string,
): Result<PlaybookQuery, Problem> {
  const refuse = (message: string, inner: readonly (string | number)[] = []): Result<never, Problem> => {
    const at = inner.length === 0 ? undefined : yamlPlaces(text).of(inner);
    return fail({
      code: "playbook.invalid-query",
      message: `the search of "${question}" cannot be run: ${message}`,
      at: { ...places.inside([...path, "query"], text, at), file },
      remedy: "The search stays in the text of the step.",
    });
  };
  const documents = parseYamlDocuments(text);
  if (!documents.ok) {
    const { message, at } = documents.error;
    return fail({
      code: "playbook.invalid-query",
      message: `the search of "${question}" is no valid YAML: ${message}`,
      at: { ...places.inside([...path, "query"], text, at), file },
      remedy: "The search stays in the text of the step.",
    });
  }
  const checked = searchFile.safeParse(documents.value[0]);
  if (!checked.success || documents.value.length > 1) {
    const issue = checked.error?.issues[0];
    const where = (issue?.path ?? []).map((step) => (typeof step === "number" ? step : String(step)));
    return refuse(issue === undefined ? "it has several documents" : `${where.join(".")}: ${issue.message}`, where);
  }
  const { condition: conditions, timeframe, ...selections } = checked.data.detection;
  if (timeframe !== undefined) {
    return refuse("a timeframe counts events, which is no search", ["detection", "timeframe"]);
  }
  const edges = windowOf(window);
  if (edges === undefined) {
    return fail({
      code: "playbook.invalid-query",
      message: `the range "${window}" of "${question}" cannot be read; the search is not run`,
      at: { ...places.of([...path, "range"]), file },
      remedy: "Write -30d, +15m or +/-1h.",
    });
  }
  const placeholders: Record<string, readonly string[]> = {};
  for (const name of placeholdersIn(text)) {
    const fields = fieldsOfName(name);
    if (fields === undefined) {
      const before = text.slice(0, text.indexOf(`%${name}%`)).split("\n");
      const at = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
      const message = `the search of "${question}" cannot be run: alerts have no value for %${name}%`;
      return fail({
        code: "playbook.invalid-query",
        message,
        at: { ...places.inside([...path, "query"], text, at), file },
        remedy: "The search stays in the text of the step.",
      });
    }
    placeholders[name] = fields;
  }
  const search: SigmaSearch = { logSource: checked.data.logsource, selections, conditions, text, placeholders };
  const compiled = compileSearch({ ...search, selections: expanded(selections, () => ["1"]) });
  if (!compiled.ok) {
    return refuse(compiled.error.message, compiled.error.path);
  }
  return ok(queryOf(question, search, edges, checked.data.fields));
}

function windowOf(text: string): Pick<PlaybookQuery, "from" | "to"> | undefined {
  if (text === "") {
    return {};
  }
  const [, sign = "", amount = "", unit = ""] = range.exec(text.trim()) ?? [];
  return amount === ""
    ? undefined
    : {
        from: sign === "+" ? "now" : `now-${amount}${unit}`,
        to: sign === "-" ? "now" : `now+${amount}${unit}`,
      };
}

function queryOf(
  label: string,
  search: SigmaSearch,
  window: Pick<PlaybookQuery, "from" | "to">,
  fields: readonly string[],
): PlaybookQuery {
  const target = isAboutAlerts(search.logSource) ? "alerts" : "events";
  const category = categoryOf.get(search.logSource.category ?? "");
  const common = { excluded: false, caseInsensitive: false } as const;
  const provider: Provider = { type: "sigma", field: isOfOneHost(search) ? "host.name" : "", search, ...common };
  const kind = searchedKind(target, [
    category === undefined ? [provider] : [{ type: "phrase", field: "event.category", value: category, ...common }],
  ]);
  const columns = fields.flatMap((name) => fieldsOfName(name) ?? []);
  const digest = hash("sha256", JSON.stringify([label, search.text, window]), "hex").slice(0, 8);
  return {
    id: `${slug(label, 5)}-${digest}`,
    label,
    target,
    ...window,
    groups: [{ label: "the search", providers: [provider] }],
    columns: columns.length === 0 ? kind.columns : [...new Set(columns)],
    shownBy: kind.shownBy,
    nothing: kind.nothing,
  };
}

const categoryOf: ReadonlyMap<string, string> = new Map([
  ["process_creation", "process"],
  ["file_event", "file"],
  ["network_connection", "network"],
  ["registry_event", "registry"],
  ["dns_query", "dns"],
]);

/** Whether nothing but the host of the alert can be found: its only selection names it. */
function isOfOneHost({ selections, conditions }: SigmaSearch): boolean {
  const [name = "", second] = conditions;
  const selection = selections[name.trim()];
  return (
    second === undefined &&
    typeof selection === "object" &&
    selection !== null &&
    !Array.isArray(selection) &&
    Object.entries(selection).some(([key, value]) => key === "hostname|expand" && value === "%hostname%")
  );
}
