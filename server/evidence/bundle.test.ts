import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bundle } from "#contracts/bundle";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { suggestHere } from "../playbooks/suggested.ts";
import { answerIncident, incidentQuestionsOf } from "../triage/incident/questions.ts";
import { commentOnIncident } from "../triage/incident/work.ts";
import { bundleOf } from "./bundle.ts";
import { compareWithStore } from "./compare.ts";
import { bundleFiles } from "./files.ts";
import { bundleLimits } from "./limits.ts";
import { bundleText } from "./seal.ts";
import { verifyBundle } from "./verify.ts";

const comment = 'Hostile: <script>alert(1)</script> "quoted" \u202egpj.exe';

let workbench: WorkbenchStore;
let key: string;
let bundle: Bundle;
/** The pages of a large incident and of a small one. */
let page: string;
let small: ReturnType<typeof bundleFiles>;

const content = () => ({
  rules: new Map(workbench.rules.map((rule) => [rule.id, rule])),
  playbooks: workbench.playbooks,
  version: "test",
});

async function made(of: string, limits = bundleLimits): Promise<Bundle> {
  const result = await bundleOf(workbench.store, content(), { key: of, at: noon, actor: { name: "lena" }, limits });
  if (!result.ok) {
    throw new Error(result.error.message);
  }
  return result.value;
}

/** The incidents of the sample, the largest first. */
async function incidents(): Promise<readonly (readonly [key: string, alerts: number])[]> {
  const { items } = await workbench.store.alerts.find({ buildingBlock: false, limit: 500 });
  const { incidentKey } = await import("../alert/incident-key.ts");
  return [...Map.groupBy(items, incidentKey)]
    .map(([one, alerts]) => [one, alerts.length] as const)
    .sort((a, b) => b[1] - a[1]);
}

beforeAll(async () => {
  workbench = await openWorkbenchStore();
  await workbench.take({ sampleAt: noon });
  const { store, playbooks } = workbench;
  const found = await incidents();
  key = found[0]?.[0] ?? "";
  const change = { key, actor: { name: "lena" }, at: noon, newId: () => "i1" };
  const [question] = (await incidentQuestionsOf(store, playbooks, key))?.questions ?? [];
  const alert = await store.alerts.get(question?.lead.alertId ?? "");
  await answerIncident(
    store,
    playbooks,
    {
      ...change,
      questionId: question?.id ?? "",
      request: {
        value: "raises",
        note: comment,
        evidence: [
          { kind: "event", id: alert?.sources[0]?.eventId ?? "" },
          { kind: "process", id: alert?.processKey ?? "" },
        ],
        processes: question?.processes.map((process) => process.key) ?? [],
      },
    },
    suggestHere(store, playbooks, { clock: () => noon }),
  );
  await commentOnIncident(store, change, comment);
  bundle = await made(key);
  page = bundleFiles(bundle).html.text;
  small = bundleFiles(await made(found.at(-1)?.[0] ?? ""));
});
afterAll(() => workbench.close());

const verify = (text: string) => verifyBundle(Buffer.from(text));
const failures = (text: string) => verify(text).checks.filter(({ state }) => state === "failed");

describe("the bundle of the sample's intrusion", () => {
  it("has everything about it: alerts with why they fired, their processes on every host, answers, audit", () => {
    const { sections } = bundle;
    expect(sections.alerts).toHaveLength(33);
    expect(sections.alerts.every(({ matched }) => matched.some(({ outcome }) => outcome))).toBe(true);
    expect(new Set(sections.processes.nodes.map(({ host }) => host)).size).toBeGreaterThan(1);
    expect(sections.processes.links.length).toBeGreaterThan(0);
    const nodes = new Set(sections.processes.nodes.map((node) => node.key));
    expect(sections.alerts.filter(({ process }) => process.key !== undefined && !nodes.has(process.key))).toEqual([]);
    expect(sections.audit.records.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["incident.answer", "incident.comment"]),
    );
    expect(sections.audit.trail.intact).toBe(true);
    expect(sections.rules.filter(({ loaded }) => loaded === undefined)).toEqual([]);
    expect(sections.timeline.kinds.length).toBeGreaterThan(3);
    expect(bundle.omitted).toEqual([]);
  });

  it("has the source record of every event of an alert, as it was read, and each on the timeline", async () => {
    const { alerts, records, timeline } = bundle.sections;
    const byId = new Map(records.map((record) => [record.eventId, record]));
    const fired = new Map(timeline.items.map((item) => [item.id, item]));
    for (const { id, events } of alerts) {
      for (const event of events) {
        expect(byId.get(event)?.record).toEqual(await workbench.store.events.original(event));
        expect(fired.get(event)?.alerts.map((alert) => alert.id)).toContain(id);
      }
    }
  });

  it("is verified as page and as document, and has one hash", () => {
    const { html, json } = bundleFiles(bundle);
    for (const text of [html.text, json.text]) {
      expect(verify(text)).toMatchObject({ ok: true, bundle: { hashes: { bundle: bundle.hashes.bundle } } });
    }
    expect(verify(html.text).checks.map(({ state }) => state)).not.toContain("not-checked");
    expect([html.name, json.name]).toEqual([
      expect.stringMatching(/^bundle-20260617T120000Z-[a-z0-9-]+\.html$/),
      html.name.replace(/html$/, "json"),
    ]);
  });

  it("is the same document each time, and changes nothing", async () => {
    const before = await workbench.store.audit.head();
    expect(bundleText(await made(key))).toBe(bundleText(bundle));
    expect(await workbench.store.audit.head()).toEqual(before);
  });

  it("agrees with its store, and not with one whose records are others", async () => {
    expect(await compareWithStore(bundle, workbench.store)).toMatchObject([{ state: "ok" }]);
    const other = await openWorkbenchStore();
    try {
      await other.take({ sampleAt: noon });
      const found = await compareWithStore(bundle, other.store);
      expect(found.map(({ at }) => at)).toEqual(
        expect.arrayContaining([`audit record ${bundle.sections.audit.records[0]?.sequence}`]),
      );
    } finally {
      await other.close();
    }
  });

  it("says what a limit left out, and is verified all the same", async () => {
    const cut = await made(key, { ...bundleLimits, alerts: 5, records: 3, events: 10, processes: 8 });
    expect(cut.omitted).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: "alerts", shown: 5, total: 33 }),
        expect.objectContaining({ what: "source records", shown: 3 }),
        expect.objectContaining({ what: "events of the timeline", shown: 10 }),
        expect.objectContaining({ what: "processes", shown: 8 }),
      ]),
    );
    const { html } = bundleFiles(cut);
    expect(html.text.includes("5 of 33 alerts")).toBe(true);
    expect(verify(html.text).ok).toBe(true);
  });

  it("is refused for a key that is no incident's", async () => {
    const result = await bundleOf(workbench.store, content(), { key: "none", at: noon, actor: { name: "lena" } });
    expect(result).toMatchObject({ ok: false, error: { code: "incident.not-found" } });
  });
});

describe("the page of a bundle", () => {
  it("runs nothing and loads nothing", () => {
    expect(page.includes("default-src 'none'")).toBe(true);
    expect(page.match(/<script/g)).toEqual(["<script"]);
    expect(page.match(/<(?:img|link|iframe|object|form|base)\b|\son[a-z]+=|\ssrc=|url\(|@import/i)).toBe(null);
    expect([...page.matchAll(/href="([^"]*)"/g)].filter(([, target = ""]) => !/^#[a-z]+(-\d+)?$/.test(target))).toEqual(
      [],
    );
  });

  it("shows hostile texts as text", () => {
    const shown = "&lt;script&gt;alert(1)&lt;/script&gt; &quot;quoted&quot; <mark>U+202E</mark>gpj.exe";
    expect(page.includes(shown)).toBe(true);
    expect([page.includes("\u202e"), page.includes("\\u202e")]).toEqual([false, true]);
  });

  it("leads to every section and record that it names", () => {
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.length).toBeGreaterThan(50);
    expect(targets.filter((target) => !ids.has(target))).toEqual([]);
  });
});

describe("verifying a file", () => {
  it.each([
    [
      "a word of the page",
      "raises concern</b>",
      "lowers concern</b>",
      { name: "page", at: expect.stringContaining("questions") },
    ],
    [
      "a process of the tree",
      "WmiPrvSE.exe <span",
      "svchost.exe <span",
      { name: "page", at: expect.stringContaining("processes") },
    ],
    ["a line that is added", "</main>", "<p>Closed as benign.</p></main>", { name: "page" }],
  ])("finds a change of the page: %s", (_, before, after, where) => {
    expect(page.includes(before)).toBe(true);
    expect(failures(page.replace(before, after))).toMatchObject([where]);
  });

  it("names the section and the record whose data was changed", () => {
    const changed = structuredClone(bundle) as { sections: { records: { record: unknown }[] } };
    const [record] = changed.sections.records;
    Object.assign(record ?? {}, { record: { forged: true } });
    const found = failures(bundleText(changed));
    expect(found).toMatchObject([
      { name: "sections", at: "records" },
      { name: "records", at: "records.0" },
    ]);
  });

  it("finds a changed audit record although all hashes of the bundle were made anew", async () => {
    const { bundleHashes } = await import("./seal.ts");
    const { hashes: _, ...document } = structuredClone(bundle);
    const [record] = document.sections.audit.records;
    Object.assign(record ?? {}, { actor: "somebody else" });
    const forged = { ...document, hashes: bundleHashes(document) };
    expect(failures(bundleText(forged))).toMatchObject([{ name: "audit", at: `audit record ${record?.sequence}` }]);
  });

  it("finds evidence of an answer that was taken out", async () => {
    const { bundleHashes } = await import("./seal.ts");
    const { hashes: _, ...document } = structuredClone(bundle);
    const id = document.sections.answers.questions
      .flatMap(({ processes }) => processes.flatMap(({ answer }) => answer?.evidence ?? []))
      .find(({ kind }) => kind === "event")?.id;
    const kept = document.sections.records.filter(({ eventId }) => eventId !== id);
    const sections = { ...document.sections, records: kept };
    const forged = { ...document, sections, hashes: bundleHashes({ ...document, sections }) };
    expect(failures(bundleText(forged))).toMatchObject([{ name: "answers", text: expect.stringContaining(id ?? "?") }]);
  });

  it("does not pass a page of another layout, which it cannot print", async () => {
    const { bundleHashes } = await import("./seal.ts");
    const { hashes: _, ...document } = structuredClone(bundle);
    const made = { ...document.made, layout: 99 };
    const other = { ...document, made, hashes: bundleHashes({ ...document, made }) };
    const { html } = bundleFiles(other);
    expect(verify(html.text)).toMatchObject({ ok: false });
    expect(verify(html.text).checks.filter(({ state }) => state !== "ok")).toMatchObject([
      { name: "page", state: "not-checked" },
    ]);
  });

  it("compares the end of the trail with one that was noted", () => {
    const { head } = bundle.sections.audit.trail;
    const text = Buffer.from(bundleText(bundle));
    const state = (sequence: number, hash: string) =>
      verifyBundle(text, { sequence, hash }).checks.find(({ name }) => name === "head")?.state;
    expect(head).toBeDefined();
    expect(state(head?.sequence ?? 0, head?.hash ?? "")).toBe("ok");
    expect(state(head?.sequence ?? 0, "0".repeat(64))).toBe("failed");
    expect(state((head?.sequence ?? 0) + 1, "0".repeat(64))).toBe("failed");
  });

  it.each([
    ["not a text", Buffer.from([0xff, 0xfe, 0x00])],
    ["some page", Buffer.from("<html><body>hello</body></html>")],
    ["other JSON", Buffer.from('{"format":"other"}')],
    ["nothing", Buffer.alloc(0)],
  ])("refuses what is no bundle: %s", (_, bytes) => {
    expect(verifyBundle(bytes)).toMatchObject({ ok: false, checks: [{ name: "format", state: "failed" }] });
  });

  it("finds any single byte that is changed, wherever it is", () => {
    for (const { text } of Object.values(small)) {
      const bytes = Buffer.from(text);
      expect(verifyBundle(bytes).ok).toBe(true);
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
          const changed = Buffer.from(bytes);
          changed[at] = ((changed[at] ?? 0) + by) % 256;
          expect(verifyBundle(changed).ok).toBe(false);
        }),
      );
    }
  });
});
