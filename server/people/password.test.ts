import { describe, expect, it } from "vitest";
import { PasswordHasher, passwordWeakness, recommendedCost } from "./password.ts";

const cheap = { cost: 2 ** 4, blockSize: 8, parallelization: 1 };
const now = Date.UTC(2026, 5, 17);

describe("a password hash", () => {
  it("matches its password and no other, and differs each time", async () => {
    const hasher = new PasswordHasher(cheap);
    const one = await hasher.hash("quiet harbour", now);
    const two = await hasher.hash("quiet harbour", now);
    expect(one?.hash).not.toBe(two?.hash);
    expect(await hasher.matches("quiet harbour", one)).toBe(true);
    expect(await hasher.matches("quiet harbouR", one)).toBe(false);
    expect(await hasher.matches("", one)).toBe(false);
    expect(await hasher.matches("quiet harbour", undefined)).toBe(false);
  });

  it("keeps its parameters, so that they can be raised", async () => {
    const old = await new PasswordHasher(cheap).hash("quiet harbour", now);
    const hasher = new PasswordHasher({ ...cheap, cost: 2 ** 5 });
    expect(await hasher.matches("quiet harbour", old)).toBe(true);
    expect(old && hasher.isOutdated(old)).toBe(true);
    const renewed = await hasher.hash("quiet harbour", now);
    expect(renewed && hasher.isOutdated(renewed)).toBe(false);
  });

  it("takes 32 MiB by default", () => {
    expect(128 * recommendedCost.cost * recommendedCost.blockSize).toBe(32 * 1024 * 1024);
  });

  it("waits for its turn, and a flood is told to come back", async () => {
    const hasher = new PasswordHasher({ ...cheap, cost: 2 ** 10 });
    const results = await Promise.all(Array.from({ length: 100 }, () => hasher.hash("quiet harbour", now)));
    expect(results.filter((result) => result === undefined)).toHaveLength(100 - 2 - 64);
    expect(await hasher.hash("quiet harbour", now)).toBeDefined();
  });
});

describe("a password", () => {
  it("is too weak if it is the name of the account or among the most common", () => {
    const account = { userName: "Mira.Holm@x.example", name: "Mira Holm Berg" };
    expect(passwordWeakness("mira.holm@X.example", account)).toMatch(/name/);
    expect(passwordWeakness("MIRA HOLM BERG", account)).toMatch(/name/);
    expect(passwordWeakness("Password1234", account)).toMatch(/common/);
    expect(passwordWeakness("121212121212", account)).toMatch(/common/);
    expect(passwordWeakness("quiet harbour, seven lamps", account)).toBeUndefined();
  });
});
