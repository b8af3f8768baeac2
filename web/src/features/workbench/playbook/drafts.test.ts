import { describe, expect, it } from "vitest";
import type { StepView } from "#contracts/playbook";
import { draftOf, isUnsaved, readDrafts, togglePin, withSuggestion, writeDrafts } from "./drafts.ts";

const step: StepView = {
  id: "2",
  question: "Who is it?",
  focus: [],
  hints: [],
  raises: [],
  lowers: [],
  anchor: false,
  clears: false,
  topic: "",
  about: "process",
  required: true,
  queries: [],
  osquery: [],
  details: [],
  answer: {
    stepId: "2",
    value: "lowers",
    note: "seen before",
    evidence: [],
    actor: "lena",
    at: "2026-03-04T09:00:00Z",
  },
};
const event = { kind: "event" as const, id: "e1", label: "whoami" };

describe("drafts of answers", () => {
  it("start from the saved answer and are unsaved only when they differ from it", () => {
    expect(draftOf(step, new Map())).toEqual({ value: "lowers", note: "seen before", evidence: [], attachments: [] });
    expect(isUnsaved(step, new Map())).toBe(false);
    expect(isUnsaved(step, new Map([["2", draftOf(step, new Map())]]))).toBe(false);
    expect(
      isUnsaved(step, new Map([["2", { value: "lowers", note: "seen before!", evidence: [], attachments: [] }]])),
    ).toBe(true);
    expect(
      isUnsaved(step, new Map([["2", { value: "lowers", note: "seen before", evidence: [event], attachments: [] }]])),
    ).toBe(true);
  });

  it("pin and unpin the same evidence", () => {
    const pinned = togglePin({ note: "", evidence: [], attachments: [] }, event);
    expect(pinned.evidence).toEqual([event]);
    expect(togglePin(pinned, { ...event, label: "another label" }).evidence).toEqual([]);
  });

  it("apply a suggestion without losing the note or duplicating evidence", () => {
    const draft = withSuggestion(
      { note: "mine", evidence: [event], attachments: [] },
      { value: "raises", evidence: [event] },
    );
    expect(draft).toEqual({ value: "raises", note: "mine", evidence: [event], attachments: [] });
  });

  it("survive being written and read; damaged storage is ignored", () => {
    const pasted = { kind: "pasted", title: "Users", text: "a\r\n\u0000" } as const;
    const draft = { value: "raises", note: "n", evidence: [event], attachments: [pasted] } as const;
    const drafts = new Map([["__proto__", draft]]);
    expect(readDrafts(writeDrafts(drafts))).toEqual(drafts);
    expect(readDrafts('[["1", {"note": 5}]]').size).toBe(0);
    expect(readDrafts('[["1", {"note": "of before", "evidence": []}]]').get("1")?.attachments).toEqual([]);
    expect(readDrafts("{").size).toBe(0);
    expect(readDrafts(null).size).toBe(0);
  });
});
