import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ElasticEntry, ElasticItem, ElasticList } from "#contracts/elastic-exception";
import type { ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { noLists } from "../../exception/lists.ts";
import { mostObjects, parseElasticFile, printElasticFile } from "./elastic-file.ts";
import { draftOfItem, itemsOf } from "./elastic-item.ts";

const runs = Number(process.env.PROPERTY_RUNS ?? 100);
const file = "exceptions.ndjson";

const text = fc.string({
  unit: fc.constantFrom("a", "B", "\\", "*", "?", '"', "\n", "ü", "😀", " ", "{"),
  maxLength: 8,
});
const word = text.map((tail) => `x${tail}`);
const field = fc.constantFrom("process.name", "process.command_line", "odd.name", "host.ip", "toString");
const operator = fc.constantFrom("included" as const, "excluded" as const);
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 3 });
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const time = fc.constantFrom("2026-06-17T12:00:00.000Z", "2031-01-01T00:00:00Z");

const elasticField = fc.tuple(field, fc.constantFrom("", ".caseless")).map((parts) => parts.join(""));
const elasticSimple = fc.oneof(
  fc.record({ type: fc.constant("match" as const), field: elasticField, operator, value: word }),
  fc.record({ type: fc.constant("match_any" as const), field: elasticField, operator, value: some(word) }),
  fc.record({ type: fc.constant("exists" as const), field, operator }),
);
const elasticEntries: fc.Arbitrary<ElasticEntry> = fc.oneof(
  elasticSimple,
  fc.record({ type: fc.constant("wildcard" as const), field: elasticField, operator, value: word }),
  fc.record({
    type: fc.constant("list" as const),
    field: elasticField,
    operator,
    list: fc.record({ id: fc.constantFrom("l1", "l2"), type: fc.constantFrom("keyword", "ip_range", "text") }),
  }),
  fc.record({ type: fc.constant("nested" as const), field, entries: some(elasticSimple) }),
);
const unlikeList = (entries: readonly ElasticEntry[]) => {
  const types = new Map<string, string>();
  return entries.every((one) => {
    const known = one.type === "list" ? types.getOrInsert(one.list.id, one.list.type) : undefined;
    return one.type !== "list" || known === one.list.type;
  });
};
const os = fc.uniqueArray(fc.constantFrom("windows" as const, "linux" as const, "macos" as const));
const namespace = fc.constantFrom("single" as const, "agnostic" as const);

const list = fc.record(
  {
    list_id: fc.constantFrom("a", "b"),
    type: fc.constantFrom("detection", "rule_default"),
    name: word,
    description: text,
    tags: fc.array(word, { maxLength: 2 }),
    os_types: os,
    namespace_type: namespace,
    immutable: fc.boolean(),
    version: fc.nat(),
    created_at: time,
    meta: fc.constant({ any: { thing: [1, null] } }),
  },
  { requiredKeys: ["list_id", "type", "name", "description", "tags", "os_types", "namespace_type"] },
) as fc.Arbitrary<ElasticList>;

const item = fc.record(
  {
    item_id: fc.uuid(),
    list_id: fc.constantFrom("a", "b", "not in the file"),
    type: fc.constant("simple" as const),
    name: word,
    description: text,
    entries: some(elasticEntries).filter(unlikeList),
    namespace_type: namespace,
    os_types: os,
    tags: fc.array(word, { maxLength: 2 }),
    comments: fc.array(fc.record({ comment: word }), { maxLength: 2 }),
    id: fc.uuid(),
    _version: word,
    tie_breaker_id: word,
    created_at: time,
    created_by: word,
    updated_at: time,
    updated_by: word,
    expire_time: time,
    meta: fc.constant({ owner: "soc", nested: { deep: true } }),
  },
  {
    requiredKeys: "item_id list_id type name description entries namespace_type os_types tags comments".split(
      " ",
    ) as never[],
  },
) as fc.Arbitrary<ElasticItem>;

/** A record of what an import saves. */
function record(draft: Omit<ExceptionDraft, "ruleIds">, ruleIds: readonly string[] = ["r"]): ExceptionRecord {
  return {
    ...draft,
    ruleIds: [...ruleIds],
    id: "00000000-0000-4000-8000-000000000001",
    version: 1,
    createdAt: "2026-06-17T12:00:00.000Z",
    createdBy: "lena",
    hits: 0,
    breadth: { score: 0, level: "narrow", reasons: [] },
  };
}

function exported(records: readonly ExceptionRecord[]): string {
  const made = records.map((one) => itemsOf(one, new Map(), noLists));
  const lists = new Map<string, ElasticList>();
  const items = made.flatMap((one) => {
    if (!one.ok) throw new Error(one.error);
    if (one.value.list !== undefined) lists.set(one.value.list.list_id, one.value.list);
    return one.value.items;
  });
  return printElasticFile([...lists.values()], items);
}

function imported(content: string) {
  const read = parseElasticFile(content, file);
  expect(read.problems).toEqual([]);
  const lists = new Map(read.lists.map(({ value }) => [value.list_id, value]));
  return read.items.map(({ value }) => {
    const made = draftOfItem(value, lists.get(value.list_id));
    if (!made.ok) throw new Error(made.error);
    return made.value;
  });
}

describe("an Elastic exception file", () => {
  it("is the same again when it is imported and exported, whatever it has", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(list, { selector: (one) => one.list_id }),
        fc.uniqueArray(item, { selector: (one) => one.item_id, maxLength: 4 }),
        (lists, items) => {
          // A list without items has nothing that could keep it.
          const used = lists.filter(({ list_id: id }) => items.some((one) => one.list_id === id));
          const content = printElasticFile(used, items);
          const sorted = (of: string) => of.split("\n").toSorted();
          const again = exported(imported(content).map(({ draft }) => record(draft)));
          expect(sorted(again)).toEqual(sorted(content));
        },
      ),
      { numRuns: runs },
    );
  });

  it("gives the same exception again for every exception that it can say", () => {
    const caseMode = fc.constantFrom("sensitive" as const, "insensitive" as const);
    const simple = fc.oneof(
      fc.record({ type: fc.constant("match" as const), field, operator, case: caseMode, value: word }),
      fc.record({ type: fc.constant("match_any" as const), field, operator, case: caseMode, values: some(word) }),
      fc.record({ type: fc.constant("exists" as const), field, operator, case: fc.constant("sensitive" as const) }),
    );
    const entry: fc.Arbitrary<ExceptionEntry> = fc.oneof(
      simple,
      fc.record({ type: fc.constant("wildcard" as const), field, operator, case: caseMode, value: word }),
      fc.record({ type: fc.constant("list" as const), field, operator, case: caseMode, list: word }),
      fc.record({ type: fc.constant("nested" as const), field, entries: some(simple) }),
    );
    const drafts = fc.record({
      name: word,
      reason: text,
      ruleIds: some(word),
      ruleTags: maybe(some(word)),
      allRules: maybe(fc.constant(true as const)),
      os: maybe(os.filter(({ length }) => length > 0)),
      entries: some(entry),
      expires: maybe(time),
      reviewBy: maybe(time),
    });
    fc.assert(
      fc.property(drafts, ({ ruleIds, ruleTags, allRules, ...draft }) => {
        const given = record({ ...draft, mode: "shadow", ruleTags, allRules }, ruleIds);
        const [again, ...more] = imported(exported([given]));
        expect(more).toEqual([]);
        const { exchange: _, ...read } = { ...again?.draft, ...again?.scope };
        expect(read).toEqual(JSON.parse(JSON.stringify({ ...draft, mode: "shadow", ruleIds, ruleTags, allRules })));
      }),
      { numRuns: runs },
    );
  });

  it("has an item for each group of entries, which an import takes together again", () => {
    const entry = (value: string): ExceptionEntry => ({
      type: "match",
      field: "process.name",
      value,
      operator: "included",
      case: "sensitive",
    });
    const given = record({
      name: "two",
      reason: "",
      mode: "shadow",
      entries: [entry("a")],
      alternatives: [[entry("b")]],
    });
    const items = imported(exported([given]));
    expect(items.map(({ alternativeOf }) => alternativeOf).toSorted()).toEqual([`stemma-${given.id}`, undefined]);
  });

  const good =
    '{"item_id":"i","list_id":"l","type":"simple","name":"n","description":"d","entries":[{"type":"match","field":"a","operator":"included","value":"b"}]';
  it.each<readonly [string, string, string | undefined]>([
    ["{", "not a JSON object", undefined],
    ["[1]", "expected a JSON object", undefined],
    [`${good},"surprise":1}`, "unknown key surprise", "surprise"],
    [`${good},"__proto__":{"a":1}}`, "unknown key __proto__", undefined],
    [`${good},"meta":{"__proto__":{"a":1}}}`, "unknown key __proto__", undefined],
    [good.replace('"value":"b"', '"value":"b","case":"x"').concat("}"), "unknown key case", "entries.0.case"],
    [good.replace('"value":"b"', '"value":7').concat("}"), "expected string", "entries.0.value"],
    [good.replace('"value":"b"', `"value":"${"x".repeat(8001)}"`).concat("}"), "8000", "entries.0.value"],
    [good.replace("match", "fuzzy").concat("}"), "type", "entries.0.type"],
    [`${good},"expire_time":"soon"}`, "expire_time", "expire_time"],
    [`{"entries":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, "levels deep", undefined],
    ['{"list_id":"l"}', "type", "type"],
  ])("names line and field of what is wrong: %.60s", (line, message, at) => {
    const { items, problems } = parseElasticFile(`${good}}\n\n${line}\n`, file);
    expect(items).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.at).toMatchObject({ file, line: 3, ...(at === undefined ? {} : { field: at }) });
  });

  it("has 10,000 objects at most, the counters aside", () => {
    const lines = (count: number) => `${good}}\n`.repeat(count);
    const counters = '{"exported_exception_list_count":1}\n';
    expect(parseElasticFile(lines(mostObjects) + counters, file).items).toHaveLength(mostObjects);
    const more = parseElasticFile(lines(mostObjects + 1), file);
    expect([more.items, more.problems.map(({ code, at }) => [code, at?.line])]).toEqual([
      [],
      [["exchange.too-many-objects", mostObjects + 1]],
    ]);
  });

  it("keeps of comments their text, and takes lines in any order", () => {
    const comment = '{"id":"1","comment":"known","created_by":"ann","created_at":"2026-01-01"}';
    const content = `{"exported_exception_list_count":1}\n${good},"comments":[${comment}]}\n{"list_id":"l","type":"detection","name":"L","description":""}`;
    const [only] = imported(content);
    expect(only?.draft.exchange?.item.comments).toEqual([{ comment: "known" }]);
    expect(only?.draft.exchange?.list?.name).toBe("L");
  });

  it("refuses items of lists that are not about detection rules", () => {
    const { items } = parseElasticFile(`${good}}`, file);
    const endpoint = { list_id: "l", type: "endpoint", name: "E" } as ElasticList;
    expect(items[0] && draftOfItem(items[0].value, endpoint)).toMatchObject({ ok: false });
  });
});
