import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Fields } from "#contracts/event";
import type { Problem } from "#contracts/problem";
import { flattenDocument } from "../event/flatten.ts";
import { readEvents } from "../ingest/read.ts";
import type { ArchiveLimits } from "../ingest/record.ts";
import { fail, ok, type Result } from "../lib/result.ts";

/** An event to be searched: what its id, time and order are, is a matter of the fields that were named. */
export interface Searchable {
  readonly id: string | number;
  readonly fields: Fields;
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
): Promise<readonly Searchable[]> {
  const events = [];
  for await (const batch of readEvents(paths, { limits })) {
    for (const { problem } of batch.problems) {
      report(problem);
    }
    events.push(...batch.events.map(({ event }) => event));
  }
  const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
  return distinct
    .toSorted((a, b) => a.time - b.time)
    .map(({ id, fields }) => ({ id: idOf(fields, names.id) ?? id, fields }));
}

/**
 * Reads plain documents (one JSON array, or one object a line) whose time field is named on the command line: they need
 * not be ECS events. Ordered by time, then by the tiebreaker, then as they stand.
 */
export async function documents(
  paths: readonly string[],
  names: FieldNames,
): Promise<Result<readonly Searchable[], Problem>> {
  const found: { readonly item: Searchable; readonly time: unknown; readonly tie: unknown }[] = [];
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
      const order = (name: string | undefined) => (name === undefined ? undefined : fields[name]);
      found.push({ item: { id, fields }, time: order(names.timestamp), tie: order(names.tiebreaker) });
    }
  }
  return ok(found.toSorted((a, b) => ordered(a.time, b.time) || ordered(a.tie, b.tie)).map(({ item }) => item));
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

/** Numbers by value, texts by their characters, absent ones last. */
function ordered(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") {
    return left - right;
  }
  if (left === undefined || right === undefined) {
    return left === right ? 0 : left === undefined ? 1 : -1;
  }
  return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0;
}
