import { describe, expect, it } from "vitest";
import { mentionAt, mentionParts } from "./mentions.ts";

const names = ["kim", "Kim Sand", "mika"];

describe("mentions in a comment", () => {
  it("are the longest names after an @, in any case", () => {
    expect(mentionParts("ask @kim sand, not @kimberley or @mika", ["Kim Sand", "mika"])).toEqual([
      { text: "ask ", mentioned: false },
      { text: "@kim sand", mentioned: true },
      { text: ", not @kimberley or ", mentioned: false },
      { text: "@mika", mentioned: true },
    ]);
  });

  it.each([
    ["@", ["kim", "Kim Sand", "mika"]],
    ["see @K", ["kim", "Kim Sand"]],
    ["@kim s", ["Kim Sand"]],
    ["mail kim@k", undefined],
    ["@nobody", undefined],
    ["no", undefined],
  ])("complete %s to %j", (text, offered) => {
    expect(mentionAt(text, text.length, names)?.names).toEqual(offered);
  });
});
