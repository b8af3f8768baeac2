import { describe, expect, it } from "vitest";
import { compileSequence, parseEql } from "../languages/eql/eql.ts";
import { createFinder } from "./find.ts";

/**
 * Finds sequences among events written as `A1 B2`: a letter to match and a time in milliseconds; `A1k` has the join key
 * k, `AB1` matches A and B. Found sequences are written the same way, with `-` for a missing event.
 */
function find(query: string, events: string): readonly string[] {
  const parsed = parseEql(query.replace(/\b([A-Z])\b(?=[\]])/g, 'any where letter == "$1"'));
  if (!parsed.ok || parsed.value.kind === "event") {
    throw new Error(parsed.ok ? query : parsed.error.message);
  }
  const finder = createFinder(compileSequence(parsed.value));
  for (const id of events.split(" ")) {
    const [, letters = "", time = "", key] = /^([A-Z]+)(\d+)(\w*)$/.exec(id) ?? [];
    finder.add({
      id,
      time: Number(time),
      fields: { letter: [...letters], ...(key === "" || key === undefined ? {} : { k: key }) },
    });
  }
  return finder.finish().map((found) => found.map((id) => id ?? "-").join(" "));
}

describe("a sequence", () => {
  it.each<[string, string, string, readonly string[]]>([
    ["starts with the newest first event", "sequence [A] [B]", "A1 A2 B3", ["A2 B3"]],
    ["does not reuse the events of a complete sequence", "sequence [A] [B]", "A1 B2 B3", ["A1 B2"]],
    ["may span exactly its maxspan", "sequence with maxspan=5ms [A] [B]", "A1 B6", ["A1 B6"]],
    ["may not span more", "sequence with maxspan=5ms [A] [B]", "A1 B7", []],
    ["orders events of the same time by their arrival", "sequence [A] [B]", "B1 A1 B1 A1", ["A1 B1"]],
    ["does not use one event twice", "sequence [A] [B]", "AB1", []],
    ["lets one event complete a sequence and begin another", "sequence [A] [B]", "A1 AB2 B3", ["A1 AB2", "AB2 B3"]],
    [
      "advances all stages with one event, later ones first",
      "sequence [A] [A] [A]",
      "A1 A2 A3 A4",
      ["A1 A2 A3", "A2 A3 A4"],
    ],
    ["joins by the values of its keys", "sequence by k [A] [B]", "A1x A2y B3x B4y", ["A1x B3x", "A2y B4y"]],
    ["ignores events without a key", "sequence by k [A] [B]", "A1 B2", []],
    ["joins events without an optional key", "sequence by ?k [A] [B]", "A1 A2x B3", ["A1 B3"]],
    ["is discarded by an until event", "sequence [A] [B] until [C]", "A1 C2 B3", []],
    [
      "is discarded by an until event with its keys only",
      "sequence by k [A] [B] until [C]",
      "A1x A2y C3x B4x B5y",
      ["A2y B5y"],
    ],
    ["is completed by an event that also matches until", "sequence [A] [B] until [C]", "A1 BC2", ["A1 BC2"]],
    ["does not begin with an until event", "sequence [A] [B] until [C]", "AC1 B2", []],
    ["has overlapping runs", "sequence [A] with runs=2 [B]", "A1 A2 A3 B4", ["A2 A3 B4"]],
  ])("%s", (_, query, events, expected) => {
    expect(find(query, events)).toEqual(expected);
  });
});

describe("a missing event", () => {
  it.each<[string, string, string, readonly string[]]>([
    ["between two members prevents the sequence", "sequence with maxspan=9ms [A] ![C] [B]", "A1 C2 B3", []],
    ["must occur strictly between their times", "sequence with maxspan=9ms [A] ![C] [B]", "A1 C1 C3 B3", ["A1 - B3"]],
    ["with other keys is ignored", "sequence by k with maxspan=9ms [A] ![C] [B]", "A1x C2y B3x", ["A1x - B3x"]],
    [
      "prevents a sequence, which still replaces an older one",
      "sequence with maxspan=9ms [A] ![C] [B] [D]",
      "A1 B2 A3 C4 B5 D6",
      [],
    ],
    ["at the start is checked back over the span", "sequence with maxspan=5ms ![C] [A]", "C1 A6 A7", ["- A7"]],
    ["at the start at the same time is ignored", "sequence with maxspan=5ms ![C] [A]", "C3 A3", ["- A3"]],
    [
      "at the start at the same time does not hide an earlier one",
      "sequence with maxspan=5ms ![C] [A]",
      "C2 C3 A3",
      [],
    ],
    [
      "at the end is checked over the span from the first member",
      "sequence with maxspan=5ms [A] ![C]",
      "A1 C6 A7 C13",
      ["A7 -"],
    ],
    [
      "at the end completes the sequence if it never occurs",
      "sequence with maxspan=5ms [A] [B] ![C]",
      "A1 B2",
      ["A1 B2 -"],
    ],
    ["at both ends leaves a span free", "sequence with maxspan=5ms ![C] [A] ![C]", "C1 A4 C6 A8 C12", ["- A8 -"]],
  ])("%s", (_, query, events, expected) => {
    expect(find(query, events)).toEqual(expected);
  });
});
