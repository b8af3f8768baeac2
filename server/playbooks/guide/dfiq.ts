import type { Problem } from "#contracts/problem";
import type { Playbook, Step } from "../playbook.ts";
import { topicOf } from "../sections.ts";
import { distinctName, idOfText, slug, type TakenNames } from "./slug.ts";
import { codeText, fencedText } from "./texts.ts";
import { mapOf, mapsOf, markdownOfValue, splitTags, textOf, textsOf } from "./yaml-text.ts";

/** An object of DFIQ (Digital Forensics Investigative Questions): a scenario has facets, a facet questions. */
export interface DfiqObject {
  readonly type: "scenario" | "facet" | "question" | "approach";
  /** Names by which others refer to it: id and UUID. */
  readonly ids: readonly string[];
  readonly parents: readonly string[];
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly file: string;
}

/** A YAML value as an object of DFIQ, versions 1.0 and 1.1; undefined if it is none. */
export function dfiqObject(value: unknown, file: string): DfiqObject | undefined {
  const map = mapOf(value);
  const type = textOf(map?.["type"]).toLowerCase();
  const name = textOf(map?.["name"]) || textOf(map?.["display_name"]);
  if (map === undefined || name === "" || !isType(type)) {
    return undefined;
  }
  const ids = [textOf(map["id"]), textOf(map["uuid"])].filter((id) => id !== "");
  // An approach in a file of its own is numbered below its question: Q1001.10.
  const numbered = type === "approach" ? (/^(Q\d+)\.\d+$/.exec(ids[0] ?? "")?.[1] ?? "") : "";
  const parents = [...textsOf(map["parent_ids"]), numbered].filter((id) => id !== "");
  return { type, ids, parents, name, value: map, file };
}

function isType(type: string): type is DfiqObject["type"] {
  return ["scenario", "facet", "question", "approach"].includes(type);
}

interface Links {
  children(object: DfiqObject): readonly DfiqObject[];
}

/**
 * Compiles the objects of a folder: a scenario becomes a playbook with the questions of its facets, and so does what is
 * below no scenario. Approaches are shown with their question; their queries are for other tools and stay readable.
 */
export function compileDfiq(objects: readonly DfiqObject[]): {
  readonly playbooks: readonly Playbook[];
  readonly problems: readonly Problem[];
} {
  const byId = new Map(objects.flatMap((object) => object.ids.map((id) => [id, object] as const)));
  const byParent = new Map<DfiqObject, DfiqObject[]>();
  const roots: DfiqObject[] = [];
  for (const object of objects) {
    const parents = [...new Set(object.parents.flatMap((id) => byId.get(id) ?? []))].filter(
      (parent) => rank(parent) < rank(object),
    );
    for (const parent of parents) {
      byParent.set(parent, [...(byParent.get(parent) ?? []), object]);
    }
    if (parents.length === 0) {
      roots.push(object);
    }
  }
  const links: Links = { children: (object) => byParent.get(object) ?? [] };
  const problems: Problem[] = [];
  const playbooks = roots.flatMap((root) => {
    const playbook = compileRoot(root, links);
    if (playbook === undefined) {
      const message = `the ${root.type} "${root.name}" has no questions`;
      problems.push({ code: "playbook.no-steps", message, at: { file: root.file, line: 1 } });
    }
    return playbook ?? [];
  });
  return { playbooks, problems };
}

/** Parents rank below their children, so that no object is above itself. */
function rank({ type }: DfiqObject): number {
  return ["scenario", "facet", "question", "approach"].indexOf(type);
}

function compileRoot(root: DfiqObject, links: Links): Playbook | undefined {
  const questions = [...new Set(questionsOf(root, links))];
  const ids: TakenNames = new Map();
  const topics: TakenNames = new Map();
  const steps = questions.map(({ question, facet }) => stepOf(question, facet, links, ids, topics));
  if (steps.length === 0) {
    return undefined;
  }
  const { techniques, tags } = splitTags(textsOf(root.value["tags"]));
  return {
    id: `dfiq-${slug(root.ids[0] ?? root.name, 8)}`,
    title: root.name,
    version: textOf(root.value["version"]) || textOf(root.value["dfiq_version"]) || "1",
    origin: { kind: "dfiq" },
    applies: { ruleIds: [], techniques, tags, fallback: false },
    source: `DFIQ ${root.type}${root.ids.length === 0 ? "" : ` ${root.ids.join(", ")}`}`,
    summary: root.type === "question" || root.type === "approach" ? "" : descriptionOf(root),
    steps,
    queries: [],
    checks: [],
    decision: { benign: "most", secondAnalyst: false },
    closingPolicy: [],
    falsePositives: [],
    checklists: [],
    texts: links
      .children(root)
      .filter(({ type, value }) => type === "facet" && textOf(value["description"]) !== "")
      .map((facet) => ({ title: facet.name, markdown: descriptionOf(facet) })),
    relatedRules: [],
    file: root.file,
    warnings: [],
  };
}

interface AskedQuestion {
  readonly question: DfiqObject;
  readonly facet?: DfiqObject;
}

function questionsOf(object: DfiqObject, links: Links): readonly AskedQuestion[] {
  const found = new Map<DfiqObject, AskedQuestion>();
  const visit = (one: DfiqObject, facet: DfiqObject | undefined): void => {
    if (one.type === "question" || one.type === "approach") {
      found.set(one, found.get(one) ?? { question: one, facet });
      return;
    }
    for (const child of links.children(one)) {
      visit(child, one.type === "facet" ? one : undefined);
    }
  };
  visit(object, undefined);
  return [...found.values()];
}

function stepOf(
  object: DfiqObject,
  facet: DfiqObject | undefined,
  links: Links,
  ids: TakenNames,
  topics: TakenNames,
): Step {
  const inside = mapsOf(object.value["approaches"]);
  const beside = links.children(object).filter(({ type }) => type === "approach");
  const approaches = [...inside, ...beside.map(({ value }) => value)];
  const own = object.type === "approach" ? [approachText(object.value)] : [descriptionOf(object)];
  return {
    id: idOfText(object.name, ids),
    question: object.name,
    topic: distinctName(topicOf(object.name), topics, " "),
    about: /\b(?:account|session|logon|login|authenticat\w+)\b/i.test(object.name) ? "session" : "process",
    why: facet === undefined ? undefined : facet.name,
    focus: [],
    hints: [],
    raises: [],
    lowers: [],
    anchor: false,
    clears: true,
    required: true,
    queryIds: [],
    osquery: [],
    details: [...own, ...approaches.map(approachText)].filter((text) => text !== ""),
  };
}

/** Version 1.0 has a map, version 1.1 a text. */
function descriptionOf({ value }: DfiqObject): string {
  const { description } = value;
  return mapOf(description) === undefined ? textOf(description) : markdownOfValue(description);
}

const knownOfApproach = new Set(["name", "display_name", "type", "id", "uuid", "description", "steps", "internal"]);
const knownOfStep = new Set(["name", "description", "stage", "type", "value"]);

/** An approach with its steps; queries with the language that they are in. */
function approachText(approach: Readonly<Record<string, unknown>>): string {
  const name = textOf(approach["name"]) || textOf(approach["display_name"]);
  const { description } = approach;
  const about = mapOf(description) === undefined ? textOf(description) : markdownOfValue(description);
  const steps = mapsOf(approach["steps"]);
  const others = Object.fromEntries(Object.entries(approach).filter(([key]) => !knownOfApproach.has(key)));
  return [name === "" ? "" : `**${name}**`, about, ...steps.map(stepText), markdownOfValue(others)]
    .filter((text) => text.trim() !== "")
    .join("\n\n");
}

function stepText(step: Readonly<Record<string, unknown>>): string {
  const [name, stage, type, value] = ["name", "stage", "type", "value"].map((key) => textOf(step[key]));
  const kind = [stage, type].filter((text) => text !== "" && text !== undefined).join("; ");
  const head = `${name || "Step"}${kind === "" ? "" : ` (${kind})`}`;
  const others = Object.fromEntries(Object.entries(step).filter(([key]) => !knownOfStep.has(key)));
  const shown = value === undefined || value === "" ? "" : value.includes("\n") ? fencedText(value) : codeText(value);
  return [`${head}${shown === "" ? "" : ":"}`, textOf(step["description"]), shown, markdownOfValue(others)]
    .filter((text) => text.trim() !== "")
    .join("\n\n");
}
