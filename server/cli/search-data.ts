import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Fields } from "#contracts/event";
import type { Problem } from "#contracts/problem";
import { instantOf } from "../condition/match-value.ts";
import { flattenDocument } from "../event/flatten.ts";
import type { ArchiveLimits } from "../ingest/archives/limits.ts";
import { readEvents } from "../ingest/read.ts";
import { fail, ok, type Result } from "../lib/result.ts";

/** An event to be searched: what its id, time and order are, is a matter of the fields that were named. */
export interface Searchable {
  readonly id: string | number;
  /** Epoch milliseconds; infinitely late where there is none. */
  readonly time: number;
  readonly fields: Fields;
}

/** Events in the order of time, and as they were read. */
export interface Searchables {
  readonly ordered: readonly Searchable[];
  readonly asRead: readonly Searchable[];
}

export interface FieldNames {
  readonly timestamp: string | undefined;
  readonly tiebreaker: string | undefined;
  readonly id: string | undefined;
}

/**
 * Reads the events of telemetry files through the formats of ingest, in the order of time. Problems in the input are
 * handed to `report`; everything readable is searched.
 */
export async function telemetry(
  paths: readonly string[],
  limits: ArchiveLimits,
  names: FieldNames,
  report: (problem: Problem) => void,
): Promise<Searchables> {
  const events = [];
  for await (const batch of readEvents(paths, { limits })) {
    for (const { problem } of batch.problems) {
      report(problem);
    }
    events.push(...batch.events.map(({ event }) => event));
  }
  const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
  const asRead = distinct.map(({ id, time, fields }) => ({ id: idOf(fields, names.id) ?? id, time, fields }));
  return { asRead, ordered: asRead.toSorted((a, b) => a.time - b.time) };
}

/**
 * Reads plain documents (one JSON array, or one object a line) whose fields are named on the command line: they need not
 * be ECS events. Ordered by time, then by the tiebreaker, then as they stand; `@timestamp` is filled in from the time field.
 */
export async function documents(paths: readonly string[], names: FieldNames): Promise<Result<Searchables, Problem>> {
  const found: { readonly item: Searchable; readonly tie: unknown }[] = [];
  for (const path of paths) {
    let text: string;
    try {
      text = await readFile(path, "utf8");
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
      const id = idOf(fields, names.id) ?? hash("sha256", JSON.stringify(document), "base64url").slice(0, 22);
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
  const take = (value: unknown): boolean => typeof value === "object" && value !== null && objects.push(value) > 0;
  if (text.trimStart().startsWith("[")) {
    try {
      const value: unknown = JSON.parse(text);
      return Array.isArray(value) && value.every(take) ? ok(objects) : fail(malformed(file, undefined));
    } catch {
      return fail(malformed(file, undefined));
    }
  }
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") {
      try {
        if (!take(JSON.parse(line))) {
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
    message: "not a JSON array of objects and not one JSON object a line",
    at: { file, line },
  };
}

function idOf(fields: Fields, name: string | undefined): string | number | undefined {
  const value = name === undefined ? undefined : fields[name];
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

/** Numbers of this size count 100 nanoseconds since 1601: Windows writes times so. */
const fileTime = { least: 1e17, most: 3e17, perMillisecond: 10_000, epoch: 11_644_473_600_000 };

/** The time of a document: ISO 8601, epoch milliseconds, or a Windows file time. Without a named field all are at once. */
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

/** Numbers by value, texts by their characters, absent ones last. */
function ordered(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") {
    return left === right ? 0 : left - right;
  }
  if (left === undefined || right === undefined) {
    return left === right ? 0 : left === undefined ? 1 : -1;
  }
  return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0;
}
