import { describe, expect, it } from "vitest";
import { answerQuestion, overEvents } from "./search-answer.ts";

const events = [{ id: "a", time: 0, fields: { "event.category": "process", "user.name": "x" } }];
const source = overEvents({ ordered: events, asRead: events });

describe("an answer to an EQL query", () => {
  it("reads an optional field as null where no source has it, and as absent otherwise", async () => {
    const query = 'process where not ?process.title == "x"';
    const answer = (unmapped: readonly string[]) =>
      answerQuestion({ query, language: "eql", limits: { size: undefined, perKey: undefined } }, source, {
        categoryField: undefined,
        macros: new Map(),
        unmapped: new Set(unmapped),
      });
    expect(await answer([])).toMatchObject({ ok: true, value: { total: 1 } });
    expect(await answer(["process.title"])).toMatchObject({ ok: true, value: { total: 0 } });
  });
});
