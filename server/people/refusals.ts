import type { RequestProblem } from "#contracts/problem";

/** Why somebody was not signed in. What exactly did not fit is not said. */
export function refused(message: string): RequestProblem {
  return { code: "sign-in.refused", message };
}

/** `wait` in milliseconds. */
export function tooManyAttempts(wait: number): RequestProblem {
  const seconds = Math.max(Math.ceil(wait / 1000), 1);
  const text = seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
  return {
    code: "sign-in.rate-limited",
    message: "Too many attempts to sign in failed",
    remedy: `Try again in ${text}, or use a sign-in link.`,
    retryAfter: seconds,
  };
}
