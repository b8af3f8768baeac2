import { commandDigestField } from "#contracts/decoding";
import type { Fields } from "#contracts/event";
import type { ExceptionEntry, FieldEntry } from "#contracts/exception-entry";
import { commandDigest } from "../../condition/command-digest.ts";
import { textOf } from "../../event/event.ts";
import { printTemplate, type TemplatePart } from "../../exception/template.ts";
import { aligned } from "./align.ts";
import { commandShape } from "./command-shape.ts";
import type { DraftSubject } from "./subject.ts";
import { isTellingCommand, isTellingProgram } from "./telling.ts";

/** The longest value of an entry that the contract accepts. */
const MAX_VALUE = 8000;

/** One thing that is the same whenever the activity runs. */
export type ActivityPart = {
  readonly field: string;
  /** The process that it is about: that of the event, or one above it. */
  readonly of: "event" | "parent" | "ancestor";
  readonly because: string;
} & (
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "shape"; readonly parts: readonly TemplatePart[]; readonly hasPayload: boolean }
);

/**
 * What an alert is about, without who and where: the exact program, the parent, the command line as a template, and
 * where the parent's path says nothing, its command line or the nearest process above that does. Without a process, the
 * address.
 */
export function activityOf({ fields, lineage }: DraftSubject): readonly ActivityPart[] {
  const program = textOf(fields, "process.executable");
  const command = textOf(fields, "process.command_line");
  const parts = [
    program === undefined
      ? undefined
      : value("process.executable", program, "The exact program, so that a renamed or relocated one is not covered."),
    ...parentParts(fields, lineage.ancestors),
    command === undefined ? undefined : commandPart("process.command_line", command, command),
    ...(command === undefined ? targetParts(fields) : []),
  ].flatMap((part) => part ?? []);
  if (parts.length > 0) {
    return parts;
  }
  const address = textOf(fields, "source.ip");
  return address === undefined
    ? []
    : [value("source.ip", address, "The source address, because the records name no process.")];
}

function value(field: string, text: string, because: string): ActivityPart {
  return { field, of: "event", kind: "value", value: text, because };
}

function commandPart(field: string, commandLine: string, whole: string): ActivityPart {
  const { parts, hasPayload } = commandShape(commandLine);
  if (printTemplate(parts).length > MAX_VALUE) {
    const because = `A digest of the command line: with ${whole.length} characters it is too long for an entry.`;
    return value(commandDigestField, commandDigest(whole), because);
  }
  const because = hasPayload
    ? "The command line with its encoded payload as it is: another payload is not covered."
    : parts.some(({ kind }) => kind === "stand-in")
      ? "The command line; only numbers, times and ids in it may differ. Nothing can be appended."
      : "The command line. Nothing can be appended.";
  return { field, of: "event", kind: "shape", parts, hasPayload, because };
}

function parentParts(fields: Fields, ancestors: readonly Fields[]): readonly ActivityPart[] {
  const path = textOf(fields, "process.parent.executable");
  const program = path ?? textOf(fields, "process.parent.name");
  if (program === undefined) {
    return [];
  }
  const isTelling = isTellingProgram(program);
  const parent = value(
    path === undefined ? "process.parent.name" : "process.parent.executable",
    program,
    path === undefined
      ? "The name of the parent, because the record has no path."
      : isTelling
        ? "The exact path of the parent, so that a program of the same name elsewhere is not covered."
        : "The exact path of the parent.",
  );
  if (isTelling) {
    return [parent];
  }
  const recorded = textOf(fields, "process.parent.command_line");
  const known = recorded ?? textOf(ancestors[0] ?? {}, "process.command_line");
  const commandLine = known === undefined ? undefined : parentCommand(known, recorded !== undefined);
  const needsAncestor = known === undefined || !isTellingCommand(known);
  return [parent, commandLine, needsAncestor ? ancestorPart(ancestors) : undefined].flatMap((part) => part ?? []);
}

/** The parent's command line from the record, or else from the process graph. */
function parentCommand(commandLine: string, isRecorded: boolean): ActivityPart | undefined {
  const { parts, hasPayload } = commandShape(commandLine);
  if (printTemplate(parts).length > MAX_VALUE) {
    return undefined;
  }
  const because = "What the parent runs: by its path alone it could run anything.";
  return isRecorded
    ? { field: "process.parent.command_line", of: "event", kind: "shape", parts, hasPayload, because }
    : { field: "process.command_line", of: "parent", kind: "shape", parts, hasPayload, because };
}

/** The first process above the parent that is no interpreter and no host of others' work. */
function ancestorPart([, ...above]: readonly Fields[]): ActivityPart | undefined {
  const field = "process.executable";
  const path = above
    .flatMap((ancestor) => textOf(ancestor, field) ?? [])
    .find((executable) => isTellingProgram(executable));
  return path === undefined
    ? undefined
    : {
        field,
        of: "ancestor",
        kind: "value",
        value: path,
        because: "The nearest process above that is neither an interpreter nor a part of the system.",
      };
}

/** What the event is about, where it is not the start of a process. */
function targetParts(fields: Fields): readonly ActivityPart[] {
  return ["file.path", "registry.path", "dll.path"].flatMap((field) => {
    const path = textOf(fields, field);
    return path === undefined || path.length > MAX_VALUE / 2
      ? []
      : [
          {
            ...({ field, of: "event", kind: "shape", hasPayload: false } as const),
            parts: commandShape(` ${path}`).parts.map((part, index) =>
              index === 0 && part.kind === "text" ? { ...part, text: part.text.slice(1) } : part,
            ),
            because: "What it changes or loads.",
          },
        ];
  });
}

/** The activity that both are, with stand-ins for typed parts that differ; undefined if they differ in more. */
export function commonActivity(
  left: readonly ActivityPart[],
  right: readonly ActivityPart[],
): readonly ActivityPart[] | undefined {
  if (left.length !== right.length) {
    return undefined;
  }
  const parts: ActivityPart[] = [];
  for (const [index, part] of left.entries()) {
    const other = right[index];
    const common = other === undefined ? undefined : commonPart(part, other);
    if (common === undefined) {
      return undefined;
    }
    parts.push(common);
  }
  return parts;
}

function commonPart(left: ActivityPart, right: ActivityPart): ActivityPart | undefined {
  if (left.field !== right.field || left.of !== right.of) {
    return undefined;
  }
  if (left.kind === "value" && right.kind === "value") {
    return left.value.toLowerCase() === right.value.toLowerCase() ? left : undefined;
  }
  if (left.kind === "value" || right.kind === "value") {
    return undefined;
  }
  if (left.hasPayload !== right.hasPayload) {
    return undefined;
  }
  if (left.hasPayload) {
    return printTemplate(left.parts) === printTemplate(right.parts) ? left : undefined;
  }
  const parts = aligned(left.parts, right.parts);
  return parts === undefined ? undefined : { ...left, parts };
}

/** A part of an activity as an entry. */
export function activityEntry(part: ActivityPart): ExceptionEntry {
  const entry = fieldEntry(part);
  return part.of === "event"
    ? entry
    : { type: "ancestor", which: part.of === "parent" ? "parent" : "any", entries: [entry], operator: "included" };
}

function fieldEntry(part: ActivityPart): FieldEntry {
  const { field } = part;
  return part.kind === "value"
    ? { type: "match", field, value: part.value, operator: "included", case: "insensitive" }
    : {
        type: "template",
        field,
        value: printTemplate(part.parts),
        operator: "included",
        case: part.hasPayload ? "sensitive" : "insensitive",
      };
}
