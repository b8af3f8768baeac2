import { beforeEach, describe, expect, it } from "vitest";
import type { Watching } from "../store/watchers/port.ts";
import { Announcer } from "./announcer.ts";

describe("what a server tells others of who has incidents open", () => {
  const lena = { key: "k", account: "1", name: "Lena", since: 0 };
  let now: number;
  let announced: (readonly Watching[])[];
  let failure: Error | undefined;
  let errors: unknown[];
  let announcer: Announcer;
  beforeEach(() => {
    now = 1_000_000;
    announced = [];
    errors = [];
    failure = undefined;
    const watchers = {
      announce: async (watching: readonly Watching[]) => {
        if (failure !== undefined) {
          throw failure;
        }
        announced.push(watching);
      },
      elsewhere: async () => [],
    };
    announcer = new Announcer(
      watchers,
      () => now,
      (error) => errors.push(error),
    );
  });
  /** Asks every second. */
  const seconds = async (count: number, here: readonly Watching[]) => {
    for (let second = 0; second < count; second += 1) {
      await announcer.tell(here);
      now += 1_000;
    }
  };

  it("is nothing while nobody is there", async () => {
    await seconds(100, []);
    expect(announced).toEqual([]);
  });

  it("is said at once when it is news, and every ten seconds when it is not", async () => {
    await seconds(1, [lena]);
    expect(announced).toEqual([[lena]]);
    await seconds(30, [lena]);
    expect(announced).toHaveLength(4);
    await seconds(100, []);
    expect(announced.slice(4)).toEqual([[]]);
  });

  it("is tried again after a failure, which is reported once", async () => {
    failure = new Error("gone");
    await seconds(20, [lena]);
    expect([announced, errors]).toEqual([[], [failure]]);
    failure = undefined;
    await seconds(6, []);
    expect(announced).toEqual([[]]);
  });
});
