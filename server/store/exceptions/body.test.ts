import { expect, it } from "vitest";
import { isFieldEntry } from "#contracts/exception-entry";
import { exception } from "../../../test/factories/alerts.ts";
import { exceptionWithHits, readException } from "./body.ts";

it("reads an exception back as it was written", () => {
  expect(readException(JSON.stringify(exception()))).toEqual(exception());
});

it.each([
  ["exact", "sensitive"],
  ["fold", "insensitive"],
])("reads the former case mode %s as %s", (former, current) => {
  const { entries, ...rest } = exception();
  const body = JSON.stringify({ ...rest, entries: entries.map((entry) => ({ ...entry, case: former })) });
  expect(readException(body).entries.map((entry) => isFieldEntry(entry) && entry.case)).toEqual([current]);
});

it("adds the counted hits and the time of the last one", () => {
  const row = { body: JSON.stringify(exception()), hits: 2, last: 1_700_000_000_000 };
  expect(exceptionWithHits(row)).toMatchObject({ hits: 2, lastHit: "2023-11-14T22:13:20.000Z" });
});

it("throws for a damaged body", () => {
  expect(() => readException("{}")).toThrow();
});
