import { describe, expect, it } from "vitest";
import { decodeGroup, decodeOccurrences, encodeGroup, encodeOccurrences } from "./encode.ts";

describe("the encoding of a group", () => {
  it("reads and writes occurrences in the stored format", () => {
    const stored =
      '[["a",1],["b",2,{"onward":{"tuples":["[1]"],"values":[["x"]],"onward":{"tuples":[],"values":[]}},' +
      '"members":[{"id":"c","time":1}],"size":3,"group":"[2]","until":9,"inputs":[0,1],"values":[["y"]]}]]';
    const occurrences = decodeOccurrences(stored);
    expect(occurrences).toEqual([
      { id: "a", time: 1, inputs: [0], values: [] },
      {
        id: "b",
        time: 2,
        inputs: [0, 1],
        values: [["y"]],
        parent: { tuples: ["[1]"], values: [["x"]], parent: { tuples: [], values: [] } },
        members: [{ id: "c", time: 1 }],
        size: 3,
        group: "[2]",
        until: 9,
      },
    ]);
    expect(encodeOccurrences(occurrences)).toBe(stored);
  });

  it("reads and writes headers in the stored format", () => {
    const stored = '{"count":2,"newest":9,"told":[[7,"2 a b"]],"pending":true}';
    const header = decodeGroup(stored);
    expect(header).toEqual({ count: 2, newest: 9, reported: new Map([[7, "2 a b"]]), pending: true });
    expect(header && encodeGroup(header)).toBe(stored);
  });
});
