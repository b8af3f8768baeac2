import type { ProcessNode } from "#contracts/lineage";
import { commandShape } from "../event/command-template.ts";
import { clusterKeyOf, nameOf } from "./keys.ts";
import type { Fold } from "./merge-process-records.ts";

/** What the children of one process are grouped by: file name and command shape. Opaque. */
export function clusterOf({ name, commandLine }: Pick<Fold, "name" | "commandLine">): string {
  return clusterKeyOf(nameOf(name) ?? "", shapeOf(commandLine) ?? "");
}

/** How a group is told to people, from one of its members. */
export function clusterLabel(member: ProcessNode): { readonly name?: string; readonly shape?: string } {
  return { name: member.name, shape: shapeOf(member.commandLine) };
}

function shapeOf(commandLine: string | undefined): string | undefined {
  return commandLine === undefined ? undefined : commandShape(commandLine);
}
