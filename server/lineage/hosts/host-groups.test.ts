import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HostEvidence } from "./evidence.ts";
import { aliasesOf, hostGroups } from "./host-groups.ts";
import { hostTies } from "./host-ties.ts";

const rename = (name: string, value: string): HostEvidence => ({ kind: "rename", name, value });
const id = (name: string, value: string): HostEvidence => ({ kind: "id", name, value });
const entity = (name: string, value: string): HostEvidence => ({ kind: "entity", name, value, entityId: "{1}" });

function groupsOf(names: readonly string[], evidence: readonly HostEvidence[] = []) {
  const groups = new Set(hostGroups(names, evidence).values());
  return Object.fromEntries([...groups].map(({ host, names: all }) => [host, all]));
}

describe("the names of a host", () => {
  it("are its short and its full name while only one full name begins with the short one", () => {
    expect(groupsOf(["wks-43", "wks-43.nord.example", "wks-5"])).toEqual({
      "wks-43.nord.example": ["wks-43", "wks-43.nord.example"],
      "wks-5": ["wks-5"],
    });
  });

  it("never include another full name, and a short name of two hosts is a host of its own", () => {
    expect(groupsOf(["wks-44", "wks-44.nord.example", "wks-44.sud.example"])).toEqual({
      "wks-44": ["wks-44"],
      "wks-44.nord.example": ["wks-44.nord.example"],
      "wks-44.sud.example": ["wks-44.sud.example"],
    });
  });

  it("include those that an older store has with the dot of the DNS root", () => {
    const names = ["wks-9", "wks-9.", "wks-9.nord.example", "wks-9.nord.example."];
    expect(groupsOf(names)).toEqual({ "wks-9.nord.example": names });
    expect(groupsOf(["wks-9", "wks-9."])).toEqual({ "wks-9": ["wks-9", "wks-9."] });
  });

  it("include the name before a rename, and the host is shown under the current one", () => {
    expect(groupsOf(["win-1q2w3e", "dc1.corp.example"], [rename("win-1q2w3e", "dc1")])).toEqual({
      "dc1.corp.example": ["dc1", "dc1.corp.example", "win-1q2w3e"],
    });
    expect(groupsOf(["a.corp.example", "b"], [rename("a", "b")])).toEqual({ b: ["a", "a.corp.example", "b"] });
  });

  it("follow one host through several renames", () => {
    expect(Object.keys(groupsOf(["a", "b", "c"], [rename("a", "b"), rename("b", "c")]))).toEqual(["c"]);
  });

  it("do not join two hosts that were both renamed from the name of their image", () => {
    const renames = [rename("image", "web1"), rename("image", "web2")];
    expect(Object.keys(groupsOf(["image", "web1", "web2"], renames))).toEqual(["image", "web1", "web2"]);
  });

  it("are joined by the id of one machine, unless more than two hosts have it", () => {
    expect(groupsOf(["old", "new.corp.example"], [id("old", "m1"), id("new.corp.example", "m1")])).toEqual({
      "new.corp.example": ["new.corp.example", "old"],
    });
    const collected = ["a", "b", "c"].map((name) => id(name, "collector"));
    expect(Object.keys(groupsOf(["a", "b", "c"], collected))).toEqual(["a", "b", "c"]);
  });

  it("are joined by a process that was recorded under both", () => {
    expect(Object.keys(groupsOf(["alpha", "beta"], [entity("alpha", "beta")]))).toEqual(["alpha"]);
  });

  it("are not joined by the beginning of their entity ids, which clones share", () => {
    const machine = (name: string): HostEvidence => ({ kind: "machine", name, value: "a158f72c" });
    expect(Object.keys(groupsOf(["a", "b"], [machine("a"), machine("b")]))).toEqual(["a", "b"]);
  });

  it("never join addresses by their first number", () => {
    expect(Object.keys(groupsOf(["10", "10.0.0.5"]))).toEqual(["10", "10.0.0.5"]);
  });

  it("come with the evidence of each tie", () => {
    const evidence = [rename("old", "wks-43"), id("wks-43.nord.example", "m1"), id("asset-7", "m1")];
    const group = hostGroups(["wks-43", "wks-43.nord.example", "asset-7", "old"], evidence).get("wks-43");
    expect(hostTies(group ?? { host: "", names: [] }, evidence)).toEqual([
      { name: "asset-7", to: "wks-43.nord.example", because: { kind: "same-id", id: "m1" }, records: [] },
      { name: "wks-43", to: "wks-43.nord.example", because: { kind: "short-name" }, records: [] },
      { name: "wks-43", to: "old", because: { kind: "renamed" }, records: [] },
    ]);
  });
});

const label = fc.constantFrom("a", "b", "c");
const name = fc.tuple(label, fc.constantFrom("", ".x.example", ".y.example")).map(([one, domain]) => `${one}${domain}`);
const evidenceOf = fc.oneof(
  fc.tuple(label, label).map(([one, other]) => rename(one, other)),
  fc.tuple(name, fc.constantFrom("m1", "m2")).map(([one, value]) => id(one, value)),
  fc.tuple(name, name).map(([one, other]) => entity(one, other)),
);

describe("deciding which names mean one host", () => {
  it("does not depend on the order of names and evidence, nor on repetition", () => {
    fc.assert(
      fc.property(fc.array(name), fc.array(evidenceOf), (names, evidence) => {
        const once = hostGroups(names, evidence);
        const again = hostGroups([...names, ...names].toReversed(), [...evidence, ...evidence].toReversed());
        expect(new Map([...again].sort())).toEqual(new Map([...once].sort()));
      }),
    );
  });

  it("gives every name exactly one host", () => {
    fc.assert(
      fc.property(fc.array(name), fc.array(evidenceOf), (names, evidence) => {
        const groups = hostGroups(names, evidence);
        for (const one of names) {
          expect(groups.get(one)?.names).toContain(one);
          expect(groups.get(groups.get(one)?.host ?? "")).toBe(groups.get(one));
        }
      }),
    );
  });

  it("never joins two full names without evidence", () => {
    fc.assert(
      fc.property(fc.array(name), (names) => {
        for (const { names: all } of hostGroups(names, []).values()) {
          expect(all.filter((one) => one.includes(".")).length).toBeLessThan(2);
        }
        const aliases = aliasesOf(hostGroups(names, []));
        for (const one of names) {
          expect(aliases.all(aliases.shown(one))).toContain(one);
        }
      }),
    );
  });
});
