import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A device with passkeys, as WebAuthn Level 3 describes it: the other end of `navigator.credentials`. */
export interface Authenticator {
  /** Makes a passkey for the options that a server returned; the answer of `navigator.credentials.create`. */
  create(options: unknown, origin: string, change?: Changes): Record<string, unknown>;
  /** Signs in with the passkey that was made last; the answer of `navigator.credentials.get`. */
  get(options: unknown, origin: string, change?: Changes): Record<string, unknown>;
}

/** What an answer claims other than the truth. */
export interface Changes {
  readonly hostName?: string;
  readonly counter?: number;
  readonly flags?: number;
  readonly userHandle?: string;
  /** The attestation, as CBOR: format and statement. */
  readonly attestation?: { readonly format: string; readonly statement: Cbor };
}

const present = 0x01;
const verified = 0x04;
const withCredential = 0x40;

interface Options {
  readonly challenge: string;
  readonly rp?: { readonly id: string };
  readonly rpId?: string;
  readonly user?: { readonly id: string };
}

export function authenticator(): Authenticator {
  let passkey: { readonly id: Buffer; readonly key: KeyObject; readonly user: string } | undefined;
  let counter = 0;
  return {
    create(options, origin, change = {}) {
      const { challenge, rp, user } = options as Options;
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const id = randomBytes(32);
      passkey = { id, key: privateKey, user: user?.id ?? "" };
      const { x = "", y = "" } = publicKey.export({ format: "jwk" });
      const key = cbor(
        new Map<number, Cbor>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, Buffer.from(x, "base64url")],
          [-3, Buffer.from(y, "base64url")],
        ]),
      );
      const data = Buffer.concat([
        authenticatorData(
          change.hostName ?? rp?.id ?? "",
          change.flags ?? present | verified | withCredential,
          counter,
        ),
        Buffer.alloc(16),
        Buffer.from([0, id.length]),
        id,
        key,
      ]);
      const { format, statement } = change.attestation ?? { format: "none", statement: new Map() };
      const attestation = cbor(
        new Map<string, Cbor>([
          ["fmt", format],
          ["attStmt", statement],
          ["authData", data],
        ]),
      );
      return answer(id, {
        clientDataJSON: clientData("webauthn.create", challenge, origin),
        attestationObject: attestation.toString("base64url"),
        transports: ["internal"],
      });
    },
    get(options, origin, change = {}) {
      const { challenge, rpId } = options as Options;
      if (passkey === undefined) {
        throw new Error("this device has no passkey");
      }
      counter = change.counter ?? counter + 1;
      const flags = change.flags ?? present | verified;
      const data = authenticatorData(change.hostName ?? rpId ?? "", flags, counter);
      const client = clientData("webauthn.get", challenge, origin);
      const hash = createHash("sha256").update(Buffer.from(client, "base64url")).digest();
      return answer(passkey.id, {
        clientDataJSON: client,
        authenticatorData: data.toString("base64url"),
        signature: sign("sha256", Buffer.concat([data, hash]), passkey.key).toString("base64url"),
        userHandle: change.userHandle ?? passkey.user,
      });
    },
  };
}

function answer(id: Buffer, response: unknown): Record<string, unknown> {
  const text = id.toString("base64url");
  return { id: text, rawId: text, type: "public-key", clientExtensionResults: {}, response };
}

function clientData(type: string, challenge: string, origin: string): string {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false })).toString("base64url");
}

function authenticatorData(hostName: string, flags: number, counter: number): Buffer {
  const rest = Buffer.alloc(5);
  rest.writeUInt8(flags);
  rest.writeUInt32BE(counter, 1);
  return Buffer.concat([createHash("sha256").update(hostName).digest(), rest]);
}

type Cbor = number | string | Buffer | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

/** Encodes as CBOR (RFC 8949): the types that WebAuthn needs. */
function cbor(value: Cbor): Buffer {
  if (typeof value === "number") {
    return value < 0 ? head(1, -1 - value) : head(0, value);
  }
  if (typeof value === "string") {
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  }
  if (Buffer.isBuffer(value)) {
    return Buffer.concat([head(2, value.length), value]);
  }
  if (value instanceof Map) {
    return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item)])]);
  }
  const list = value as readonly Cbor[];
  return Buffer.concat([head(4, list.length), ...list.map(cbor)]);
}

function head(type: number, length: number): Buffer {
  if (length < 24) {
    return Buffer.from([(type << 5) | length]);
  }
  return length < 256
    ? Buffer.from([(type << 5) | 24, length])
    : Buffer.from([(type << 5) | 25, length >> 8, length & 0xff]);
}
