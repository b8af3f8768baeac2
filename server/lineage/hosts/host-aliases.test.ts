import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstLabel } from "../aliases.ts";
import { aliasesOf, hostGroups } from "./host-groups.ts";

const aliasesIn = (names: readonly string[]) => aliasesOf(hostGroups(names, []));

describe("host names", () => {
  it("are one host, short and full, where one full name fits", () => {
    const hosts = aliasesIn(["ws6", "ws6.corp.example", "ws7", "dc.corp.example"]);
    expect([hosts.shown("ws6"), hosts.shown("ws7"), hosts.shown("dc.corp.example")]).toEqual([
      "ws6.corp.example",
      "ws7",
      "dc.corp.example",
    ]);
    expect(hosts.all("ws6")).toEqual(["ws6", "ws6.corp.example"]);
  });

  it("are never guessed where two full names fit, and two full names are never one host", () => {
    const hosts = aliasesIn(["ws6", "ws6.corp.example", "ws6.lab.example"]);
    expect(["ws6", "ws6.corp.example", "ws6.lab.example"].map((name) => hosts.all(name).length)).toEqual([1, 1, 1]);
  });

  it("that are addresses share no label", () => {
    expect(aliasesIn(["10", "10.0.0.5", "10.0.0.6"]).all("10")).toEqual(["10"]);
    expect(firstLabel("10.0.0.5")).toBe("10.0.0.5");
    expect(firstLabel("\\\\WS6.corp")).toBe("ws6");
  });

  it("come out the same in any order", () => {
    const name = fc.constantFrom("a", "b", "a.x", "a.y", "b.x", "10.0.0.1");
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const [one, other] = [aliasesIn(names), aliasesIn(names.toReversed())];
        for (const each of names) {
          expect(other.shown(each)).toBe(one.shown(each));
          expect(one.all(each)).toContain(one.shown(each));
        }
      }),
    );
  });
});
