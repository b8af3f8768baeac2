import { describe, expect, it } from "vitest";
import { MemoizedReads } from "./memoized-reads.ts";

describe("memoized reads", () => {
  function setUp(answer: (key: string) => Promise<string | undefined>) {
    let now = 0;
    const asked: string[] = [];
    const reads = new MemoizedReads<string>(
      (key) => {
        asked.push(key);
        return answer(key);
      },
      () => now,
      3_000,
    );
    return { reads, asked, wait: (milliseconds: number) => (now += milliseconds) };
  }

  it("ask once for calls that overlap, and again after the time", async () => {
    const { reads, asked, wait } = setUp(async (key) => `value of ${key}`);
    expect(await Promise.all([reads.get("a"), reads.get("a"), reads.get("b")])).toHaveLength(3);
    wait(2_999);
    expect(await reads.get("a")).toBe("value of a");
    expect(asked).toEqual(["a", "b"]);
    wait(1);
    await reads.get("a");
    expect(asked).toEqual(["a", "b", "a"]);
  });

  it("forget answers that are asked for while they are cleared", async () => {
    let release: (value: string) => void = () => undefined;
    const answers = [new Promise<string>((resolve) => (release = resolve)), Promise.resolve("new")];
    const { reads } = setUp(() => answers.shift() ?? Promise.resolve("newer"));
    const before = reads.get("a");
    reads.clear();
    const after = reads.get("a");
    release("old");
    expect(await before).toBe("old");
    expect(await after).toBe("new");
    expect(await reads.get("a")).toBe("new");
  });

  it("remember neither failures nor what does not exist", async () => {
    const answers = [Promise.reject(new Error("gone")), Promise.resolve(undefined), Promise.resolve("there")];
    const { reads } = setUp(() => answers.shift() ?? Promise.resolve("never"));
    await expect(reads.get("a")).rejects.toThrow("gone");
    expect(await reads.get("a")).toBeUndefined();
    expect(await reads.get("a")).toBe("there");
  });
});
