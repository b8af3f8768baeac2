import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { addressGroup, FailureCounter, SignInAttempts } from "./attempts.ts";

const minute = 60_000;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes that are in use. */
function memory(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe("the counter of failures", () => {
  it("lets a key try again after the window, and others at any time", () => {
    const counter = new FailureCounter(3, 10 * minute, 0);
    const [lena, mira] = [counter.of("lena"), counter.of("mira")];
    for (let count = 0; count < 3; count += 1) {
      expect(counter.wait(lena, count)).toBeUndefined();
      counter.begin(lena);
    }
    expect(counter.wait(lena, minute)).toBe(9 * minute);
    expect(counter.wait(mira, minute)).toBeUndefined();
    expect(counter.wait(lena, 10 * minute)).toBeUndefined();
  });

  it("gives back what has succeeded, also when attempts overlap", () => {
    const counter = new FailureCounter(2, minute, 0);
    const lena = counter.of("lena");
    counter.begin(lena);
    counter.begin(lena);
    expect(counter.wait(lena, 0)).toBe(minute);
    counter.succeeded(lena);
    expect(counter.wait(lena, 0)).toBeUndefined();
    counter.succeeded(lena);
    counter.succeeded(lena);
    counter.begin(lena);
    expect(counter.wait(lena, 0)).toBeUndefined();
  });

  it("starts over when the clock goes back", () => {
    const counter = new FailureCounter(1, minute, 10 * minute);
    const lena = counter.of("lena");
    counter.begin(lena);
    expect(counter.wait(lena, 0)).toBeUndefined();
  });
});

describe("very many attempts", () => {
  const attempts = 200_000;

  it("with ever new names and addresses need no memory, and do not reset the count of the one that is attacked", () => {
    const limits = new SignInAttempts(() => 0);
    for (let count = 0; count < 10; count += 1) {
      limits.begin(`192.0.2.${count}`, "lena");
    }
    expect(limits.begin("198.51.100.1", "lena")).toHaveProperty("wait");
    const before = memory();
    for (let count = 0; count < attempts; count += 1) {
      limits.begin(`10.${count >> 16}.${(count >> 8) & 0xff}.${count & 0xff}`, `name ${count}`);
    }
    // A list of what failed would be some twenty megabytes.
    expect(memory() - before).toBeLessThan(5 * 1024 * 1024);
    expect(limits.begin("198.51.100.1", "lena")).toHaveProperty("wait");
  });

  it("from one address are refused after fifty, and cost the other addresses nothing", () => {
    const limits = new SignInAttempts(() => 0);
    let refused = 0;
    for (let count = 0; count < 10_000; count += 1) {
      refused += "wait" in limits.begin("192.0.2.1", `name ${count}`) ? 1 : 0;
    }
    expect(refused).toBe(10_000 - 50);
    expect(limits.begin("192.0.2.2", "somebody else")).not.toHaveProperty("wait");
  });
});

describe("links that do not work", () => {
  it("have a limit of their own, so that they keep nobody from signing in by password", () => {
    const limits = new SignInAttempts(() => 0);
    const waits = Array.from({ length: 60 }, () => limits.linkFailed("192.0.2.1"));
    expect(waits.filter((wait) => wait !== undefined)).toHaveLength(10);
    expect(limits.begin("192.0.2.1", "lena")).not.toHaveProperty("wait");
  });
});

describe("addresses", () => {
  it("of one IPv6 network are limited together, however they are written", () => {
    const groups = ["2001:db8:1:2::1", "2001:0DB8:1:2:ffff::", "2001:db8:0001:0002:3:4:5:6"].map(addressGroup);
    expect(new Set(groups)).toEqual(new Set(["2001:db8:1:2::/64"]));
    expect(addressGroup("2001:db8:1:3::1")).not.toBe(groups[0]);
    expect(addressGroup("::1")).toBe("0:0:0:0::/64");
    expect(addressGroup("1::")).toBe("1:0:0:0::/64");
  });

  it("of IPv4 are limited one by one, also in IPv6 form", () => {
    expect(addressGroup("192.0.2.1")).toBe("192.0.2.1");
    expect(addressGroup("::ffff:192.0.2.1")).toBe("192.0.2.1");
    expect(addressGroup("unknown")).toBe("unknown");
  });
});
