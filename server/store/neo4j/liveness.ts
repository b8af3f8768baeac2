import { failureOf, isLost, NoAnswer } from "./failure.ts";

/** Runs a call to the server and waits for its answer, at most `limit` milliseconds. Rejects with `NoAnswer`. */
export type Answered = <T>(call: () => Promise<T>, limit: number) => Promise<T>;

/**
 * Tells a slow server from one that does not respond: a network may swallow everything without closing a connection,
 * and a stopped process keeps its connections. After `silence` milliseconds without an answer, the server is pinged. As
 * long as it responds within that time the call may take up to its limit; otherwise it is given up, and so are further
 * calls until a ping is answered, so that they neither wait for long nor take all connections. See docs/decisions/0045.
 */
export function liveness(ping: () => Promise<unknown>, silence: number): Answered {
  let silent = false;
  let pinging: Promise<boolean> | undefined;
  const responds = (): Promise<boolean> => {
    pinging ??= answersWithin(silence, ping).then((answers) => {
      silent = !answers;
      pinging = undefined;
      return answers;
    });
    return pinging;
  };
  const seconds = silence / 1000;
  return async (call, limit) => {
    if (silent && !(await responds())) {
      throw new NoAnswer(`no answer within ${seconds} s`);
    }
    const answer = call();
    // What is given up may still fail.
    answer.catch(() => undefined);
    for (let waited = 0; ; waited += silence) {
      const step = Math.min(silence, limit - waited);
      if (await settlesWithin(step, answer)) {
        return answer;
      }
      if (waited + step >= limit) {
        throw new NoAnswer(`no answer within ${limit / 1000} s`);
      }
      if (!(await Promise.race([responds(), answer.then(() => true)]))) {
        throw new NoAnswer(`no answer within ${seconds} s`);
      }
    }
  };
}

/** Whether a promise settles within some milliseconds. */
export function settlesWithin(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    const settled = () => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}

/** A refusal is an answer as well. */
async function answersWithin(milliseconds: number, ping: () => Promise<unknown>): Promise<boolean> {
  const answer = ping().then(
    () => true,
    (error: unknown) => !isLost(failureOf(error) ?? { code: "" }),
  );
  return (await settlesWithin(milliseconds, answer)) && answer;
}
