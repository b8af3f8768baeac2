import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { failureOf } from "./failure.ts";
import { liveness } from "./liveness.ts";

const never = () => new Promise<never>(() => undefined);
const after = (milliseconds: number) => () =>
  new Promise<string>((resolve) => void setTimeout(() => resolve("answer"), milliseconds));
/** The value or the failure, and after how many milliseconds. */
const outcome = async (work: Promise<unknown>) => {
  const begun = performance.now();
  const value = await work.catch((error: unknown) => failureOf(error)?.message);
  return [value, performance.now() - begun];
};

describe("a call to a server", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("takes as long as it takes while the server answers pings", async () => {
    const answered = liveness(async () => undefined, 1_000);
    const result = outcome(answered(after(7_500), 10_000));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await result).toEqual(["answer", 7_500]);
  });

  it("ends at its limit even so", async () => {
    const answered = liveness(async () => undefined, 1_000);
    const result = outcome(answered(never, 2_500));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await result).toEqual(["no answer within 2.5 s", 2_500]);
  });

  it("is given up when a ping is not answered either, and the next one after a ping alone", async () => {
    const answered = liveness(never, 1_000);
    const first = outcome(answered(never, 60_000));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await first).toEqual(["no answer within 1 s", 2_000]);
    const call = vi.fn(never);
    const next = outcome(answered(call, 60_000));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await next).toEqual(["no answer within 1 s", 1_000]);
    expect(call).not.toHaveBeenCalled();
  });

  it("works again as soon as a ping is answered, and a refusal is an answer", async () => {
    const ping = vi.fn<() => Promise<unknown>>(never);
    const answered = liveness(ping, 1_000);
    const lost = outcome(answered(never, 60_000));
    await vi.advanceTimersByTimeAsync(2_000);
    await lost;
    ping.mockRejectedValue(new Error("wrong password"));
    expect(await answered(async () => "answer", 60_000)).toBe("answer");
  });

  it("shares its ping with the other calls, and fails as the server lets it fail", async () => {
    const ping = vi.fn(never);
    const answered = liveness(ping, 1_000);
    const calls = Promise.all([1, 2, 3].map(() => outcome(answered(never, 60_000))));
    await vi.advanceTimersByTimeAsync(2_000);
    await calls;
    expect(ping).toHaveBeenCalledTimes(1);
    await expect(liveness(never, 1_000)(() => Promise.reject(new Error("no")), 1_000)).rejects.toThrow("no");
  });
});
