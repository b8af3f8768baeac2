import type { Fields } from "#contracts/event";
import { and, equals } from "../../condition/tree.ts";
import { type StemmaEvent, textOf, valuesOf } from "../../event/event.ts";
import { baseName } from "../../event/path.ts";
import type { Store } from "../../store/port.ts";
import type { AlertContext } from "../alert-fields.ts";
import { MONTH } from "./recurrence.ts";
import { type Signature, sameContent, signatureIn } from "./signature.ts";

/** Loads of one file that are compared at most, the newest ones. */
const COMPARED = 50;
/** A process loads its own file within moments of its start, and the record of it may come late. */
const AFTER = 60_000;
const anyCase = { caseInsensitive: true };

/** What is known about who signed the files that an alert is about; a file without any record is left out. */
export interface Signers {
  readonly process?: Signature;
  readonly parent?: Signature;
  /** The module or driver that was loaded. */
  readonly module?: Signature;
}

/**
 * The signatures of the program of an alert, of its parent, and of what was loaded: from the alert's own records, else
 * from the load of the program's own file (Sysmon 7) on this host, of the same process if possible.
 */
export async function signersOf({ events }: Pick<Store, "events">, context: AlertContext): Promise<Signers> {
  const { fields, process } = context;
  const [own, parent] = await Promise.all([
    ownSignature(fields, "process") ?? recordedSignature(events, context, "process", fields),
    ownSignature(fields, "process.parent") ??
      // Which of several parents it was is not known.
      (process?.parent?.certainty === "ambiguous"
        ? undefined
        : recordedSignature(events, context, "process.parent", fields)),
  ]);
  return { process: own, parent, module: moduleSignature(fields) };
}

function ownSignature(fields: Fields, prefix: "process" | "process.parent"): Signature | undefined {
  return signatureIn(fields, prefix) ?? signatureIn(fields, `${prefix}.Ext`);
}

function moduleSignature(fields: Fields): Signature | undefined {
  const isDriver = valuesOf(fields, "event.category").includes("driver");
  return (
    signatureIn(fields, "dll") ?? signatureIn(fields, "driver") ?? (isDriver ? signatureIn(fields, "file") : undefined)
  );
}

/** A program loads its own file, so that records of this program alone are enough, of which there are few. */
async function recordedSignature(
  events: Store["events"],
  { alert, host }: AlertContext,
  prefix: "process" | "process.parent",
  fields: Fields,
): Promise<Signature | undefined> {
  const path = textOf(fields, `${prefix}.executable`);
  if (path === undefined) {
    return undefined;
  }
  const { names } = await host();
  const { events: loads } = await events.find({
    condition: and(
      equals("event.code", "7"),
      equals("host.name", [...names], anyCase),
      equals("process.name", baseName(path), anyCase),
      equals("process.executable", path, anyCase),
      equals("dll.path", path, anyCase),
    ),
    from: alert.time - MONTH,
    to: alert.time + AFTER,
    order: "newest-first",
    limit: COMPARED,
  });
  const same = loads.filter((load) => sameContent(load.fields, "dll", fields, prefix) !== false);
  const entityId = textOf(fields, `${prefix}.entity_id`);
  const byItself = same.find((load) => isOwnLoad(load, entityId));
  if (byItself !== undefined) {
    return signatureIn(byItself.fields, "dll");
  }
  const found = same.flatMap((load) => signatureIn(load.fields, "dll") ?? []);
  const [newest] = found;
  // A file may have been replaced: without a hash to tell, records that disagree say nothing.
  return newest === undefined || found.every((one) => one.state === newest.state && one.signer === newest.signer)
    ? newest
    : { state: "unknown" };
}

function isOwnLoad({ fields }: StemmaEvent, entityId: string | undefined): boolean {
  return entityId !== undefined && textOf(fields, "process.entity_id") === entityId;
}
