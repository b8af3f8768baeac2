import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derivedId, formerId, plainId } from "./plain-id.ts";

describe("a derived id", () => {
  it("never begins with a dash, and otherwise is what it was before", () => {
    let changed = 0;
    for (let number = 0; number < 5000; number += 1) {
      const former = hash("sha256", `text ${number}`, "base64url").slice(0, 22);
      const id = derivedId(`text ${number}`);
      expect(id).toMatch(/^\w[\w-]{21}$/);
      expect(id === former).toBe(!former.startsWith("-"));
      changed += id === former ? 0 : 1;
    }
    expect(changed).toBeGreaterThan(0);
  });

  it("leads to the id of former databases and back", () => {
    fc.assert(
      fc.property(fc.base64String({ minLength: 24 }), (text) => {
        const former = text.replaceAll("+", "-").replaceAll("/", "_").slice(0, 22);
        expect([former, formerId(plainId(former))]).toContain(former);
        expect(plainId(plainId(former))).toBe(plainId(former));
      }),
    );
    expect(formerId("_abc")).toBe("-abc");
    expect(plainId("-abc")).toBe("_abc");
    expect(formerId("abc")).toBeUndefined();
  });
});
