import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccountTie } from "./account.ts";
import { accountResolver } from "./account-identity.ts";
import { partsOf } from "./built-in-accounts.ts";
import { aliasesOf, hostGroups } from "./hosts/host-groups.ts";

const JDOE = "s-1-5-21-1-2-3-1105";
const ASMITH = "s-1-5-21-1-2-3-1106";
const tie = (userKey: string, sid: string): AccountTie => ({ userKey, sid });

function resolver(keys: readonly string[], ties: readonly AccountTie[] = [], hosts: readonly string[] = []) {
  const all = [...new Set([...keys, ...ties.map(({ userKey }) => userKey)])];
  return accountResolver({
    accounts: all.map((key) => ({ key, account: { name: partsOf(key).name, domain: partsOf(key).domain } })),
    ties,
    hosts: { names: hosts, aliases: aliasesOf(hostGroups(hosts, [])) },
  });
}

describe("an account", () => {
  it("is one under all spellings that records gave one SID, in any case, and under the SID", () => {
    const accounts = resolver([], [tie("nord\\jdoe", JDOE), tie("nord.example\\jdoe", JDOE)]);
    for (const given of ["NORD\\JDoe", "nord.example\\jdoe", JDOE.toUpperCase()]) {
      expect(accounts.find(given)?.key).toBe("nord\\jdoe");
    }
    expect(accounts.find("nord\\jdoe")?.reasons.get("nord.example\\jdoe")).toEqual({
      kind: "sid",
      sid: JDOE,
      with: "nord\\jdoe",
    });
    expect(accounts.keyOf("nord.example\\jdoe", "srv-31")).toBe(accounts.keyOf("nord\\jdoe", "srv-32"));
  });

  it("stays apart where a name was given two SIDs", () => {
    const accounts = resolver(
      [],
      [tie("nord\\jdoe", JDOE), tie("nord\\jdoe", ASMITH), tie("nord.example\\jdoe", JDOE)],
    );
    expect(accounts.find("nord\\jdoe")?.spellings).toEqual(["nord\\jdoe"]);
    expect(accounts.find("nord.example\\jdoe")?.spellings).toEqual(["nord.example\\jdoe", JDOE]);
  });

  it("has no SID where records gave its name several, as local accounts of two hosts with one short name", () => {
    const [one, other] = ["s-1-5-21-11-1-1-500", "s-1-5-21-22-2-2-500"];
    const key = "wks-44\\administrator";
    const known = (...sids: readonly string[]) =>
      accountResolver({
        accounts: [{ key, account: { name: "Administrator", domain: "WKS-44", id: one.toUpperCase() } }],
        ties: sids.map((sid) => tie(key, sid)),
        hosts: { names: [], aliases: aliasesOf(hostGroups([], [])) },
      }).find(key)?.account.id;
    expect(known(one)).toBe(one.toUpperCase());
    expect(known(one, other)).toBeUndefined();
  });

  it("is one in both spellings of a domain once the SIDs of another account show that it is one domain", () => {
    const shown = [tie("nord\\asmith", ASMITH), tie("nord.example\\asmith", ASMITH)];
    const accounts = resolver(["nord\\jdoe", "nord.example\\jdoe", "sud\\jdoe"], shown);
    expect(accounts.find("nord.example\\jdoe")?.spellings).toEqual(["nord.example\\jdoe", "nord\\jdoe"]);
    expect(accounts.find("nord\\jdoe")?.reasons.get("nord.example\\jdoe")).toMatchObject({
      kind: "domain",
      prefix: "s-1-5-21-1-2-3",
      domains: ["nord.example", "nord"],
      examples: [tie("nord.example\\asmith", ASMITH), tie("nord\\asmith", ASMITH)],
    });
    expect(accounts.find("sud\\jdoe")?.spellings).toEqual(["sud\\jdoe"]);
    // Without any SID, two domains that merely begin alike are two.
    expect(resolver(["nord\\jdoe", "nord.example\\jdoe"]).find("nord\\jdoe")?.spellings).toHaveLength(1);
  });

  it("is not merged by its domain where that has accounts of two domains", () => {
    const accounts = resolver(
      ["nord\\jdoe", "nord.example\\jdoe"],
      [tie("nord\\asmith", ASMITH), tie("nord.example\\asmith", ASMITH), tie("nord\\other", "s-1-5-21-9-9-9-1000")],
    );
    expect(accounts.find("nord\\jdoe")?.spellings).toHaveLength(1);
  });

  it("is found by its user principal name", () => {
    const accounts = resolver(["nord.example\\jdoe", "jdoe@nord.example"]);
    expect(accounts.find("JDoe@nord.example")?.spellings).toEqual(["jdoe@nord.example", "nord.example\\jdoe"]);
    expect(accounts.find("nord.example\\jdoe")?.reasons.get("jdoe@nord.example")).toEqual({
      kind: "principal-name",
      with: "nord.example\\jdoe",
    });
    expect(resolver(["nord.example\\jdoe"]).find("jdoe@nord.example")?.key).toBe("nord.example\\jdoe");
  });

  it("of a host is never that of the domain, nor of another host with the same SIDs", () => {
    const local = "s-1-5-21-7-7-7-500";
    const accounts = resolver(
      ["nord\\admin", "admin@nord.example"],
      [tie("wks-1\\admin", local), tie("wks-2\\admin", local)],
      ["wks-1.nord.example", "wks-2.nord.example"],
    );
    expect(["nord\\admin", "wks-1\\admin", "wks-2\\admin"].map((key) => accounts.find(key)?.spellings)).toEqual([
      ["nord\\admin"],
      ["wks-1\\admin"],
      ["wks-2\\admin"],
    ]);
    expect(accounts.find(local)).toBeUndefined();
  });
});

describe("an account that every host has", () => {
  const keys = [
    "nt authority\\system",
    "nt authority\\anonymous logon",
    "nt-autorität\\system",
    "autorite nt\\système",
    "window manager\\dwm-1",
    "nt service\\mssqlserver",
    "iis apppool\\web",
    "s-1-5-7",
  ];

  it.each(keys)("is another one on each host: %s", (key) => {
    const accounts = resolver(keys, [], ["srv-1", "srv-2"]);
    expect(accounts.keyOf(key, "srv-1")).not.toBe(accounts.keyOf(key, "srv-2"));
    expect(accounts.find(accounts.keyOf(key, "srv-1"))?.scopes[0]?.hosts).toEqual(["srv-1"]);
  });

  it("is one on its host, whatever the language and the name of the host", () => {
    const accounts = resolver(keys, [], ["srv-1", "srv-1.nord.example"]);
    const own = ["nt authority\\system", "nt-autorität\\system", "autorite nt\\système"];
    expect(new Set(own.map((key) => accounts.keyOf(key, "SRV-1"))).size).toBe(1);
    expect(accounts.find("nt authority\\system@srv-1")?.scopes).toEqual([
      { userKeys: own.toSorted(), hosts: ["srv-1", "srv-1.nord.example"] },
    ]);
  });

  it("is nobody under the name that Windows writes for no account", () => {
    const accounts = resolver(
      ["null sid", "-\\null sid", "\\null sid", "s-1-0-0", "nord\\null sid"],
      [],
      ["srv-1", "srv-2"],
    );
    const nobody = accounts.find(accounts.keyOf("null sid", "srv-1"));
    expect(nobody?.builtIn).toMatchObject({ host: "srv-1", why: expect.stringContaining("identifies nobody") });
    expect(nobody?.spellings).toEqual(["-\\null sid", "\\null sid", "null sid", "s-1-0-0"]);
    expect(accounts.keyOf("-\\null sid", "srv-2")).not.toBe(nobody?.key);
    expect(accounts.find("nord\\null sid")?.builtIn).toBeUndefined();
  });

  it("is known by its SID in a language that is not, but a person is not by the SID of a collector", () => {
    const accounts = resolver([], [tie("nt szervezet\\rendszer", "s-1-5-18"), tie("nord\\ann", "s-1-5-18")], ["srv-1"]);
    expect(accounts.keyOf("nt szervezet\\rendszer", "srv-1")).toBe("nt authority\\system@srv-1");
    expect(accounts.keyOf("nord\\ann", "srv-1")).toBe("nord\\ann");
  });

  it("is the computer account of its host on the network, if only one host can be meant", () => {
    const hosts = ["wks-1.nord.example", "dc", "wks-2.nord.example", "wks-2.sud.example"];
    const accounts = resolver(["nord\\wks-1$", "nord\\wks-2$", "nord\\gone$"], [], hosts);
    expect(accounts.keyOf("nord\\wks-1$", "dc")).toBe("nt authority\\system@wks-1.nord.example");
    expect(accounts.find("nord\\wks-1$")?.builtIn?.host).toBe("wks-1.nord.example");
    expect(accounts.keyOf("nord\\wks-2$", "dc")).toBe("nt authority\\system@wks-2.nord.example");
    expect(accounts.keyOf("nord\\gone$", "dc")).toBe("nord\\gone$");
  });
});

describe("resolved accounts", () => {
  const name = fc.constantFrom("ann", "bob", "admin", "wks-1$");
  const domain = fc.constantFrom("nord", "nord.example", "sud", "wks-1", "wks-2");
  const key = fc.oneof(
    fc.tuple(domain, name).map(([of, who]) => `${of}\\${who}`),
    fc.tuple(name, fc.constantFrom("nord.example", "sud.example")).map(([who, of]) => `${who}@${of}`),
    name,
  );
  const sid = fc.constantFrom(JDOE, ASMITH, "s-1-5-21-7-7-7-500", "s-1-5-21-8-8-8-500", "s-1-12-1-5-6-7-8");
  const ties = fc.array(fc.record({ userKey: key, sid }), { maxLength: 12 });
  const hosts = ["wks-1", "wks-2.nord.example"];

  it("are the same in any order, and resolving an account again changes nothing", () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 8 }), ties, (keys, tied) => {
        const one = resolver(keys, tied, hosts);
        const other = resolver(keys.toReversed(), tied.toReversed(), hosts.toReversed());
        for (const given of [...keys, ...tied.map(({ userKey }) => userKey)]) {
          const resolved = one.keyOf(given, "wks-1");
          expect(other.keyOf(given, "wks-1")).toBe(resolved);
          expect(one.find(resolved)?.key).toBe(resolved);
          expect(one.find(resolved)).toEqual(other.find(resolved));
        }
      }),
    );
  });

  it("never have two SIDs", () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 8 }), ties, (keys, tied) => {
        const accounts = resolver(keys, tied, hosts);
        for (const { userKey } of tied) {
          const { spellings = [], builtIn } = accounts.find(userKey) ?? {};
          const found = new Set(tied.filter((one) => spellings.includes(one.userKey)).map((one) => one.sid));
          expect(found.size > 1 && spellings.length > 1 && builtIn === undefined).toBe(false);
        }
      }),
    );
  });
});
