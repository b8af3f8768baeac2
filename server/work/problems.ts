import type { RequestProblem } from "#contracts/problem";

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

export function tooMany(most: number): RequestProblem {
  return {
    code: "work.too-many",
    message: `You have ${most} searches, dry runs or reports waiting or running already`,
    remedy: "Wait until some of them are done, or cancel them.",
  };
}

export function queueFull(most: number): RequestProblem {
  return {
    code: "work.queue-full",
    message: `The server is busy: ${most} searches, dry runs or reports are waiting`,
    remedy: "Try again in a moment.",
  };
}
