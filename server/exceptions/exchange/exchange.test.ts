import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { exceptionExport, exceptionImport } from "#contracts/exception-exchange";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../../test/factories/workbench-store.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { readRules } from "../../detection/rule-files/load.ts";
import { ok } from "../../lib/result.ts";
import { suggestDraft } from "../draft.ts";
import { exportExceptions } from "./export.ts";
import { importExceptions } from "./import.ts";
import { tuningProposalOf } from "./tuning.ts";

const current = "12f07955-1674-44f7-86b5-c35da0a6f41a";
const macros = new Map();

describe("exceptions in the formats of others", () => {
  let world: WorkbenchStore;
  let alerts: readonly AlertRecord[];
  let ids = 0;
  const newId = () => `imported-${++ids}`;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
    alerts = (await world.store.alerts.find({ ruleIds: [current], limit: 500, order: "oldest-first" })).items;
  });
  afterAll(() => world.close());

  const commandOf = (alert: AlertRecord) => String(alert.fields["process.command_line"]);
  async function draftFor(part: string): Promise<ExceptionDraft> {
    const alert = alerts.find((one) => commandOf(one).includes(part));
    if (alert === undefined) throw new Error(`no alert with ${part}`);
    const rule = world.rules.find(({ id }) => id === alert.rule.id);
    return { ...(await suggestDraft(world.store, alert, rule)).draft, reason: "Inventory", mode: "shadow" };
  }
  const valueOfField = ({ field }: { readonly field: string }) =>
    String(alerts.find((one) => commandOf(one).includes("collect.cmd"))?.fields[field]);
  async function put(draft: ExceptionDraft): Promise<ExceptionRecord> {
    const record: ExceptionRecord = {
      ...draft,
      id: `own-${++ids}`,
      version: 1,
      createdAt: new Date(noon).toISOString(),
      createdBy: "lena",
      hits: 0,
      breadth: { score: 1, level: "narrow", reasons: [] },
    };
    await world.store.write((transaction) => transaction.exceptions.put(record));
    return record;
  }
  const exporting = async (format: "elastic" | "eql" | "kql" | "spl" | "sigma", record: ExceptionRecord) => {
    const result = await exportExceptions(
      world.store,
      { format, ids: [record.id] },
      { rules: world.rules, macros, now: noon },
    );
    if (!result.ok) throw new Error(result.error.message);
    return exceptionExport.parse(result.value);
  };
  const importing = async (text: string, more: Partial<Parameters<typeof importExceptions>[1]> = {}) => {
    const result = await importExceptions(
      world.store,
      { format: "elastic", file: "e.ndjson", text, dryRun: false, ...more },
      { rules: world.rules, actor: { name: "lena" }, clock: () => noon, newId },
    );
    if (!result.ok) throw new Error(result.error.message);
    return exceptionImport.parse(result.value);
  };

  it.each(["elastic", "eql"] as const)("are equal in %s, proven on the stored alerts", async (format) => {
    const made = await exporting(format, await put(await draftFor("collect.cmd")));
    const [only] = made.exceptions;
    expect(only?.refused).toBeUndefined();
    expect(only?.proof).toMatchObject({ verdict: "equal", negatives: { hidden: 0 } });
    expect(only?.proof?.positives.tested).toBeGreaterThan(0);
    expect(only?.proof?.negatives.tested).toBeGreaterThan(0);
    expect(made.text).not.toBe("");
  });

  it("with typed stand-ins are exact in EQL and broader, within bounds, in Elastic", async () => {
    const alert = alerts.find((one) => commandOf(one).includes("collect.cmd"));
    const command = alert === undefined ? "" : commandOf(alert);
    const template: ExceptionEntry = {
      type: "template",
      field: "process.command_line",
      value: command.replaceAll("{", "{{").replace(/[0-9]+/, "{digits}"),
      operator: "included",
      case: "insensitive",
    };
    const draft = await draftFor("collect.cmd");
    const record = await put({ ...draft, entries: [template] });
    expect((await exporting("eql", record)).exceptions[0]).toMatchObject({
      form: "equal",
      proof: { verdict: "equal" },
    });
    const elastic = await exporting("elastic", record);
    expect(elastic.exceptions[0]?.form).toMatch(/broader|different/);
    expect(elastic.text).toContain('"operator":"excluded"');
  });

  it("about sessions, ancestors and rules of other languages are refused with the reason", async () => {
    const draft = await draftFor("collect.cmd");
    const entry = { ...draft.entries[0], field: "user.name" } as ExceptionEntry;
    const session = { type: "session", operator: "included", entries: [entry] } as ExceptionEntry;
    const record = await put({ ...draft, entries: [...draft.entries, session] });
    expect((await exporting("elastic", record)).exceptions[0]?.refused).toContain("logon session");
    const plain = await put(draft);
    expect((await exporting("sigma", plain)).exceptions[0]?.refused).toContain("Sigma");
    expect((await exporting("spl", plain)).exceptions[0]?.refused).toContain("filter macro");
  });

  it("are refused in a form that hides more of what is stored", async () => {
    const draft = await draftFor("collect.cmd");
    // KQL has no `?`: the pattern for one character becomes one for any, and matches other alerts.
    const others = alerts.map(commandOf).filter((one) => !one.includes("collect.cmd"));
    expect(others.length).toBeGreaterThan(0);
    const record = await put({
      ...draft,
      entries: [
        {
          type: "wildcard",
          field: "process.command_line",
          value: "????*".slice(0, 4),
          operator: "included",
          case: "insensitive",
        },
      ],
    });
    const [only] = (await exporting("kql", record)).exceptions;
    expect(only).toMatchObject({ refused: expect.stringContaining("would hide") });
  });

  it("are imported in shadow mode with audit records, and the same file only once", async () => {
    const draft = await draftFor("collect.cmd");
    // Elastic has no templates: an exact value is imported as it was exported.
    const entries = draft.entries.map((entry) =>
      entry.type === "template" ? { ...entry, type: "match" as const, value: valueOfField(entry) } : entry,
    );
    const given = await put({ ...draft, entries });
    const { text } = await exporting("elastic", given);
    const preview = await importing(text, { dryRun: true });
    expect(preview).toMatchObject({
      saved: 0,
      problems: [],
      exceptions: [{ wouldHide: expect.any(Number), malicious: 0 }],
    });
    expect(preview.exceptions[0]?.wouldHide).toBeGreaterThan(0);
    const open = (await world.store.alerts.find({ statuses: ["open"], limit: 1 })).total;
    const { exceptions: items, saved } = await importing(text);
    expect(saved).toBe(1);
    const record = await world.store.exceptions.get(items[0]?.exceptionId ?? "");
    expect(record).toMatchObject({ mode: "shadow", name: given.name, ruleIds: given.ruleIds, entries: given.entries });
    expect((await world.store.alerts.find({ statuses: ["open"], limit: 1 })).total).toBe(open);
    const { items: audit } = await world.store.audit.page({ limit: 2 });
    expect(audit.map(({ action }) => action)).toEqual(["exception.import", "exception.save"]);
    expect(record && (await exporting("elastic", record)).text).toBe(text);
    const again = await importing(text);
    expect([again.saved, again.warnings.map(({ code }) => code)]).toEqual([0, ["exchange.skipped"]]);
  });

  it("are all saved or none, unless what is right is asked for", async () => {
    const item = (id: string, more = "") =>
      `{"item_id":"${id}","list_id":"l","type":"simple","name":"${id}","description":"d","entries":[` +
      `{"type":"match","field":"process.command_line","operator":"included","value":"C:\\\\agent\\\\${id}.exe /quiet"},` +
      `{"type":"match","field":"user.name","operator":"included","value":"svc"},` +
      `{"type":"match","field":"host.name","operator":"included","value":"h"}]${more}}`;
    const text = [item("one"), item("two", ',"surprise":1'), "{", item("three")].join("\n");
    const without = await importing(text, { ruleIds: [current] });
    expect([without.saved, without.problems.map(({ at }) => at?.line)]).toEqual([0, [2, 3]]);
    const partial = await importing(text, { ruleIds: [current], partial: true });
    expect([partial.saved, partial.exceptions.map(({ itemId }) => itemId)]).toEqual([2, ["one", "three"]]);
    const nowhere = await importing(item("four"));
    expect(nowhere.problems).toMatchObject([{ code: "exchange.not-importable", at: { line: 1 } }]);
    const expired = await importing(item("five", ',"expire_time":"2020-01-01T00:00:00.000Z"'), { ruleIds: [current] });
    expect([expired.saved, expired.warnings.map(({ code }) => code)]).toEqual([
      0,
      ["exchange.list-unknown", "exchange.skipped"],
    ]);
    const broad = item("six").replace(
      /"entries":\[.*\]/,
      '"entries":[{"type":"match","field":"process.name","operator":"included","value":"cmd.exe"}]',
    );
    expect((await importing(broad, { ruleIds: [current] })).problems).toMatchObject([{ code: "exception.too-broad" }]);
  });

  it("become a proposal for the authors of a rule, without the names of the house", async () => {
    const record = await put(await draftFor("collect.cmd"));
    const context = { rules: world.rules, macros };
    const { markdown } = await tuningProposalOf(world.store, record, context);
    expect(markdown).toBe((await tuningProposalOf(world.store, record, context)).markdown);
    expect(markdown).toMatch(/```diff\n--- a\/.*\n\+\+\+ b\/.*\n@@ /);
    expect(markdown).toContain("+and not (");
    for (const name of alerts.flatMap(({ host, user }) => [host, user?.name ?? "", user?.domain ?? ""])) {
      if (name.length > 1 && !/^(SYSTEM|NT AUTHORITY|LOCAL SERVICE|NETWORK SERVICE)$/i.test(name)) {
        expect(markdown.toLowerCase().split(/[^\p{L}\p{N}_.-]+/u)).not.toContain(name.toLowerCase());
      }
    }
    expect(markdown).toContain("HOST-1");
  });

  it("are Sigma filters and Splunk macros that work when they are loaded again", async () => {
    const sigma = `title: Sigma WMI\nid: sigma-wmi\nlogsource: {product: windows, category: process_creation}\ndetection:
  s: {ParentImage|endswith: '\\wmiprvse.exe'}
  condition: s`;
    const splunk = `id: splunk-wmi\nname: Splunk WMI\nversion: 1\nsearch: >-
  | tstats \`security_content_summariesonly\` count from datamodel=Endpoint.Processes
  where Processes.parent_process_name=wmiprvse.exe
  by Processes.dest Processes.user Processes.process Processes.process_name Processes.parent_process_path
  | \`drop_dm_object_name(Processes)\` | \`splunk_wmi_filter\``;
    const summaries = "name: security_content_summariesonly\ndefinition: summariesonly=false fillnull_value=null";
    const files = [
      { file: "/r/s.yml", source: "s.yml", text: ok(sigma) },
      { file: "/r/p.yml", source: "p.yml", text: ok(splunk) },
      { file: "/r/m.yml", source: "m.yml", text: ok(summaries) },
    ];
    const loaded = readRules(files);
    expect(loaded.rules.map(({ body }) => body.kind)).toEqual(["event", "grouped"]);
    const alert = alerts.find((one) => commandOf(one).includes("collect.cmd"));
    const match = (field: string, value: unknown): ExceptionEntry => ({
      ...{ type: "match", field, value: String(value), operator: "included", case: "insensitive" },
    });
    const fields = alert?.fields ?? {};
    const draft: ExceptionDraft = {
      name: "Inventory",
      reason: "",
      ruleIds: ["sigma-wmi", "splunk-wmi"],
      mode: "shadow",
      entries: ["process.command_line", "process.parent.executable"].map((one) => match(one, fields[one])),
    };
    const record = await put(draft);
    // The alerts of another rule stand for those that these rules would have raised on the same events.
    for (const [ruleId, format] of [
      ["sigma-wmi", "sigma"],
      ["splunk-wmi", "spl"],
    ] as const) {
      await world.store.write(async ({ alerts: writer }) => {
        for (const one of alerts) {
          await writer.put({ ...one, id: `${one.id}-${ruleId}`, rule: { ...one.rule, id: ruleId } });
        }
      });
      const only = { ...record, ruleIds: [ruleId] };
      await world.store.write((transaction) => transaction.exceptions.put(only));
      const made = await exportExceptions(
        world.store,
        { format, ids: [record.id] },
        { rules: loaded.rules, macros: loaded.macros, now: noon },
      );
      if (!made.ok) throw new Error(made.error.message);
      expect(made.value.exceptions[0]).toMatchObject({ proof: { verdict: "equal", negatives: { hidden: 0 } } });
      expect(made.value.exceptions[0]?.proof?.positives.tested).toBeGreaterThan(0);
      const source = made.value.fileName;
      const again = readRules([...files, { file: `/r/${source}`, source, text: ok(made.value.text) }]);
      expect(again.files.at(-1)).toMatchObject({ state: "evaluable" });
      const before = loaded.rules.find(({ id }) => id === ruleId);
      expect(again.rules.find(({ id }) => id === ruleId)?.body).not.toEqual(before?.body);
    }
  });
});
