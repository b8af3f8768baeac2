import type { FieldValue } from "#contracts/event";
import type { ProcessNode } from "#contracts/lineage";
import type { FieldOrigin } from "#contracts/playbook";
import { baseName } from "../event/path.ts";

/** A value that the process graph knows, whether or not the alert's own records have it. */
export interface LineageField {
  readonly field: string;
  readonly value: FieldValue;
  readonly origin: FieldOrigin;
}

/**
 * What the graph knows about the process of an alert and about its parent and grandparent (`ancestors`, nearest first),
 * under the names that records use. One record has only a part: a network connection names no parent, and the hashes
 * are in Sysmon's record of the start.
 */
export function lineageFields(process: ProcessNode, ancestors: readonly ProcessNode[]): readonly LineageField[] {
  const [parent, grandparent] = ancestors;
  const parentIsCertain = process.parent?.certainty !== "ambiguous";
  const grandparentIsCertain = parentIsCertain && parent?.parent?.certainty !== "ambiguous";
  return [
    ...named(ownFields(process), { kind: "process", processKey: process.key, certain: true }),
    ...(parent === undefined
      ? []
      : named(parentFields("process.parent", parent), {
          kind: "parent",
          processKey: parent.key,
          certain: parentIsCertain,
        })),
    ...(grandparent === undefined
      ? []
      : named(parentFields("process.parent.parent", grandparent), {
          kind: "grandparent",
          processKey: grandparent.key,
          certain: grandparentIsCertain,
        })),
  ];
}

type Known = Readonly<Record<string, FieldValue | undefined>>;

function named(known: Known, origin: FieldOrigin): readonly LineageField[] {
  return Object.entries(known).flatMap(([field, value]) => (value === undefined ? [] : [{ field, value, origin }]));
}

function ownFields(process: ProcessNode): Known {
  const { hashes = {} } = process;
  return {
    "process.entity_id": process.entityId,
    "process.pid": process.pid,
    "process.name": nameOf(process),
    "process.executable": process.executable,
    "process.command_line": process.commandLine,
    "process.args": process.args,
    "process.working_directory": process.workingDirectory,
    "process.pe.original_file_name": process.originalFileName,
    "process.pe.company": process.company,
    "process.hash.md5": hashes["md5"],
    "process.hash.sha1": hashes["sha1"],
    "process.hash.sha256": hashes["sha256"],
    "process.pe.imphash": hashes["imphash"],
    "process.Ext.token.integrity_level_name": process.integrityLevel,
    "process.start": process.start,
    "process.end": process.end,
    "process.exit_code": process.exitCode,
  };
}

function parentFields(prefix: "process.parent" | "process.parent.parent", process: ProcessNode): Known {
  return {
    [`${prefix}.entity_id`]: process.entityId,
    [`${prefix}.pid`]: process.pid,
    [`${prefix}.name`]: nameOf(process),
    [`${prefix}.executable`]: process.executable,
    [`${prefix}.command_line`]: process.commandLine,
    [`${prefix}.args`]: process.args,
    [`${prefix}.working_directory`]: process.workingDirectory,
    [`${prefix}.user.name`]: process.user?.name,
    [`${prefix}.start`]: process.start,
  };
}

/** As records spell it; the graph compares names in lower case. */
function nameOf({ executable, name }: ProcessNode): string | undefined {
  return executable === undefined ? name : baseName(executable);
}
