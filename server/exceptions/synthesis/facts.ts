import type { Fields } from "#contracts/event";
import { ancestorFields, type ExceptionEntry, sessionFields } from "#contracts/exception-entry";
import { valuesOf } from "../../event/event.ts";
import type { DraftSubject } from "../drafting/subject.ts";

/** One value that an entry could require. */
export interface Fact {
  /** What it is about: facts of one subject are alternatives. */
  readonly about: string;
  readonly value: string;
  entryOf(values: readonly string[]): ExceptionEntry;
}

/** Fields that differ from record to record: nothing can rely on them. */
const passing =
  /(?:^|[._])(?:pid|entity_id|thread|record_id|sequence|created|ingested|start|end|duration|uptime|activity_id|logon_id|logon[._]?id|logon_?guid|id_hash)(?:$|[._])|^(?:@timestamp|message|log|agent|ecs|event\.(?:id|original|hash|code|kind|type|category|dataset|module|provider))(?:$|\.)|(?:ProcessGuid|ProcessId|ParentProcessGuid|UtcTime|LogonGuid|LogonId|RecordID|EventRecordID|Time)$/i;
/** The longest value that an entry requires here. */
const LONGEST = 1000;

/** What could tell an alert from others: fields of its event, of processes above it, and of its logon session. */
export function factsOf({ fields, lineage }: DraftSubject): readonly Fact[] {
  return [
    ...Object.keys(fields).flatMap((field) =>
      passing.test(field) ? [] : [...factsOn(fields, field, field, (entry) => entry)],
    ),
    ...lineage.ancestors.flatMap((ancestor, index) =>
      [...ancestorFields]
        .filter((field) => !passing.test(field))
        .flatMap((field) => [
          ...(index === 0
            ? factsOn(ancestor, field, `parent ${field}`, (entry) => ancestorEntry("parent", entry))
            : []),
          ...factsOn(ancestor, field, `ancestor ${field}`, (entry) => ancestorEntry("any", entry)),
        ]),
    ),
    ...[...sessionFields].flatMap((field) =>
      factsOn(lineage.session ?? {}, field, `session ${field}`, (entry) => ({
        type: "session",
        entries: [entry],
        operator: "included",
      })),
    ),
  ];
}

type FieldTest = Extract<ExceptionEntry, { type: "match" | "match_any" }>;

function ancestorEntry(which: "parent" | "any", entry: FieldTest): ExceptionEntry {
  return { type: "ancestor", which, entries: [entry], operator: "included" };
}

function factsOn(
  fields: Fields,
  field: string,
  about: string,
  within: (entry: FieldTest) => ExceptionEntry,
): readonly Fact[] {
  const common = { field, operator: "included", case: "insensitive" } as const;
  return valuesOf(fields, field)
    .map(String)
    .filter((value) => value !== "" && value.length <= LONGEST)
    .map((value) => ({
      about,
      value,
      entryOf: ([first = "", ...others]) =>
        within(
          others.length === 0
            ? { type: "match", value: first, ...common }
            : { type: "match_any", values: [first, ...others], ...common },
        ),
    }));
}

/** What people can rely on and read comes first. */
const order: readonly RegExp[] = [
  /^process\.(?:parent\.)?command_line$/,
  /^process\.(?:parent\.)?executable$/,
  /^parent process\.(?:command_line|executable)$/,
  /^ancestor process\.(?:executable|command_line)$/,
  /^process\.(?:working_directory|hash\.)/,
  /^session /,
  /^(?:source|destination|file|registry|dll)\./,
  /^(?:process|parent|ancestor)/,
  /^user\./,
  /^host\.(?:name|hostname|ip)$/,
];

/** The place of a fact in the order of preference. */
export function rankOf({ about }: Pick<Fact, "about">): number {
  const at = order.findIndex((pattern) => pattern.test(about));
  return at < 0 ? order.length : at;
}
