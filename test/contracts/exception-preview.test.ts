import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { ExceptionDraft } from "#contracts/exception";
import type { ExceptionEntry } from "#contracts/exception-entry";
import type { AlertRecord } from "../../server/alert/record.ts";
import { compileCondition } from "../../server/condition/evaluate.ts";
import { wildcard } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import { compileSequence, parseEql } from "../../server/detection/languages/eql/eql.ts";
import type { Rule } from "../../server/detection/rule.ts";
import { parseElasticRule } from "../../server/detection/rule-files/elastic-rule.ts";
import { readRules } from "../../server/detection/rule-files/load.ts";
import { anyStageCondition } from "../../server/detection/sequence/plan.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { exceptionCondition } from "../../server/exception/condition.ts";
import { dryRunDetail } from "../../server/exceptions/dry-run.ts";
import { plainId } from "../../server/lib/plain-id.ts";
import { ok } from "../../server/lib/result.ts";
import type { Store } from "../../server/store/port.ts";
import { exception, rule } from "../factories/alerts.ts";
import { guid, securityStart, sysmonActivity, sysmonStart, T0 } from "../factories/events.ts";
import { history, inBatches } from "../factories/histories.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { exceptionSaver } from "../factories/save-exception.ts";
import { neo4jOfThisRun, sqliteInTemporaryFolder } from "./stores.ts";

/** More runs search deeper: `PREVIEW_RUNS=1000`. */
const RUNS = Number(process.env["PREVIEW_RUNS"] ?? 25);
const NOW = T0 + 30 * 86_400_000;
/** `PREVIEW_STORE=neo4j`: the same on the other store, where each query is a round trip. */
const openStore = process.env["PREVIEW_STORE"] === "neo4j" ? neo4jOfThisRun : sqliteInTemporaryFolder;

// ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const singleRules: readonly Rule[] = [
  // Matches the starts and the file events of a process.
  { ...rule(), id: "program", body: { kind: "event", condition: wildcard("process.name", "a.exe") } },
  { ...rule(), id: "any-program", body: { kind: "event", condition: wildcard("process.name", "*") } },
  { ...rule(), id: "starts", body: { kind: "event", condition: wildcard("process.command_line", "*x*") } },
  { ...rule(), id: "files", body: { kind: "event", condition: wildcard("file.path", "C:\\out\\*") } },
];

function sequenceRule(id: string, query: string): Rule {
  const parsed = parseEql(query);
  if (!parsed.ok || parsed.value.kind === "event") {
    throw new Error(query);
  }
  const plan = compileSequence(parsed.value);
  return { ...rule(), id, body: { kind: "sequence", plan, condition: anyStageCondition(plan) } };
}

const sequenceRules: readonly Rule[] = [
  sequenceRule(
    "pair",
    `sequence by host.name with maxspan=2m [process where process.name : "a.exe"] [process where process.name : "b.exe"]`,
  ),
  sequenceRule(
    "until",
    `sequence by host.name with maxspan=5m [process where process.name : "a.exe"] [process where process.name : "b.exe"]
       [process where process.name : ("a.exe", "c.exe")] until [file where file.name : "stop"]`,
  ),
  sequenceRule(
    "missing",
    `sequence by host.name with maxspan=1m [process where process.name : "a.exe"] ![file where true]
       [process where process.name : ("b.exe", "c.exe")]`,
  ),
  sequenceRule(
    "missing-first",
    `sequence by host.name with maxspan=1m ![file where true] [process where process.name : "a.exe"]
       [process where process.name : "b.exe"]`,
  ),
  sequenceRule(
    "missing-last",
    `sequence by host.name with maxspan=1m [process where process.name : "a.exe"] [process where true] ![file where true]`,
  ),
  sequenceRule("repeated", `sequence by user.name with maxspan=5m [process where true] with runs=3 [file where true]`),
  sequenceRule(
    "program-and-file",
    `sequence by process.entity_id [process where process.name : "a.exe"] [file where true]`,
  ),
];

const sampleRule = sequenceRule(
  "sample",
  `sample by host.name [process where process.name : "a.exe"] [file where true]`,
);

function elasticRule(id: string, more: string): Rule {
  const text = `[rule]\nrule_id = "${id}"\nname = "${id}"\nseverity = "low"\nrisk_score = 21\nlanguage = "kuery"\n${more}`;
  const parsed = parseElasticRule(text, `${id}.toml`);
  if (!parsed.ok || parsed.value.body.kind === "not-evaluable") {
    throw new Error(JSON.stringify(parsed));
  }
  return parsed.value;
}

const sigma = readRules(
  [
    `title: a\nid: sigma-a\nname: a\nlogsource: { product: windows, category: process_creation }
detection: { selection: { Image|endswith: '\\a.exe' }, condition: selection }`,
    `title: b\nid: sigma-b\nname: b\nlogsource: { product: windows, category: process_creation }
detection: { selection: { Image|endswith: '\\b.exe' }, condition: selection }`,
    `title: both\nid: sigma-both\ncorrelation: { type: temporal, rules: [a, b], group-by: [Computer], timespan: 2m }`,
    `title: in order\nid: sigma-order\nname: order
correlation: { type: temporal_ordered, rules: [a, b], group-by: [Computer], timespan: 2m, generate: true }`,
    `title: few\nid: sigma-few
correlation: { type: event_count, rules: [a], group-by: [Computer], timespan: 2m, condition: { lte: 1 } }`,
    `title: nested\nid: sigma-nested
correlation: { type: event_count, rules: [order, a], group-by: [Computer], timespan: 5m, condition: { gte: 2 } }`,
  ].map((text, index) => ({ file: `${index}.yml`, source: `${index}.yml`, text: ok(text) })),
).rules;

const countingRules: readonly Rule[] = [
  elasticRule(
    "threshold",
    `type = "threshold"\nfrom = "now-3m"\nquery = "event.type: start"
[rule.threshold]\nfield = ["host.name"]\nvalue = 3`,
  ),
  elasticRule(
    "cardinality",
    `type = "threshold"\nfrom = "now-5m"\nquery = "process.name: *"
[rule.threshold]\nfield = ["user.name"]\nvalue = 2\n[[rule.threshold.cardinality]]\nfield = "process.name"\nvalue = 2`,
  ),
  elasticRule(
    "new-terms",
    `type = "new_terms"\nquery = "process.name: *"
[rule.new_terms]\nfield = "new_terms_fields"\nvalue = ["user.name"]
[[rule.new_terms.history_window_start]]\nfield = "history_window_start"\nvalue = "now-4m"`,
  ),
  elasticRule(
    "suppression",
    `type = "query"\nquery = "process.name: (a.exe or b.exe)"
[rule.alert_suppression]\ngroup_by = ["user.name"]\nduration = { value = 3, unit = "m" }`,
  ),
  ...sigma,
];

/** Every second one has a tag. */
const rules = [...singleRules, ...sequenceRules, sampleRule, ...countingRules].map((one, index) =>
  index % 2 === 1 ? { ...one, tags: ["odd"] } : one,
);
if (rules.some(({ body }) => body.kind === "not-evaluable")) {
  throw new Error("a rule of this test cannot be evaluated");
}
const detector = createDetector(rules);

// ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const hosts = ["host-a", "host-b"] as const;
const users = ["alice", "bob"] as const;
const programs = ["a", "b", "c"] as const;
const files = ["known.txt", "other.txt", "stop"] as const;

const startedProgram = fc.record({
  host: fc.constantFrom(...hosts),
  user: fc.constantFrom(...users),
  program: fc.constantFrom(...programs),
  argument: fc.constantFrom("x", "y"),
  step: fc.nat(30),
  logs: fc.constantFrom("sysmon", "security", "both"),
  files: fc.array(fc.record({ name: fc.constantFrom(...files), after: fc.integer({ min: 1, max: 10 }) }), {
    maxLength: 3,
  }),
});

/** The records of a few processes, in time order. */
const processes: fc.Arbitrary<readonly StemmaEvent[]> = fc
  .array(startedProgram, { minLength: 1, maxLength: 9 })
  .map((started) => {
    let record = 0;
    const events = started.flatMap(({ host, user, program, argument, step, logs, files: written }, index) => {
      const serial = index + 1;
      const time = T0 + step * 20_000;
      const common = {
        host,
        pid: 1000 + serial * 4,
        image: `C:\\${program}.exe`,
        commandLine: `${program}.exe ${argument}`,
      };
      const recordId = () => String(++record);
      const entity = { guid: guid(time, serial), user: `CORP\\${user}` };
      const starts = {
        sysmon: () => [sysmonStart({ ...common, ...entity, time, recordId: recordId() })],
        security: () => [
          securityStart({
            ...common,
            time: time + 300,
            subject: `CORP\\${host.toUpperCase()}$`,
            target: `CORP\\${user}`,
            recordId: recordId(),
          }),
        ],
        both: () => [...starts.sysmon(), ...starts.security()],
      };
      const activity = written.map(({ name, after }) => {
        const { commandLine: _, ...rest } = common;
        return sysmonActivity(11, {
          ...rest,
          ...(logs === "security" ? {} : entity),
          time: time + after * 7_000,
          recordId: recordId(),
          file: `C:\\out\\${name}`,
        });
      });
      return [...starts[logs](), ...activity];
    });
    return events.toSorted((left, right) => left.time - right.time);
  });

/** Few pids and images, and times that collide, so that lineage cannot always tell processes apart. */
const ambiguous = history.map(({ events }) => events.toSorted((left, right) => left.time - right.time));

/** Events in time order, and as they arrive in a few ingests. */
interface Arriving {
  readonly events: readonly StemmaEvent[];
  readonly portions: readonly (readonly StemmaEvent[])[];
}

const sizes = fc.array(fc.integer({ min: 4, max: 20 }), { minLength: 1, maxLength: 3 });

function inOrder(histories: fc.Arbitrary<readonly StemmaEvent[]>): fc.Arbitrary<Arriving> {
  return fc.tuple(histories, sizes).map(([events, cuts]) => ({ events, portions: inBatches(events, cuts) }));
}

function anyOrder(histories: fc.Arbitrary<readonly StemmaEvent[]>): fc.Arbitrary<Arriving> {
  return histories.chain((events) =>
    fc
      .tuple(fc.shuffledSubarray([...events], { minLength: events.length, maxLength: events.length }), sizes)
      .map(([shuffled, cuts]) => ({ events, portions: inBatches(shuffled, cuts) })),
  );
}

// ── exceptions ───────────────────────────────────────────────────────────────────────────────────────────────────────

const values: Readonly<Record<string, readonly string[]>> = {
  "host.name": hosts,
  "user.name": [...users, "HOST-A$", "ALICE"],
  "user.effective.name": users,
  "process.name": ["a.exe", "A.EXE", "b.exe", "c.exe"],
  "process.command_line": ["a.exe x", "b.exe y", "c.exe x"],
  "file.path": files.map((name) => `C:\\out\\${name}`),
  "event.code": ["1", "11", "4688"],
  "event.category": ["process", "file"],
};

const entry: fc.Arbitrary<ExceptionEntry> = fc.constantFrom(...Object.keys(values)).chain((field) => {
  const value = fc.constantFrom(...(values[field] ?? []));
  const common = {
    field: fc.constant(field),
    operator: fc.constantFrom("included", "included", "included", "excluded"),
    case: fc.constantFrom("sensitive", "insensitive"),
  } as const;
  return fc.oneof(
    fc.record({ type: fc.constant("match"), value, ...common }),
    fc.record({ type: fc.constant("match_any"), values: fc.array(value, { minLength: 1, maxLength: 2 }), ...common }),
    fc.record({
      type: fc.constant("wildcard"),
      value: value.map((text) => `*${(text.slice(1, -1) || text).replaceAll("\\", "\\\\")}*`),
      ...common,
    }),
    fc.record({ type: fc.constant("exists"), ...common }),
  ) as fc.Arbitrary<ExceptionEntry>;
});

/** An entry about what the process graph knows of the process of an event. */
const anchor: fc.Arbitrary<ExceptionEntry> = fc
  .record({
    type: fc.constantFrom("ancestor", "session"),
    which: fc.constantFrom("parent", "any"),
    field: fc.constantFrom("process.name", "user.name"),
    value: fc.constantFrom("a.exe", "b.exe", "alice", "bob"),
    operator: fc.constantFrom("included", "included", "excluded"),
  } as const)
  .map(({ type, which, field, value, operator }): ExceptionEntry => {
    const tested = { type: "match", field, value, operator: "included", case: "insensitive" } as const;
    return type === "ancestor"
      ? { type, which, operator, entries: [tested] }
      : { type, operator, entries: [{ ...tested, field: "user.name" }] };
  });

function draftFor(some: readonly Rule[]): fc.Arbitrary<ExceptionDraft> {
  const group = fc.array(entry, { minLength: 1, maxLength: 2 });
  const anchored = fc.tuple(group, anchor).map(([entries, one]) => [...entries, one]);
  return fc
    .record({
      ruleIds: fc.subarray(
        some.map(({ id }) => id),
        { minLength: 1 },
      ),
      entries: fc.oneof({ weight: 3, arbitrary: group }, { weight: 1, arbitrary: anchored }),
      alternatives: fc.option(fc.array(group, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 3 }),
      step: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 4 }),
      scope: fc.constantFrom("ids", "ids", "tag", "all"),
    })
    .map(
      ({ ruleIds, scope, ...rest }): ExceptionDraft => ({
        ...{ name: "Generated", reason: "known", mode: "enforced", ...rest },
        ruleIds: scope === "ids" ? ruleIds : [],
        ...(scope === "tag" ? { ruleTags: ["odd"] } : scope === "all" ? { allRules: true } : {}),
      }),
    );
}

const program: ExceptionEntry = {
  ...{ type: "match", field: "winlog.event_data.Image", value: "C:\\a.exe" },
  ...{ operator: "included", case: "insensitive" },
};

/**
 * Broad, but not refused: the path names a program, of which few command lines are generated.
 */
const savableDraft = draftFor(rules).map((draft) => ({
  ...draft,
  breadthReason: "generated",
  entries: [...draft.entries, program],
  alternatives: draft.alternatives?.map((group) => [...group, program]),
}));

// ── ingest, preview and save ─────────────────────────────────────────────────────────────────────────────────────────

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const test = await openStore();
  try {
    return await work(test.store);
  } finally {
    await test.dispose();
  }
}

async function ingestAll(store: Store, portions: readonly (readonly StemmaEvent[])[]): Promise<void> {
  for (const portion of portions) {
    await ingestEvents(store, detector, portion, NOW);
  }
}

async function alertsOf(store: Store, query: { readonly statuses?: readonly AlertRecord["status"][] } = {}) {
  return (await store.alerts.find({ ...query, limit: 10_000, order: "oldest-first" })).items;
}

/** The alerts of an ingest without the exception, those that its preview lists, and the alerts with it in force. */
async function compare(portions: readonly (readonly StemmaEvent[])[], draft: ExceptionDraft) {
  const stored = await withStore(async (store) => {
    await ingestAll(store, portions);
    const before = await alertsOf(store, { statuses: ["open"] });
    const { closes, result, instead, regrouped } = await dryRunDetail(store, rules, draft, () => NOW);
    expect(result.truncationReason).toBeUndefined();
    expect(result.totals).toMatchObject({ raisesInstead: instead.length, regrouped: regrouped.length });
    checked += 1;
    return {
      before,
      all: await alertsOf(store),
      preview: new Set(closes.map(({ alert }) => alert.id)),
      instead: instead.map(({ rule: { id }, members }) => `${id}: ${members.map((member) => member.id).join(", ")}`),
      regrouped: new Set(regrouped),
    };
  });
  const inForce = await withStore(async (store) => {
    await store.write(({ exceptions }) => exceptions.put(exception({ ...draft, id: "in-force" })));
    await ingestAll(store, portions);
    return alertsOf(store, { statuses: ["open"] });
  });
  return { ...stored, inForce };
}

/** The alerts that the preview lists, and those that saving closes. */
async function save(portions: readonly (readonly StemmaEvent[])[], draft: ExceptionDraft) {
  return withStore(async (store) => {
    await ingestAll(store, portions);
    const saver = exceptionSaver();
    const result = await saver.dryRun(store, rules, draft, () => NOW);
    // What is refused is not saved: the generated drafts that are too broad are left out.
    fc.pre(result.breadth.level !== "refused");
    const { closes } = await dryRunDetail(store, rules, draft, () => NOW);
    const request = {
      draft,
      token: result.token,
      actor: { name: "tester" },
      clock: () => NOW,
      newId: () => crypto.randomUUID(),
    };
    expect(await saver.save(store, rules, request)).toMatchObject({ ok: true, value: { closed: closes.length } });
    const closed = await alertsOf(store, { statuses: ["closed"] });
    return {
      preview: idsOf(closes.map(({ alert }) => alert)),
      closed: idsOf(closed.filter(({ closeReason }) => closeReason === "exception")),
    };
  });
}

const idsOf = (alerts: readonly Pick<AlertRecord, "id">[]) => alerts.map(({ id }) => id).sort();

function restsOn(eventIds: ReadonlySet<string>): (alert: AlertRecord) => boolean {
  return ({ sources }) => sources.some(({ eventId }) => eventIds.has(eventId));
}

/** An alert by its rule and the indexes of its events, for messages. */
function described(events: readonly StemmaEvent[]) {
  return ({ rule: { id }, sources }: AlertRecord) =>
    `${id}: ${sources.map(({ eventId }) => events.findIndex((event) => event.id === eventId)).join(", ")}`;
}

/** Everything that an ingest with the exception does differently is in the preview, and nothing else. */
function expectSame({ before, all, preview, instead, regrouped, inForce }: Awaited<ReturnType<typeof compare>>): void {
  const key = ({ rule: { id }, sequence, sources }: AlertRecord) =>
    `${id}: ${(sequence?.eventIds ?? sources.map(({ eventId }) => eventId)).join(", ")}`;
  const stays = before.filter(({ id }) => !preview.has(id) && !regrouped.has(plainId(id)));
  const raised = new Set(inForce.map(({ id }) => id));
  const known = new Set(all.map(({ id }) => id));
  expect(stays.filter(({ id }) => !raised.has(id)).map(key)).toEqual([]);
  expect(inForce.filter(({ id }) => preview.has(id) || regrouped.has(plainId(id))).map(key)).toEqual([]);
  expect(instead.toSorted()).toEqual(
    inForce
      .filter(({ id }) => !known.has(id))
      .map(key)
      .sort(),
  );
}

/** The same draft for the counting rules alone. */
function toThese({ ruleTags: _, allRules: __, ruleIds, ...draft }: ExceptionDraft): ExceptionDraft {
  return { ...draft, ruleIds: ruleIds.length > 0 ? ruleIds : countingRules.map(({ id }) => id) };
}

let checked = 0;
afterAll(() => {
  if (process.env["PREVIEW_RUNS"] !== undefined) {
    console.info(`${checked} previews were compared with an ingest`);
  }
});

describe("the preview of an exception", () => {
  it.each([
    ["single events, in any order of arrival", singleRules, anyOrder(processes)],
    ["single events of processes that are hard to tell apart", singleRules, anyOrder(ambiguous)],
    ["sequences that arrive in time order", sequenceRules, inOrder(processes)],
  ])(
    "lists exactly the alerts that an ingest does not raise with the exception in force: %s",
    async (_, some, arriving) => {
      await fc.assert(
        fc.asyncProperty(arriving, draftFor(some), async ({ events, portions }, draft) => {
          const compared = await compare(portions, draft);
          // By tag or for all rules the draft applies to other kinds of rules, too.
          const before = compared.before.filter(({ rule: { id } }) => some.some((one) => one.id === id));
          const { preview, inForce } = compared;
          const listed = before.filter(({ id }) => preview.has(id));
          const notRaised = before.filter(({ id }) => !inForce.some((alert) => alert.id === id));
          expect(listed.map(described(events))).toEqual(notRaised.map(described(events)));
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 10_000,
  );

  it.each([
    ["time order", inOrder(processes), draftFor(countingRules)],
    // By tag or for all rules it would apply to sequences and samples, for which the order of arrival matters.
    ["any order", anyOrder(processes), draftFor(countingRules).map(toThese)],
  ])(
    "lists for rules that count exactly what an ingest does not raise, and what it raises instead: %s",
    async (_, arriving, drafts) => {
      await fc.assert(
        fc.asyncProperty(arriving, drafts, async ({ portions }, draft) => {
          expectSame(await compare(portions, draft));
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 10_000,
  );

  it(
    "lists for sequences and samples in time order exactly what an ingest does not raise, and what it raises instead",
    async () => {
      await fc.assert(
        fc.asyncProperty(inOrder(processes), draftFor([...sequenceRules, sampleRule]), async ({ portions }, draft) => {
          expectSame(await compare(portions, draft));
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 10_000,
  );

  it(
    "lists for any rule no alert that an ingest raises with the exception in force, and every other alert that rests on an excepted event",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyOrder(processes), draftFor(rules), async ({ events, portions }, draft) => {
          const { before, preview, inForce } = await compare(portions, draft);
          const matches = compileCondition(exceptionCondition(draft));
          const excepted = new Set(events.filter(({ fields }) => matches(fields)).map(({ id }) => id));
          expect(inForce.filter(({ id }) => preview.has(id)).map(described(events))).toEqual([]);
          const keptButNotRaised = before.filter(
            ({ id }) => !preview.has(id) && !inForce.some((alert) => alert.id === id),
          );
          // Alerts that rest on no excepted event may differ, see docs/decisions/0032.
          expect(keptButNotRaised.filter(restsOn(excepted)).map(described(events))).toEqual([]);
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 10_000,
  );

  it(
    "lists exactly the alerts that saving closes",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyOrder(processes), savableDraft, async ({ portions }, draft) => {
          const { preview, closed } = await save(portions, draft);
          expect(closed).toEqual(preview);
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 10_000,
  );
});
