import { describe, expect, it } from "vitest";
import { decodeState, encodeState } from "./encode.ts";

describe("the encoding of a sequence state", () => {
  it("reads and writes rows in the stored format", () => {
    const stored =
      '{"pending":[{"chain":[0,1],"started":10,"spoiled":true,"gap":30,"leading":5,"position":1}],' +
      '"awaiting":[{"chain":[0],"deadline":90}],"absent":{"latest":8,"before":5},' +
      '"members":[["a",10],["b",20]],"newest":30}';
    const state = decodeState(stored);
    expect(state).toEqual({
      kind: "sequence",
      pending: [
        undefined,
        {
          chain: {
            member: { id: "b", time: 20 },
            earlier: { member: { id: "a", time: 10 }, earlier: undefined },
          },
          started: 10,
          violated: true,
          forbiddenAt: 30,
          leadingForbiddenAt: 5,
        },
      ],
      awaiting: [{ chain: { member: { id: "a", time: 10 }, earlier: undefined }, deadline: 90 }],
      leadingForbidden: { latest: 8, previous: 5 },
      newest: 30,
    });
    expect(state && encodeState(state)).toBe(stored);
  });

  it("rejects other text", () => {
    expect(decodeState("{")).toBe(undefined);
    expect(decodeState('{"pending":1}')).toBe(undefined);
  });
});
