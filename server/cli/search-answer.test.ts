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

  it("knows a computed field where a source has a field of which it is made", async () => {
    const answer = (name: string) => {
      const event = { id: "a", time: 0, fields: { "event.category": "process", [name]: "IEX ('who'+'ami')" } };
      const mapped = overEvents({ ordered: [event], asRead: [event] }, { catalogue: true });
      const query = 'process where ?stemma.decoded : "*whoami*" or not ?stemma.decoded == "x"';
      return answerQuestion({ query, language: "eql", limits: { size: undefined, perKey: undefined } }, mapped, {
        categoryField: undefined,
        macros: new Map(),
      });
    };
    expect(await answer("process.command_line")).toMatchObject({ ok: true, value: { events: ["a"] } });
    expect(await answer("process.title")).toMatchObject({ ok: true, value: { events: [] } });
  });

  it("has ids, or the events themselves, also of sequences and where two documents have one id", async () => {
    const twice = [
      { id: 7, time: 0, fields: { "event.category": "process", "user.name": "x" } },
      { id: 7, time: 1, fields: { "event.category": "process", "user.name": "y" } },
    ];
    const both = overEvents({ ordered: twice, asRead: twice });
    const answer = async (query: string, whole: boolean) => {
      const limits = { size: undefined, perKey: undefined };
      const reading = { categoryField: undefined, macros: new Map() };
      const found = await answerQuestion({ query, language: "eql", limits, whole }, both, reading);
      return found.ok ? found.value : found.error;
    };
    const sequence = 'sequence [process where user.name == "x"] [process where user.name == "y"]';
    expect(await answer("process where true", false)).toMatchObject({ total: 2, events: [7, 7] });
    expect(await answer(sequence, false)).toMatchObject({ total: 1, sequences: [[7, 7]] });
    expect(await answer("process where true | tail 1", true)).toMatchObject({
      events: [{ id: 7, time: "1970-01-01T00:00:00.001Z", fields: { "user.name": "y" } }],
    });
    expect(await answer(sequence, true)).toMatchObject({
      sequences: [[{ fields: { "user.name": "x" } }, { fields: { "user.name": "y" } }]],
    });
    const missing = 'sequence with maxspan=1s [process where user.name == "x"] ![process where user.name == "z"]';
    expect(await answer(missing, true)).toMatchObject({ sequences: [[{ id: 7 }, -1]] });
  });
});
