import { describe, expect, it } from "vitest";
import { FairQueue } from "./fair-queue.ts";

function queueOf(...entries: readonly (readonly [person: string, entry: string])[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const [person, entry] of entries) {
    queue.add(person, entry);
  }
  return queue;
}

function takeAll(queue: FairQueue<string>, mayRun: (person: string) => boolean = () => true): string[] {
  const taken: string[] = [];
  for (let entry = queue.take(mayRun); entry !== undefined; entry = queue.take(mayRun)) {
    taken.push(entry);
  }
  return taken;
}

describe("a fair queue", () => {
  it("takes one entry of each person before the second of anybody, and of one person in order", () => {
    const queue = queueOf(["a", "a1"], ["a", "a2"], ["a", "a3"], ["b", "b1"], ["c", "c1"], ["c", "c2"]);
    expect(takeAll(queue)).toEqual(["a1", "b1", "c1", "a2", "c2", "a3"]);
    expect(queue.size).toBe(0);
  });

  it("puts whoever had a turn behind those who have not, also if more is asked for meanwhile", () => {
    const queue = queueOf(["a", "a1"], ["a", "a2"], ["b", "b1"]);
    expect(queue.take(() => true)).toBe("a1");
    queue.add("c", "c1");
    queue.add("a", "a3");
    expect(takeAll(queue)).toEqual(["b1", "a2", "c1", "a3"]);
  });

  it("passes over persons who must not run now, and keeps what is theirs", () => {
    const queue = queueOf(["a", "a1"], ["b", "b1"], ["b", "b2"]);
    expect(takeAll(queue, (person) => person !== "a")).toEqual(["b1", "b2"]);
    expect(queue.size).toBe(1);
    expect(takeAll(queue)).toEqual(["a1"]);
  });

  it("says for every entry how many are taken up to it", () => {
    const entries = [
      ["a", "a1"],
      ["a", "a2"],
      ["a", "a3"],
      ["b", "b1"],
      ["c", "c1"],
      ["c", "c2"],
    ] as const;
    const queue = queueOf(...entries);
    const positions = entries.map(([person, entry]) => [entry, queue.positionOf(person, entry)] as const);
    const order = positions.toSorted(([, left = 0], [, right = 0]) => left - right).map(([entry]) => entry);
    expect(positions.map(([, position]) => position).toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(takeAll(queue)).toEqual(order);
    expect(queue.positionOf("a", "a1")).toBeUndefined();
  });

  it("removes an entry once, wherever it waits", () => {
    const queue = queueOf(["a", "a1"], ["a", "a2"], ["b", "b1"]);
    expect(queue.remove("a", "a2")).toBe(true);
    expect(queue.remove("a", "a2")).toBe(false);
    expect(queue.remove("b", "b1")).toBe(true);
    expect([queue.size, queue.sizeOf("a"), queue.sizeOf("b")]).toEqual([1, 1, 0]);
    expect(queue.clear()).toEqual(["a1"]);
    expect(queue.size).toBe(0);
  });
});
