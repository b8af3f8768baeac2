import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HuntExportRequest, huntExportRequest, huntRequest } from "#contracts/hunt";
import type { Store } from "../../../server/store/port.ts";
import { huntOf } from "../../../server/triage/hunt.ts";
import { huntExportOf } from "../../../server/triage/hunt-export.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";
import { append, event } from "./fixtures.ts";

const macros = new Map();

describeStores("hunting", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const hunt = async (query: string, more: object = {}) => {
    const found = await huntOf(store, huntRequest.parse({ language: "eql", query, ...more }), { macros, now: () => 0 });
    if (!found.ok) {
      throw new Error(found.error.message);
    }
    return found.value;
  };
  const start = (id: string, time: number, name: string) =>
    event(id, time, {
      "event.category": ["process"],
      "event.type": ["start"],
      "process.name": name,
      "process.command_line": `${name} /c`,
    });

  it("says in words what each event is", async () => {
    await append(store, start("a", T0, "cmd.exe"));
    expect((await hunt("any where true")).rows).toMatchObject([
      { id: "a", what: "Process started", summary: "started cmd.exe /c" },
    ]);
  });

  it("finds sequences with their events, those that ended last first", async () => {
    await append(
      store,
      start("a", T0, "cmd.exe"),
      start("b", T0 + 1000, "whoami.exe"),
      start("c", T0 + 2000, "cmd.exe"),
      start("d", T0 + 3000, "whoami.exe"),
    );
    const query =
      'sequence by host.name with maxspan=10s [process where process.name == "cmd.exe"] [process where process.name == "whoami.exe"]';
    const found = await hunt(query);
    expect(found.sequences).toEqual([
      ["c", "d"],
      ["a", "b"],
    ]);
    expect(found.rows.map(({ id }) => id)).toEqual(["c", "d", "a", "b"]);
    expect(found.total).toBe(2);
    const one = await hunt(query, { limit: 3 });
    expect(one.sequences).toEqual([["c", "d"]]);
    expect(one.truncationReason).toBe("The 1 of 2 sequences that ended last are shown.");
    const later = await hunt(query, { from: new Date(T0 + 4000).toISOString() });
    expect(later).toMatchObject({ sequences: [], total: 0, emptyReason: expect.stringContaining("No event") });
  });

  describe("as a file", () => {
    const request = (more: Partial<HuntExportRequest>) =>
      huntExportRequest.parse({ language: "eql", query: "any where true", format: "csv", ...more });
    const parts = async (more: Partial<HuntExportRequest>) => {
      const texts: string[] = [];
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const part = await huntExportOf(store, request({ ...more, ...(cursor === undefined ? {} : { cursor }) }), {
          macros,
        });
        if (!part.ok) {
          throw new Error(part.error.message);
        }
        texts.push(part.value.text);
        cursor = part.value.next;
      }
      return texts;
    };

    it("has the chosen columns, and no cell that is a formula", async () => {
      await append(
        store,
        event("a", T0, { "process.command_line": '=cmd|"/c calc"!A1', "process.args": ["-x", "y"], "user.name": "+1" }),
        event("b", T0 + 1, { "process.name": "a,b" }),
      );
      const columns = ["time", "process.command_line", "process.args", "user.name", "process.name", "source"];
      expect(await parts({ columns })).toEqual([
        [
          "time,process.command_line,process.args,user.name,process.name,source",
          `${new Date(T0).toISOString()},"'=cmd|""/c calc""!A1","'-x; y","'+1",,Sysmon 1`,
          `${new Date(T0 + 1).toISOString()},,,,"a,b",Sysmon 1`,
          "",
        ].join("\r\n"),
      ]);
    });

    it("has whole events as NDJSON", async () => {
      await append(store, start("a", T0, "cmd.exe"));
      const [text = ""] = await parts({ format: "ndjson" });
      expect(JSON.parse(text)).toMatchObject({
        id: "a",
        time: new Date(T0).toISOString(),
        what: "Process started",
        fields: { "process.name": "cmd.exe", "host.name": "host-a" },
        source: { file: "test" },
      });
    });

    it("has every event once, however many have one time and wherever a part ends", async () => {
      const all = Array.from({ length: 12_050 }, (_, index) => event(`e${index}`, T0 + Math.floor(index / 7000), {}));
      for (let from = 0; from < all.length; from += 5_000) {
        await append(store, ...all.slice(from, from + 5_000));
      }
      const texts = await parts({ format: "ndjson" });
      const ids = texts.flatMap((text) =>
        text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line).id as string),
      );
      expect(texts.length).toBe(3);
      expect(ids.length).toBe(all.length);
      expect(new Set(ids).size).toBe(all.length);
      const csv = await parts({ columns: ["what"] });
      expect(
        csv
          .join("")
          .split("\r\n")
          .filter((line) => line === "what"),
      ).toHaveLength(1);
    });

    it("is refused for sequences and for a cursor of something else", async () => {
      const query = "sequence [any where true] [any where true]";
      expect(await huntExportOf(store, request({ query }), { macros })).toMatchObject({
        ok: false,
        error: { code: "query.not-supported" },
      });
      await expect(huntExportOf(store, request({ cursor: "nonsense" }), { macros })).rejects.toThrow();
    });
  });
});
