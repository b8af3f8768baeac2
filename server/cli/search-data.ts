import { readFile } from "node:fs/promises";
import type { Fields, SourceRef } from "#contracts/event";
import type { Problem } from "#contracts/problem";
import { instantOf } from "../condition/match-value.ts";
import { flattenDocument } from "../event/flatten.ts";
import type { ArchiveLimits } from "../ingest/archives/limits.ts";
import type { IngestIssue } from "../ingest/issue.ts";
import { readEvents } from "../ingest/read.ts";
import { derivedId } from "../lib/plain-id.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { applyMapping, type Mapping } from "./search-mapping.ts";

/** An event to search. Which fields have its id and time can be chosen on the command line. */
export interface Searchable {
  readonly id: string | number;
  /** Epoch milliseconds; infinity without a time. */
  readonly time: number;
  readonly fields: Fields;
  /** Of an event; plain documents have none. */
  readonly source?: SourceRef;
}

/** The same events in the order of time, and as they were read. */
export interface Searchables {
  readonly ordered: readonly Searchable[];
  readonly asRead: readonly Searchable[];
}

export interface FieldNames {
  readonly timestamp: string | undefined;
  readonly tiebreaker: string | undefined;
  readonly id: string | undefined;
}

/** Reads events of telemetry files with the formats of ingest. Reports problems in the input and reads on. */
export async function telemetry(
  paths: readonly string[],
  limits: ArchiveLimits,
  names: FieldNames,
  report: (issue: IngestIssue) => void,
): Promise<Searchables> {
  const events = [];
  for await (const batch of readEvents(paths, { limits })) {
    batch.problems.forEach(report);
    events.push(...batch.events.map(({ event }) => event));
  }
  const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
  const asRead = distinct.map(({ id, time, fields, source }) => ({
    id: idOf(fields, names.id) ?? id,
    time,
    fields,
    source,
  }));
  return { asRead, ordered: asRead.toSorted((a, b) => a.time - b.time) };
}

/**
 * Reads plain documents, one JSON array or one object per line, that need not be ECS events. Ordered by time, then by
 * the tiebreaker, then as in the file. `@timestamp` is set from the time field if it is absent.
 */
export async function documents(
  paths: readonly string[],
  names: FieldNames,
  mapping: Mapping = new Map(),
): Promise<Result<Searchables, Problem>> {
  const found: { readonly item: Searchable; readonly tie: unknown }[] = [];
  for (const path of paths) {
    let text: string;
    try {
      text = (await readFile(path, "utf8")).replace(/^\ufeff/, "");
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return fail({ code: "input.unreadable", message, at: { file: path } });
    }
    const parsed = parseDocuments(text, path);
    if (!parsed.ok) {
      return parsed;
    }
    for (const document of parsed.value) {
      const fields = flattenDocument(document);
      applyMapping(fields, document, mapping);
      const id = idOf(fields, names.id) ?? derivedId(JSON.stringify(document));
      const time = timeOf(fields, names.timestamp);
      if (names.timestamp !== undefined && fields["@timestamp"] === undefined && Number.isFinite(time)) {
        fields["@timestamp"] = time;
      }
      found.push({ item: { id, time, fields }, tie: names.tiebreaker === undefined ? 0 : fields[names.tiebreaker] });
    }
  }
  const inOrder = found.toSorted((a, b) => ordered(a.item.time, b.item.time) || ordered(a.tie, b.tie));
  return ok({ asRead: found.map(({ item }) => item), ordered: inOrder.map(({ item }) => item) });
}

function parseDocuments(text: string, file: string): Result<readonly object[], Problem> {
  const objects: object[] = [];
  const add = (value: unknown): boolean => typeof value === "object" && value !== null && objects.push(value) > 0;
  if (text.trimStart().startsWith("[")) {
    try {
      const value: unknown = JSON.parse(text);
      return Array.isArray(value) && value.every(add) ? ok(objects) : fail(malformed(file, undefined));
    } catch {
      return fail(malformed(file, undefined));
    }
  }
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") {
      try {
        if (!add(JSON.parse(line))) {
          return fail(malformed(file, index + 1));
        }
      } catch {
        return fail(malformed(file, index + 1));
      }
    }
  }
  return ok(objects);
}

function malformed(file: string, line: number | undefined): Problem {
  return {
    code: "input.not-json",
    message: "neither a JSON array of objects nor one JSON object per line",
    at: { file, line },
  };
}

function idOf(fields: Fields, name: string | undefined): string | number | undefined {
  const value = name === undefined ? undefined : fields[name];
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

/** Numbers of this size are times as Windows writes them: 100 nanoseconds since 1601. */
const fileTime = { least: 1e17, most: 3e17, perMillisecond: 10_000, epoch: 11_644_473_600_000 };

/** The time of a document: ISO 8601, epoch milliseconds, or a Windows file time. 0 without a time field. */
function timeOf(fields: Fields, name: string | undefined): number {
  const value = name === undefined ? 0 : fields[name];
  const instant = value === undefined || typeof value === "object" ? undefined : instantOf(value);
  if (instant === undefined) {
    return Number.POSITIVE_INFINITY;
  }
  return instant >= fileTime.least && instant < fileTime.most
    ? Math.floor(instant / fileTime.perMillisecond) - fileTime.epoch
    : instant;
}

/** Numbers by value, text by character, absent values last. */
function ordered(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") {
    return left === right ? 0 : left - right;
  }
  if (left === undefined || right === undefined) {
    return left === right ? 0 : left === undefined ? 1 : -1;
  }
  return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0;
}
