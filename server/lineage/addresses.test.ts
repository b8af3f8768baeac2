import { describe, expect, it } from "vitest";
import { hostsOfAddress, placeAddress } from "./addresses.ts";

const HOUR = 3_600_000;

describe("an address", () => {
  it.each([
    "127.0.0.1",
    "0.0.0.0",
    "169.254.1.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "fe80::1",
    "ff02::1",
    "-",
    "x",
  ])("such as %s identifies no host", (address) => {
    expect(placeAddress(address)).toBeUndefined();
  });

  it("has one form", () => {
    expect(placeAddress("10.0.0.5")).toBe("10.0.0.5");
    expect(placeAddress("::FFFF:10.0.0.5")).toBe("10.0.0.5");
    expect(placeAddress(undefined)).toBeUndefined();
  });

  it("belongs to the only host that ever had it, at any time", () => {
    const known = { host: "a", address: "10.0.0.5", first: 0, last: 1 };
    expect(hostsOfAddress([known], 9 * HOUR)).toEqual(["a"]);
    expect(hostsOfAddress([], 0)).toEqual([]);
  });

  it("that several hosts had belongs to those recorded with it around the time", () => {
    const known = [
      { host: "b", address: "10.0.0.5", first: 0, last: HOUR },
      { host: "a", address: "10.0.0.5", first: 5 * HOUR, last: 6 * HOUR },
    ];
    expect(hostsOfAddress(known, HOUR * 1.5)).toEqual(["b"]);
    expect(hostsOfAddress(known, HOUR * 4.5)).toEqual(["a"]);
    expect(hostsOfAddress(known, HOUR * 3)).toEqual([]);
  });
});
