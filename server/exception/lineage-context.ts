import type { Fields, FieldValue } from "#contracts/event";
import type { LogonSession, ProcessNode } from "#contracts/lineage";

/** What the process graph knows around the process of an event, for entries about ancestors and sessions. */
export interface LineageContext {
  /** Parent first, root last. */
  readonly ancestors: readonly Fields[];
  readonly session: Fields | undefined;
}

/** For events without a process in the graph. */
export const noLineage: LineageContext = { ancestors: [], session: undefined };

type Attribute = "name" | "executable" | "commandLine" | "originalFileName" | "pid" | "entityId" | "hashes" | "user";

/** A process of the graph as the fields that entries about ancestors test (`ancestorFields`). */
export function processFields(process: Pick<ProcessNode, Attribute>): Fields {
  return present({
    "process.name": process.name,
    "process.executable": process.executable,
    "process.command_line": process.commandLine,
    "process.original_file_name": process.originalFileName,
    "process.pid": process.pid,
    "process.entity_id": process.entityId,
    "process.hash.md5": process.hashes?.["md5"],
    "process.hash.sha1": process.hashes?.["sha1"],
    "process.hash.sha256": process.hashes?.["sha256"],
    "user.name": process.user?.name,
    "user.domain": process.user?.domain,
    "user.id": process.user?.id,
  });
}

/** A logon session as the fields that entries about sessions test (`sessionFields`). */
export function sessionFieldsOf(session: Pick<LogonSession, Logon>): Fields {
  return present({
    "source.ip": session.sourceIp,
    "source.domain": session.sourceHost,
    "winlog.logon.type": namesOfType(session),
    "winlog.event_data.AuthenticationPackageName": session.authenticationPackage,
  });
}

type Logon = "sourceIp" | "sourceHost" | "logonType" | "logonTypeName" | "authenticationPackage";

/** By name and by number: records have either. */
function namesOfType({ logonType, logonTypeName }: Pick<LogonSession, Logon>): FieldValue | undefined {
  const names = [logonTypeName, logonType].flatMap((name) => (name === undefined ? [] : [String(name)]));
  return names.length === 0 ? undefined : names;
}

function present(values: Readonly<Record<string, FieldValue | undefined>>): Fields {
  const fields: Record<string, FieldValue> = Object.create(null);
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) {
      fields[name] = value;
    }
  }
  return fields;
}
