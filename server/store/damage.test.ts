import { describe, expect, it } from "vitest";
import { readable, stored, toleratingDamage } from "./damage.ts";

const pair = stored("setting", ({ key, value }: { readonly key: string; readonly value: number }) => {
  if (value < 0) {
    throw new Error("negative");
  }
  return [key, value] as const;
});
const rows = [
  { key: "a", value: 1 },
  { key: "b", value: -1 },
  { key: "c", value: 3 },
];

describe("the rows that can be read", () => {
  it("are those that are not damaged, also where each is read as a list", async () => {
    const { value, damage } = await toleratingDamage(async () => readable(rows, pair));
    expect(value).toEqual([
      ["a", 1],
      ["c", 3],
    ]);
    expect(damage).toMatchObject({ count: 1, problems: [{ code: "store.damaged" }] });
  });

  it("are all or none for a reader that does not tolerate damage", () => {
    expect(() => readable(rows, pair)).toThrow(/^the setting "b" is damaged in the store: negative$/);
  });
});
