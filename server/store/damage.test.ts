import { describe, expect, it } from "vitest";
import { ifReadable, noteDamage, readable, stored, toleratingDamage } from "./damage.ts";

function number(value: number): number {
  if (value < 0) {
    throw new Error("negative");
  }
  return value;
}
const pair = stored(
  "setting",
  ({ key, value }: { readonly key: string; readonly value: number }) => [key, number(value)] as const,
);
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

  it("lack a row once, however many reads of one list meet it", async () => {
    const once = async () => readable(rows, pair);
    const { damage } = await toleratingDamage(async () => {
      await once();
      const inner = await toleratingDamage(once);
      noteDamage(inner.damage);
      return rows.map((row) => ifReadable(row, pair));
    });
    expect(damage).toMatchObject({ count: 1, problems: [{ message: expect.stringContaining('"b"') }] });
  });

  it("lack every row of one read, also where several go by one name", async () => {
    const several = [...rows, { key: "b", value: -2 }];
    const { damage } = await toleratingDamage(async () => [readable(several, pair), readable(rows, pair)]);
    expect(damage).toMatchObject({ count: 2 });
  });

  it("lack each value that no name tells from others", async () => {
    const unnamed = stored("setting", ({ value }: { readonly value: number }) => [number(value)]);
    const nameless = [{ value: 1 }, { value: -1 }];
    const { damage } = await toleratingDamage(async () => [readable(nameless, unnamed), readable(nameless, unnamed)]);
    expect(damage).toMatchObject({ count: 2, problems: [{ message: expect.stringContaining("a setting") }] });
  });

  it("are all or none for a reader that does not tolerate damage", () => {
    expect(() => readable(rows, pair)).toThrow(/^the setting "b" is damaged in the store: negative$/);
  });
});
