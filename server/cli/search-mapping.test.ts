import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ecsDates } from "../detection/languages/eql/options.ts";
import { answerQuestion, overEvents } from "./search-answer.ts";
import { documents } from "./search-data.ts";
import { fieldsOfType, readMapping } from "./search-mapping.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-mapping-"));
});
afterAll(() => rm(folder, { recursive: true }));

const lines = [
  { n: 1, kind: "a", version: "1.2.4", port: "80", note: null, opened: "2026-01-01T00:00:00Z", tool: { name: "x" } },
  { n: 2, kind: "a", version: "1.11.3", port: 443, flag: "true", opened: "2026-02-01T00:00:00+02:00" },
  { n: 3, kind: "a", version: "1.11.3-rc1", note: [null, "y"] },
  { n: 4, kind: "a", version: "bad" },
];
const properties = {
  version: { type: "version" },
  port: { type: "long" },
  flag: { type: "boolean" },
  note: { type: "keyword", null_value: "NULL", fields: { text: { type: "text" } } },
  opened: { type: "date" },
  tool: { properties: { name: { type: "keyword" } } },
  alias: { type: "alias", path: "tool.name" },
  only: { type: "keyword" },
};

async function answer(query: string, mapping: unknown = { mappings: { properties } }) {
  const [data, file] = [join(folder, "data.ndjson"), join(folder, "mapping.json")];
  await writeFile(data, lines.map((line) => JSON.stringify(line)).join("\n"));
  await writeFile(file, typeof mapping === "string" ? mapping : JSON.stringify(mapping, undefined, 2));
  const read = await readMapping(file, [data]);
  if (!read.ok) {
    return read.error;
  }
  const events = await documents([data], { timestamp: undefined, tiebreaker: "n", id: "n" }, read.value);
  if (!events.ok) {
    throw new Error(events.error.message);
  }
  const found = await answerQuestion(
    { query, language: "eql", limits: { size: undefined, perKey: undefined } },
    overEvents(events.value, { catalogue: true, mapped: read.value.keys() }),
    {
      categoryField: "kind",
      macros: new Map(),
      dateFields: new Set([...ecsDates, ...fieldsOfType(read.value, "date")]),
      versionFields: fieldsOfType(read.value, "version"),
    },
  );
  return found.ok ? (found.value.events ?? found.value.sequences) : found.error;
}

describe("a search of documents with a mapping", () => {
  it.each([
    ['a where version < "1.11.3"', [1, 3]],
    ['a where version >= "1.11.3"', [2, 4]],
    ['a where version == "1.11.3"', [2]],
    ["a where port > 100", [2]],
    ["a where port == 80", [1]],
    ["a where flag", [2]],
    ['a where note == "NULL"', [1, 3]],
    ['a where note.text == "y"', [3]],
    ['a where opened < "2026-01-31T23:00:00Z"', [1, 2]],
    ['a where alias == "x"', [1]],
    ['a where not ?only == "x"', [1, 2, 3, 4]],
  ])("%s finds %j", async (query, expected) => {
    expect(await answer(query)).toEqual(expected);
  });

  it.each([
    ["with a byte order mark", `\ufeff${JSON.stringify({ properties })}`],
    ["with types whose values need no reading", { properties: { ...properties, place: { type: "geo_point" } } }],
    [
      "with a null that stands for nothing",
      { properties: { ...properties, only: { type: "keyword", null_value: null } } },
    ],
  ])("reads a mapping %s", async (_, mapping) => {
    expect(await answer('a where version < "1.3.0"', mapping)).toEqual([1]);
  });

  it("has no types from an index without fields", async () => {
    for (const mappings of [{}, { dynamic: "strict" }, { properties: {} }]) {
      expect(await answer("a where port == 443", { data: { mappings } })).toEqual([2]);
    }
  });

  it("says of an empty object that it is no mapping", async () => {
    expect(await answer("a where true", {})).toMatchObject({
      code: "input.invalid",
      message: 'expected an object with "properties" or "mappings"',
    });
  });

  it("takes the mapping of the index that the file is named after, as the API returns it", async () => {
    const mappings = { properties };
    expect(await answer('a where version < "1.3.0"', { data: { mappings }, other: { mappings: {} } })).toEqual([1]);
    expect(await answer("a where port == 80", { data: { port: "long", w: "alias->port" }, b: { c: "ip" } })).toEqual([
      1,
    ]);
  });

  it.each<[string, object]>([
    ['{\n  "properties": {,}\n}', { code: "input.not-json", at: { line: 2, column: 18 } }],
    [
      '{\n  "properties": {\n    "a": { "type": "odd" }\n  }\n}',
      { code: "input.invalid", at: { line: 3, field: "properties.a.type" } },
    ],
    ['{\n  "properties": {\n    "a": {}\n  }\n}', { at: { line: 3, column: 5, field: "properties.a" } }],
    ['{ "properties": { "a": { "type": "alias" } } }', { message: 'a: an alias, and only that, has a "path"' }],
    ["[]", { code: "input.invalid" }],
    ['{"x": {}, "y": {}}', { message: expect.stringContaining("none of the indexes x, y") }],
  ])("refuses %j with the place", async (mapping, problem) => {
    expect(await answer("a where true", mapping)).toMatchObject(problem);
  });
});
