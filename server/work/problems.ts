import type { RequestProblem } from "#contracts/problem";
import type { Lane } from "./thread.ts";

/** Refusals of work. */

export const cancelled: RequestProblem = {
  code: "work.cancelled",
  message: "The work was cancelled before it was done",
  remedy: "Ask again if the answer is still needed.",
};

export const outOfMemory: RequestProblem = {
  code: "work.out-of-memory",
  message: "The work needed more memory than it may use",
  remedy: "Ask for less: a shorter time, fewer rules or a narrower query.",
};

export function tooLong(milliseconds: number): RequestProblem {
  return {
    code: "work.too-long",
    message: `This took longer than the ${milliseconds / 1000} seconds that it may take`,
    remedy: "Make the rule smaller: fewer or simpler regular expressions, and shorter lists.",
  };
}

const nouns: Readonly<Record<Lane, string>> = {
  short: "pages, queries or drafts",
  long: "searches, dry runs or reports",
  batch: "changes of many alerts",
};

export function tooMany(most: number, lane: Lane): RequestProblem {
  return {
    code: "work.too-many",
    message: `You have ${most} ${nouns[lane]} waiting or running already`,
    remedy: "Wait until some of them are done, or cancel them.",
  };
}

export function queueFull(most: number, lane: Lane): RequestProblem {
  return {
    code: "work.queue-full",
    message: `The server is busy: ${most} ${nouns[lane]} are waiting`,
    remedy: "Try again in a moment.",
  };
}
