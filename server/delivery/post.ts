import { fail, ok, type Result } from "../lib/result.ts";
import { signatureHeader, signatureOf } from "./sign.ts";

/** Who may be called, and how. */
export interface PostSettings {
  /** The addresses of the settings by the names of receivers: nothing else is called, whatever is stored. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly secret: string;
  readonly version: string;
  /** Milliseconds for all of it. */
  readonly timeout: number;
}

/**
 * Posts a delivery to its receiver. Redirects are not followed: they would lead where no setting allows. Of the answer
 * only the status counts, so nothing else is read. The error is a reason in words, without anything that the receiver
 * wrote.
 */
export async function post(
  { id, target, body }: { readonly id: string; readonly target: string; readonly body: string },
  { addresses, secret, version, timeout }: PostSettings,
  { now, signal }: { readonly now: () => number; readonly signal: AbortSignal },
): Promise<Result<undefined, string>> {
  const address = addresses.get(target);
  if (address === undefined) {
    return fail("its address is not in the settings of this server");
  }
  const timer = AbortSignal.timeout(timeout);
  try {
    const answer = await fetch(address, {
      method: "POST",
      redirect: "manual",
      headers: {
        "Content-Type": "application/json",
        "User-Agent": `Stemma/${version}`,
        "Stemma-Delivery": id,
        [signatureHeader]: signatureOf(secret, now(), body),
      },
      body,
      signal: AbortSignal.any([signal, timer]),
    });
    await answer.body?.cancel();
    if (answer.ok) {
      return ok(undefined);
    }
    const isRedirect = answer.status >= 300 && answer.status < 400;
    return fail(isRedirect ? `it redirects (${answer.status}), which is not followed` : `it answers ${answer.status}`);
  } catch (error) {
    if (timer.aborted) {
      return fail(`it does not answer within ${timeout / 1000} s`);
    }
    return fail(signal.aborted ? "the server stopped meanwhile" : `it cannot be reached: ${codeOf(error)}`);
  }
}

/** The code of a network error, such as ECONNREFUSED. Messages may name addresses that resolving led to. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
}
