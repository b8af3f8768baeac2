import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from "@simplewebauthn/browser";
import type { RouteResponse } from "#contracts/api";
import { RequestError, request } from "./client.ts";

/** Whether this browser can use passkeys here: they need https or localhost. */
export const supportsPasskeys = browserSupportsWebAuthn;

/** Signs in with a passkey of this device or a security key. Throws `RequestError`. */
export async function signInWithPasskey(): Promise<RouteResponse<"signInWithPasskey">> {
  const { options, challenge } = await request("passkeySignInOptions", { body: {} });
  // The shape is that of WebAuthn, and the library checks it.
  const optionsJSON = options as unknown as PublicKeyCredentialRequestOptionsJSON;
  const response = await ceremony(() => startAuthentication({ optionsJSON }));
  return request("signInWithPasskey", { body: { challenge, response: { ...response } } });
}

/** Creates a passkey for the person who is signed in. Throws `RequestError`. */
export async function addPasskey(name: string): Promise<RouteResponse<"addPasskey">> {
  const { options, challenge } = await request("newPasskeyOptions", { body: {} });
  const optionsJSON = options as unknown as PublicKeyCredentialCreationOptionsJSON;
  const response = await ceremony(() => startRegistration({ optionsJSON }));
  return request("addPasskey", { body: { challenge, response: { ...response }, name } });
}

/** What browser and authenticator do. Their refusal becomes a problem like any other. */
async function ceremony<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new RequestError({ title: "No passkey used", status: 0, detail: refusalWords(cause) });
  }
}

function refusalWords(cause: unknown): string {
  if (cause instanceof WebAuthnError && cause.code === "ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED") {
    return "This device or security key already has a passkey of this account.";
  }
  // Browsers do not say whether it was cancelled, timed out, or no passkey fits.
  return cause instanceof Error && ["NotAllowedError", "AbortError"].includes(cause.name)
    ? "It was cancelled, took too long, or there is no passkey for this server on the device."
    : `The browser refused: ${cause instanceof Error ? cause.message : String(cause)}`;
}
