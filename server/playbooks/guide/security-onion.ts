import type { Problem } from "#contracts/problem";
import type { Places } from "../../detection/rule-files/places.ts";
import { append } from "../../lib/append.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { ConditionParser } from "../parse.ts";
import type { AppliesTo, Playbook, PlaybookQuery, Step } from "../playbook.ts";
import { topicOf } from "../sections.ts";
import { fieldsOfSigmaSearch } from "./sigma-fields.ts";
import { compileSigmaQuery } from "./sigma-query.ts";
import { distinctName, idOfText, slug, type TakenNames } from "./slug.ts";
import { fencedText } from "./texts.ts";
import { listOf, mapOf, markdownOfValue, textOf, textsOf } from "./yaml-text.ts";

/** Whether a YAML value is a playbook of Security Onion. */
export function looksLikeSecurityOnion(value: unknown): boolean {
  const map = mapOf(value);
  return map !== undefined && Array.isArray(map["questions"]) && ("name" in map || "detection_id" in map);
}

const known = new Set(["name", "id", "description", "type", "questions", "contributors", "created", "modified"]);
const knownOfDetection = new Set(["detection_id", "detection_category", "detection_type"]);
const knownOfQuestion = new Set(["question", "context", "range", "query", "answer_sources"]);

/**
 * Compiles a playbook of Security Onion: one step per question. Its queries are searches in Sigma with placeholders,
 * which run in place with the values of the alert. One that cannot stays readable, with a warning at its place.
 */
export function compileSecurityOnion(
  value: unknown,
  { file, places }: { readonly file: string; readonly places: Places },
  parseCondition: ConditionParser,
): Result<Playbook, readonly Problem[]> {
  const map = mapOf(value) ?? {};
  const name = textOf(map["name"]) || slug(file, 8);
  const ids: TakenNames = new Map();
  const topics: TakenNames = new Map();
  const warnings: Problem[] = [];
  const queries: PlaybookQuery[] = [];
  const steps = listOf(map["questions"]).flatMap((entry, index): readonly Step[] => {
    const question = mapOf(entry);
    const text = textOf(question?.["question"]);
    if (question === undefined || text === "") {
      const message = `question ${index + 1} has no text; it is left out`;
      const at = { ...places.of(["questions", index]), file, field: `questions.${index}.question` };
      warnings.push({ code: "playbook.front-matter", message, at });
      return [];
    }
    const query = queryOf(question, text, places, index, file);
    append(warnings, query === undefined || query.ok ? [] : [query.error]);
    append(queries, query?.ok === true ? [query.value] : []);
    const one = stepOf(question, text, ids, query?.ok === true ? query.value : undefined);
    return [{ ...one, topic: distinctName(one.topic, topics, " ") }];
  });
  if (steps.length === 0) {
    return fail([{ code: "playbook.no-steps", message: "the playbook has no questions", at: { file, line: 1 } }]);
  }
  const others = Object.fromEntries(
    Object.entries(map).filter(([key]) => !known.has(key) && !knownOfDetection.has(key)),
  );
  const more = markdownOfValue(others);
  const contributors = textsOf(map["contributors"]);
  return ok({
    id: `security-onion-${slug(textOf(map["id"]) || name, 8)}`,
    title: name,
    version: textOf(map["modified"]) || textOf(map["created"]) || "1",
    origin: { kind: "security-onion" },
    applies: appliesTo(map, parseCondition),
    source: `Security Onion playbook${contributors.length === 0 ? "" : ` by ${contributors.join(", ")}`}`,
    summary: textOf(map["description"]),
    steps,
    queries: [...new Map(queries.map((one) => [one.id, one])).values()],
    checks: [],
    decision: { benign: "most", secondAnalyst: false },
    closingPolicy: [],
    falsePositives: [],
    checklists: [],
    texts: more.trim() === "" ? [] : [{ title: "More about the playbook", markdown: more }],
    relatedRules: [],
    file,
    warnings,
  });
}

function queryOf(
  question: Readonly<Record<string, unknown>>,
  text: string,
  places: Places,
  index: number,
  file: string,
): Result<PlaybookQuery, Problem> | undefined {
  const query = question["query"];
  const range = textOf(question["range"]);
  return typeof query !== "string" || query.trim() === ""
    ? undefined
    : compileSigmaQuery({ question: text, query, range }, places, ["questions", index], file);
}

function stepOf(
  question: Readonly<Record<string, unknown>>,
  text: string,
  ids: TakenNames,
  compiled: PlaybookQuery | undefined,
): Step {
  const query = textOf(question["query"]);
  const range = textOf(question["range"]);
  const sources = textsOf(question["answer_sources"]);
  const context = textOf(question["context"]).replaceAll(/\s*\n\s*/g, " ");
  const others = Object.fromEntries(Object.entries(question).filter(([key]) => !knownOfQuestion.has(key)));
  const isAboutAlerts = /\bother alerts?\b|\brelated alerts?\b|\balerts? involving\b/i.test(text);
  return {
    id: idOfText(text, ids),
    question: text,
    topic: topicOf(text),
    about: isAboutAlerts
      ? "incident"
      : /\b(?:account|session|logon|login|authenticat\w+)\b/i.test(text)
        ? "session"
        : "process",
    why: context === "" ? undefined : context,
    focus: fieldsOfSigmaSearch(query),
    hints: [],
    raises: [],
    lowers: [],
    anchor: false,
    clears: !isAboutAlerts,
    required: true,
    queryIds: compiled === undefined ? [] : [compiled.id],
    osquery: [],
    details: [
      ...(range === "" || compiled !== undefined ? [] : [`Time range: ${range}`]),
      ...(compiled !== undefined && /^aggregation:\s*true\b/m.test(query)
        ? ["Security Onion counts the rows of this search by the values shown; here each row is listed."]
        : []),
      ...(sources.length === 0 ? [] : [`Answered from: ${sources.join(", ")}`]),
      ...(query === "" || compiled !== undefined
        ? []
        : [`Search in Sigma, to be run elsewhere:\n\n${fencedText(query, "yaml")}`]),
      ...(Object.keys(others).length === 0 ? [] : [markdownOfValue(others)]),
    ],
  };
}

/** Kinds of events that a playbook for a whole category is about, as EQL. */
const categories: ReadonlyMap<string, string> = new Map([
  ["process_creation", 'event.category == "process" and event.type == "start"'],
  ["file_event", 'event.category == "file"'],
  ["network_connection", 'event.category == "network"'],
  ["registry_event", 'event.category == "registry"'],
  ["dns_query", "dns.question.name != null"],
]);

/** The rule by its id, or the kind of event of a category. */
function appliesTo(map: Readonly<Record<string, unknown>>, parseCondition: ConditionParser): AppliesTo {
  const id = textOf(map["detection_id"]);
  const category = textOf(map["detection_category"]);
  const nobody: AppliesTo = { ruleIds: [], techniques: [], tags: [], fallback: false };
  if (id !== "") {
    return { ...nobody, ruleIds: [id] };
  }
  const where = categories.get(category);
  const condition = where === undefined ? undefined : parseCondition(where);
  return where === undefined || condition?.ok !== true
    ? { ...nobody, tags: category === "" ? [] : [category] }
    : {
        ...nobody,
        events: { label: category.replaceAll("_", " "), where: { text: where, condition: condition.value } },
      };
}
