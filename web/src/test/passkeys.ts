import { vi } from "vitest";

const bytes = new Uint8Array([1, 2, 3]).buffer;

/**
 * A browser with an authenticator, which jsdom does not have. `refusal` is how it refuses, if it does. The browser
 * tests use the virtual authenticator of Chromium instead.
 */
export function installAuthenticator(refusal?: DOMException): void {
  const credential = {
    id: "AQID",
    rawId: bytes,
    type: "public-key",
    response: {
      authenticatorData: bytes,
      clientDataJSON: bytes,
      signature: bytes,
      attestationObject: bytes,
    },
    getClientExtensionResults: () => ({}),
  };
  const respond = () => (refusal === undefined ? Promise.resolve(credential) : Promise.reject(refusal));
  vi.stubGlobal("PublicKeyCredential", class {});
  Object.defineProperty(navigator, "credentials", {
    configurable: true,
    value: { get: respond, create: respond },
  });
}

/** What the server asks an authenticator for. */
export const passkeyOptions = {
  challenge: "challenge-1",
  options: {
    challenge: "AQID",
    rpId: "localhost",
    rp: { id: "localhost", name: "Stemma" },
    user: { id: "AQID", name: "mika", displayName: "mika" },
    pubKeyCredParams: [],
  },
};

export const cancelled = new DOMException("The operation either timed out or was not allowed.", "NotAllowedError");
