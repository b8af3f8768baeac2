import { expect, it } from "vitest";
import { buildListUrl, isFiltered, parseListUrl } from "./list-url.ts";

const round = (address: string) => buildListUrl(parseListUrl(new URLSearchParams(address))).toString();

it("keeps the filters in the address, and leaves defaults out", () => {
  const address =
    "state=due&state=enforced&breadth=broad&text=inventory&rule=r&owner=lena&hits=none&olderThan=30&sort=hits";
  expect(round(address)).toBe(address);
  expect(round("sort=created&text=")).toBe("");
});

it("drops what it cannot read", () => {
  expect(round("state=asleep&hits=many&olderThan=old&owner=lena")).toBe("owner=lena");
});

it("knows whether anything is filtered", () => {
  expect(
    ["sort=hits&cursor=x", "hits=none"].map((address) => isFiltered(parseListUrl(new URLSearchParams(address)))),
  ).toEqual([false, true]);
});
