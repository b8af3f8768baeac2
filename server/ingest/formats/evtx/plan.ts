/**
 * A template compiled to a flat list of steps, each of which copies one value of a record to its place in the Windows
 * event, so that reading a record builds no tree.
 */
import { assertNever } from "../../../lib/result.ts";
import type { Element, Part } from "./binary-xml.ts";

/** Which element encloses content: none, `Event`, `EventData`, `UserData` or `RenderingInfo`. */
export const contexts = { document: 0, event: 1, eventData: 2, userData: 3, rendering: 4 } as const;
export type Context = (typeof contexts)[keyof typeof contexts];

/** What a step sets. */
export const targets = {
  provider: 0,
  code: 1,
  version: 2,
  level: 3,
  task: 4,
  opcode: 5,
  keywords: 6,
  time: 7,
  recordId: 8,
  servicePid: 9,
  channel: 10,
  computer: 11,
  serviceSid: 12,
  message: 13,
  /** A named value. */
  named: 14,
  /** A named value, or nested content when the value is binary XML. */
  leaf: 15,
  unnamed: 16,
  /** Nested content: binary XML in a value, or a template instance. */
  nested: 17,
} as const;
export type Target = (typeof targets)[keyof typeof targets];

export interface Step {
  readonly target: Target;
  readonly name: string;
  /** The name when it is not literal. */
  readonly nameParts: readonly Part[] | undefined;
  /** The substitution that is the value; -1 when the value is assembled from `parts`. */
  readonly index: number;
  /** The value when it is literal. */
  readonly constant: string | undefined;
  readonly parts: readonly Part[];
  /** The step is skipped when one of these substitutions is absent. */
  readonly dependencies: readonly number[];
  readonly context: Context;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** Whether all names are literal and different. */
  readonly distinctNames: boolean;
}

export function compilePlan(parts: readonly Part[], context: Context): Plan {
  const steps: Step[] = [];
  addContent(steps, parts, context, []);
  const names = steps.filter((step) => step.target === targets.named || step.target === targets.leaf);
  const distinctNames =
    names.every((step) => step.nameParts === undefined) &&
    new Set(names.map((step) => step.name)).size === names.length;
  return { steps, distinctNames };
}

function step(
  target: Target,
  parts: readonly Part[],
  dependencies: readonly number[],
  context: Context,
  name = "",
  nameParts?: readonly Part[],
): Step {
  const [only] = parts;
  const index = parts.length === 1 && only?.kind === "substitution" ? only.index : -1;
  return { target, name, nameParts, index, constant: literal(parts), parts, dependencies, context };
}

function literal(parts: readonly Part[]): string | undefined {
  let text = "";
  for (const part of parts) {
    if (part.kind !== "text") return undefined;
    text += part.text;
  }
  return text;
}

function withDependency(dependencies: readonly number[], element: Element): readonly number[] {
  return element.dependency < 0 ? dependencies : [...dependencies, element.dependency];
}

function attribute(element: Element, name: string): readonly Part[] | undefined {
  return element.attributes.find((candidate) => candidate.name === name)?.parts;
}

function addContent(steps: Step[], parts: readonly Part[], context: Context, inherited: readonly number[]): void {
  for (const part of parts) {
    if (part.kind === "element") {
      addElement(steps, part, context, withDependency(inherited, part));
    } else if (part.kind === "substitution" || part.kind === "instance") {
      steps.push(step(targets.nested, [part], inherited, context));
    } else if (context === contexts.eventData && part.text.trim() !== "") {
      steps.push(step(targets.unnamed, [part], inherited, context));
    }
  }
}

function addElement(steps: Step[], element: Element, context: Context, dependencies: readonly number[]): void {
  switch (context) {
    case contexts.document:
      if (element.name === "Event") addContent(steps, element.children, contexts.event, dependencies);
      else addEventChild(steps, element, dependencies);
      return;
    case contexts.event:
      addEventChild(steps, element, dependencies);
      return;
    case contexts.eventData:
      addData(steps, element, dependencies);
      return;
    case contexts.userData:
      addLeaves(steps, element, dependencies);
      return;
    case contexts.rendering:
      if (element.name === "Message") steps.push(step(targets.message, element.children, dependencies, context));
      return;
    default:
      assertNever(context);
  }
}

function addEventChild(steps: Step[], element: Element, dependencies: readonly number[]): void {
  if (element.name === "System") {
    for (const child of element.children) {
      if (child.kind === "element") addSystem(steps, child, withDependency(dependencies, child));
    }
  } else if (element.name === "EventData") {
    addContent(steps, element.children, contexts.eventData, dependencies);
  } else if (element.name === "UserData") {
    addContent(steps, element.children, contexts.userData, dependencies);
  } else if (element.name === "RenderingInfo") {
    addContent(steps, element.children, contexts.rendering, dependencies);
  } else if (element.name === "BinaryEventData") {
    addLeaves(steps, element, dependencies);
  }
}

const systemTexts: ReadonlyMap<string, Target> = new Map([
  ["EventID", targets.code],
  ["Version", targets.version],
  ["Level", targets.level],
  ["Task", targets.task],
  ["Opcode", targets.opcode],
  ["Keywords", targets.keywords],
  ["EventRecordID", targets.recordId],
  ["Channel", targets.channel],
  ["Computer", targets.computer],
]);
const systemAttributes: ReadonlyMap<string, readonly [string, Target]> = new Map([
  ["Provider", ["Name", targets.provider]],
  ["TimeCreated", ["SystemTime", targets.time]],
  ["Execution", ["ProcessID", targets.servicePid]],
  ["Security", ["UserID", targets.serviceSid]],
]);

function addSystem(steps: Step[], element: Element, dependencies: readonly number[]): void {
  const text = systemTexts.get(element.name);
  if (text !== undefined) steps.push(step(text, element.children, dependencies, contexts.event));
  const [name, target] = systemAttributes.get(element.name) ?? [];
  const parts = name === undefined ? undefined : attribute(element, name);
  if (target !== undefined && parts) steps.push(step(target, parts, dependencies, contexts.event));
}

function addData(steps: Step[], element: Element, dependencies: readonly number[]): void {
  if (element.name !== "Data") {
    addLeaves(steps, element, dependencies);
    return;
  }
  const name = attribute(element, "Name");
  const children = element.children;
  if (name === undefined) steps.push(step(targets.unnamed, children, dependencies, contexts.eventData));
  else {
    const fixed = literal(name);
    const dynamic = fixed === undefined ? name : undefined;
    steps.push(step(targets.named, children, dependencies, contexts.eventData, fixed ?? "", dynamic));
  }
}

/** Elements without child elements, each by its own name or its `Name` attribute (as `Data` has it). */
function addLeaves(steps: Step[], element: Element, dependencies: readonly number[]): void {
  if (element.children.some((child) => child.kind === "element")) {
    addContent(steps, element.children, contexts.userData, dependencies);
    return;
  }
  const name = attribute(element, "Name");
  const fixed = name === undefined ? element.name : literal(name);
  const dynamic = fixed === undefined ? name : undefined;
  steps.push(step(targets.leaf, element.children, dependencies, contexts.userData, fixed ?? "", dynamic));
}
