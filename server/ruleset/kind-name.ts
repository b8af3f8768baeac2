import { eventSourceNames, providersOf } from "#contracts/event-source";
import { kindFields, type RecordKind } from "../event/record-kinds.ts";
import type { SeenKind } from "./seen-fields.ts";

/** Types of records as people know them: by source and code. */
export const nameOf = ({ source, code }: Pick<SeenKind, "source" | "code">) => `${source} ${code}`.trim();

/** What follows from the provider, and would only repeat it. */
const byProvider: ReadonlySet<string> = new Set(["event.action", "event.provider", "winlog.provider_name"]);

/**
 * The name of a type, with its provider in a log to which many write; where events of that name are stored, with what
 * is different about those that are needed.
 */
export function distinctName({ source, code, constant }: RecordKind, seen: readonly SeenKind[]): string {
  const name = nameOf({ source, code });
  const provider = constant["event.provider"];
  const ofSource = providersOf(eventSourceNames[source]).some((one) => one === provider);
  const stored = seen.filter((kind) => nameOf(kind) === name && kind.constant["event.provider"] === provider);
  const differing = kindFields.filter(
    (field) =>
      constant[field] !== undefined &&
      !byProvider.has(field) &&
      stored.length > 0 &&
      stored.every((kind) => String(kind.constant[field]) !== String(constant[field])),
  );
  return [
    ofSource || provider === undefined ? name : `${name} of ${String(provider)}`,
    ...(differing.length === 0
      ? []
      : [`with ${differing.map((field) => `${field} ${String(constant[field])}`).join(" and ")}`]),
  ].join(" ");
}
