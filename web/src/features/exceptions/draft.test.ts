import { describe, expect, it } from "vitest";
import type { DryRun, ExceptionDraft } from "#contracts/exception";
import { entrySentence, entryValues } from "../../ui/exception-entry.ts";
import {
  draftIdentity,
  entryText,
  incomplete,
  newEntry,
  saveBlocked,
  startDraft,
  withField,
  withRelation,
  withText,
} from "./draft.ts";

const entry = newEntry("process.name", ["cmd.exe"]);
const draft: ExceptionDraft = {
  name: "inventory",
  reason: "agreed with the owners",
  ruleIds: ["r"],
  entries: [entry],
  mode: "shadow",
};
const dryRun: DryRun = {
  token: "t",
  ranAt: "2026-03-04T09:00:00Z",
  eventsTested: 10,
  eventsMatched: 1,
  closesNow: [],
  wouldHide: [],
  totals: { closesNow: 0, wouldHide: 0, otherRules: 0, raisesInstead: 0, regrouped: 0 },
  raisesInstead: [],
  otherRules: [],
  perDay: [],
  hosts: [],
  users: [],
  rules: [],
  confirmedMalicious: [],
  entryMatches: [1],
  breadth: { score: 10, level: "narrow", reasons: [] },
  notes: [],
  broadPolicy: "reason",
  milliseconds: 1,
};
const blocked = (change: Partial<Parameters<typeof saveBlocked>[0]>) =>
  saveBlocked({ draft, dryRun, seen: draftIdentity(draft), now: Date.parse("2026-03-04T10:00:00Z"), ...change });

describe("entries of an exception", () => {
  it("keep their value when the relation changes and get the alert's value when they had none", () => {
    expect(withRelation(entry, "wildcard excluded", [])).toEqual({ ...entry, type: "wildcard", operator: "excluded" });
    const exists = withRelation(entry, "exists included", []);
    expect(entryValues(exists)).toEqual([]);
    expect(entryValues(withRelation(exists, "match included", ["whoami.exe", "b"]))).toEqual(["whoami.exe"]);
  });

  it("take the alert's values of another field", () => {
    const any = withRelation(entry, "match_any included", []);
    expect(withField(any, "process.args", ["/c", "/q"])).toMatchObject({ field: "process.args", values: ["/c", "/q"] });
    expect(withField(entry, "process.args", ["/c", "/q"])).toMatchObject({ type: "match", value: "/c" });
  });

  it("read typed lines as several values only where several are meant", () => {
    expect(entryValues(withText(withRelation(entry, "match_any included", []), "a\nb"))).toEqual(["a", "b"]);
    expect(entryValues(withText(entry, "a\nb"))).toEqual(["a\nb"]);
  });

  it("are edited with invisible and reordering characters visible, and keep them", () => {
    const one = withText(entry, "a⟨U+202E⟩\nb");
    expect(entryValues(one)).toEqual(["a\u202e\nb"]);
    expect(entryText(one)).toBe("a⟨U+202E⟩\nb");
    const several = withText(withRelation(entry, "match_any included", []), "a⟨U+000A⟩b\n⟨U+200B⟩");
    expect(entryValues(several)).toEqual(["a\nb", "\u200b"]);
    expect(entryText(several)).toBe("a⟨U+000A⟩b\n⟨U+200B⟩");
  });

  it("are sentences", () => {
    expect(entrySentence(entry)).toBe("process.name is cmd.exe (ignoring case)");
    expect(entrySentence(withRelation(entry, "exists excluded", []))).toBe("process.name does not exist");
  });

  it("from the address are added once", () => {
    const suggested = { draft, because: [], fields: [] };
    expect(startDraft(suggested, "host.name", "srv-02").entries).toHaveLength(2);
    expect(startDraft(suggested, "process.name", "cmd.exe").entries).toHaveLength(1);
    expect(startDraft(suggested, null, null)).toEqual(draft);
  });

  it("start in shadow whatever the suggestion says", () => {
    expect(startDraft({ draft: { ...draft, mode: "enforced" }, because: [], fields: [] }, null, null).mode).toBe(
      "shadow",
    );
  });
});

describe("saving an exception", () => {
  it("is possible when the dry run of this very draft was seen", () => {
    expect(blocked({})).toBeUndefined();
  });

  it("is blocked again by any edit", () => {
    expect(blocked({ draft: { ...draft, name: "other" } })).toMatch(/dry run/);
    expect(blocked({ draft: { ...draft, mode: "enforced" } })).toMatch(/dry run/);
    expect(blocked({ seen: undefined })).toMatch(/dry run/);
  });

  it("demands a reason when it is broad and is impossible when it is refused", () => {
    const broad = { ...dryRun, breadth: { ...dryRun.breadth, level: "broad" as const } };
    expect(blocked({ dryRun: broad })).toMatch(/breadth/);
    const reasoned = { ...draft, breadthReason: "all hosts of the group" };
    expect(blocked({ dryRun: broad, draft: reasoned, seen: draftIdentity(reasoned) })).toBeUndefined();
    expect(blocked({ dryRun: { ...dryRun, breadth: { ...dryRun.breadth, level: "refused" } } })).toMatch(/Too broad/);
  });

  it("demands a name, a value in every entry, a reason and an expiry to come", () => {
    expect(incomplete({ ...draft, name: " " })).toMatch(/name/);
    expect(incomplete({ ...draft, entries: [] })).toMatch(/entry/);
    expect(incomplete({ ...draft, entries: [withText(entry, "")] })).toMatch(/process.name/);
    const silent = { ...draft, reason: "" };
    expect(blocked({ draft: silent, seen: draftIdentity(silent) })).toMatch(/reason/);
    expect(blocked({ draft: { ...draft, expires: "2026-03-04T09:00:00Z" } })).toMatch(/past/);
  });
});
