import neo4j from "neo4j-driver";

/** A value to send with a query: whole numbers become integers, byte arrays stay such, `undefined` becomes null. */
export type Parameter =
  | string
  | number
  | boolean
  | Uint8Array
  | undefined
  | null
  | readonly Parameter[]
  | { readonly [name: string]: Parameter };
export type Parameters = Readonly<Record<string, Parameter>>;

/** Integers of the server have 64 bits. */
const MAX_INTEGER = 2 ** 62;

/**
 * Converts to the driver's types. Otherwise it would send whole numbers as floats, and byte arrays as lists of numbers.
 */
export function driverValue(value: Parameter): unknown {
  if (typeof value === "number") {
    return Number.isInteger(value) && Math.abs(value) <= MAX_INTEGER ? neo4j.int(value) : value;
  }
  if (typeof value !== "object" || value === null) {
    return value ?? null;
  }
  if (value instanceof Uint8Array) {
    return new Int8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return isList(value)
    ? value.map(driverValue)
    : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, driverValue(item)]));
}

function isList(value: Parameter): value is readonly Parameter[] {
  return Array.isArray(value);
}
