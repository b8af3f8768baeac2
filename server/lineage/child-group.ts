import type { ProcessNode } from "#contracts/lineage";
import { commandTemplate } from "../event/command-template.ts";
import { childGroupKeyOf, nameOf } from "./keys.ts";
import type { MergedProcess } from "./merge-process-records.ts";

/** The key that children of a process are grouped by: file name and command-line template. Opaque. */
export function childGroupOf({ name, commandLine }: Pick<MergedProcess, "name" | "commandLine">): string {
  return childGroupKeyOf(nameOf(name) ?? "", templateOf(commandLine) ?? "");
}

/** How a group is shown, derived from one of its members. */
export function childGroupLabel(member: ProcessNode): { readonly name?: string; readonly commandTemplate?: string } {
  return { name: member.name, commandTemplate: templateOf(member.commandLine) };
}

function templateOf(commandLine: string | undefined): string | undefined {
  return commandLine === undefined ? undefined : commandTemplate(commandLine);
}
