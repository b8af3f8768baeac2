import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reasonLack } from "./reason.ts";

describe("a reason of substance", () => {
  it.each([
    "The vendor confirmed it in ticket 4711",
    "confirmed by telephone",
    "Сервер обновляет агент каждую ночь",
    "このホストの備份は毎晩実行される",
    "  The backup job starts this.  ",
  ])("is one: %s", (text) => {
    expect(reasonLack(text)).toBeUndefined();
  });

  it.each([
    undefined,
    "",
    "   ",
    "ok",
    "n/a",
    "fp",
    "2",
    "asdf asdf asdf asdf",
    "asdf qwer zxcv yxcv",
    "aaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaa bbbbbb cccccc",
    "false positive false positive",
    "ok fine good done yes no benign",
    "backup backup backup backup",
    "it is ok",
    "a b c d e f g h i j k l m n o p",
    "!!! ??? ... ---",
  ])("is none: %s", (text) => {
    expect(reasonLack(text)).toBeDefined();
  });

  it("is none however often one word is repeated, and stays one whatever follows it", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (word, count) => {
        const single = word.replace(/[^\p{L}]/gu, "");
        expect(reasonLack(Array.from({ length: count }, () => single).join(" "))).toBeDefined();
        expect(reasonLack(`The vendor confirmed it by telephone. ${word}`)).toBeUndefined();
      }),
    );
  });
});
