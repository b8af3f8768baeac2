import { describe, expect, it } from "vitest";
import { parseTime } from "./time.ts";

const moment = Date.UTC(2024, 4, 6, 10, 0, 1);

describe("numeric times", () => {
  it.each([
    ["seconds", "1714989601"],
    ["seconds with a fraction", "1714989601.0"],
    ["milliseconds", "1714989601000"],
    ["microseconds", "1714989601000000"],
    ["nanoseconds", "1714989601000000000"],
  ])("in %s are told by their magnitude", (_, text) => {
    expect(parseTime(text)).toBe(moment);
  });

  it("keep the milliseconds of a fraction", () => {
    expect(parseTime("1714989601.123")).toBe(moment + 123);
    expect(parseTime("1714989601123456")).toBe(moment + 123);
    expect(parseTime("1714989601123456789")).toBe(moment + 123);
  });
});

describe("what is no time of an event", () => {
  it.each([
    "",
    "0",
    "-1",
    "4242",
    "20240506100001",
    "99999999999999999999",
    "1e12",
    "NaN",
    "Infinity",
    "1970-01-01T00:00:00Z",
    "1601-01-01 00:00:00.000",
    "9999-12-31T23:59:59Z",
    "9999-99-99T99:99:99Z",
    "2024-02-30T10:00:01Z",
    "2024-05-06T10:00:01+99:00",
  ])("%o", (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});
