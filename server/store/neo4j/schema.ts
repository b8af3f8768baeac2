// Statements of the schema. Each leaves alone what exists. The properties of one index are queried together.

/** A uniqueness constraint: writing a second node with the same values fails. */
export const unique = (name: string, label: string, ...properties: readonly string[]) =>
  `CREATE CONSTRAINT ${name} IF NOT EXISTS FOR (n:${label}) REQUIRE (${properties.map((property) => `n.${property}`).join(", ")}) IS UNIQUE`;
export const index = (name: string, label: string, ...properties: readonly string[]) =>
  `CREATE INDEX ${name} IF NOT EXISTS FOR (n:${label}) ON (${properties.map((property) => `n.${property}`).join(", ")})`;
