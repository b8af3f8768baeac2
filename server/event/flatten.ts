import type { Scalar } from "#contracts/event";
import { emptyFields, type MutableFields } from "./values.ts";

const MAX_DEPTH = 40;

/**
 * A document as dotted fields: `{ "process": { "pid": 4 } }` and `{ "process.pid": 4 }` give the same result. `null`
 * and empty objects are dropped; objects inside arrays add their values to one multi-valued field, as Elasticsearch
 * indexes them. Objects nested deeper than `MAX_DEPTH` are kept as JSON text.
 */
export function flattenDocument(document: object): MutableFields {
  const fields = emptyFields();
  flattenInto(fields, "", document, 0);
  return fields;
}

function flattenInto(fields: MutableFields, path: string, value: unknown, depth: number): void {
  if (value === null || value === undefined) {
    return;
  }
  if (typeof value !== "object") {
    add(fields, path, scalarOf(value));
    return;
  }
  if (depth > MAX_DEPTH) {
    add(fields, path, JSON.stringify(value));
    return;
  }
  if (Array.isArray(value)) {
    if (fields[path] === undefined && value.length > 0 && value.every(isScalar)) {
      fields[path] = [...value];
      return;
    }
    for (const element of value) {
      flattenInto(fields, path, element, depth + 1);
    }
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    flattenInto(fields, path === "" ? name : `${path}.${name}`, inner, depth + 1);
  }
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function scalarOf(value: unknown): Scalar {
  return isScalar(value) ? value : String(value);
}

function add(fields: MutableFields, path: string, value: Scalar): void {
  const present = fields[path];
  if (present === undefined) {
    fields[path] = value;
  } else if (Array.isArray(present)) {
    present.push(value);
  } else if (typeof present !== "object") {
    fields[path] = [present, value];
  }
}
