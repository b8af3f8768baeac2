import type { RequestProblem } from "#contracts/problem";
import type { RouteAccess } from "#contracts/roles";

export const signInRequired: RequestProblem = {
  code: "sign-in.required",
  message: "Sign in first",
};

export const tokenRefused: RequestProblem = {
  code: "sign-in.required",
  message: "The service token is unknown, revoked or expired",
  remedy: "Ask an administrator for another one.",
};

export const accountDisabled: RequestProblem = {
  code: "sign-in.disabled",
  message: "An administrator has disabled this account, which ended its sessions",
  remedy: "Ask an administrator if you still need it.",
};

/** Why somebody who is known may not use a route. */
export function accessDenied(access: RouteAccess): RequestProblem {
  if (access === "signed-in") {
    return { code: "access.denied", message: "This is for people who are signed in, not for service tokens" };
  }
  return {
    code: "access.denied",
    message: `This needs the permission "${access}", which your role or token does not include`,
    remedy: "Ask an administrator for another role.",
  };
}

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
