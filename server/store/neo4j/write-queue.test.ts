import { expect, it } from "vitest";
import { StoreFailure } from "../failure.ts";
import { writeQueue } from "./write-queue.ts";

const failure = (code: "store.unavailable" | "store.outcome-unknown" | "store.failed") =>
  new StoreFailure({ code, message: code });
const codes = async (writes: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(writes)).map((one) =>
    one.status === "fulfilled" ? one.value : one.reason instanceof StoreFailure && one.reason.problem.code,
  );

it("runs one write at a time, in order, and goes on after one that fails", async () => {
  const queue = writeQueue();
  const begun: number[] = [];
  const write = (fails: boolean) =>
    queue.run(async (number) => {
      begun.push(number);
      await Promise.resolve();
      if (fails) {
        throw failure("store.failed");
      }
      return number;
    });
  expect(await codes([write(false), write(true), write(false)])).toEqual([1, "store.failed", 3]);
  expect(begun).toEqual([1, 2, 3]);
});

it("fails what waits behind a write that waited in vain, and nothing that comes later", async () => {
  const queue = writeQueue();
  const lost = (code: "store.unavailable" | "store.outcome-unknown") => queue.run(() => Promise.reject(failure(code)));
  const works = () => queue.run(async (number) => number);
  expect(await codes([lost("store.unavailable"), works(), works()])).toEqual(Array(3).fill("store.unavailable"));
  // Only of the first one it is not known whether it is stored.
  expect(await codes([lost("store.outcome-unknown"), works()])).toEqual(["store.outcome-unknown", "store.unavailable"]);
  expect(await codes([works()])).toEqual([6]);
});
