/** Statements of the schema; each leaves alone what is there. Properties of one index are queried together. */

/** Every node of the label has another value; writing a second one fails. */
export const unique = (name: string, label: string, ...properties: readonly string[]) =>
  `CREATE CONSTRAINT ${name} IF NOT EXISTS FOR (n:${label}) REQUIRE (${properties.map((property) => `n.${property}`).join(", ")}) IS UNIQUE`;
export const index = (name: string, label: string, ...properties: readonly string[]) =>
  `CREATE INDEX ${name} IF NOT EXISTS FOR (n:${label}) ON (${properties.map((property) => `n.${property}`).join(", ")})`;
