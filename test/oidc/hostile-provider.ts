import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer } from "node:http";
import { client, listening, stopped } from "./provider.ts";

type Json = Readonly<Record<string, unknown>>;

/** How an ID token differs from a right one. */
export interface Forgery {
  readonly claims?: Json;
  readonly header?: Json;
  /** Instead of the provider's own key: another one, the client secret, or no signature at all. */
  readonly signedWith?: "another key" | "client secret" | "nothing";
  /** The whole response of the token endpoint. */
  readonly response?: (token: string) => { readonly status: number; readonly body: string; readonly location?: string };
  /** Changes the parameters that the browser comes back with. */
  readonly back?: (parameters: URLSearchParams) => void;
}

/** A provider that signs in everybody at once, with whatever ID token the test wants. */
export interface HostileProvider {
  readonly issuer: string;
  /** What the next sign-in gets. */
  forgery: Forgery;
  /** What its description says differently. */
  description: Json;
  /** ID tokens that were issued, newest last. */
  readonly issued: readonly string[];
  stop(): Promise<void>;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

export async function startHostileProvider(): Promise<HostileProvider> {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issued: string[] = [];
  let nonce = "";
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", provider.issuer);
    const json = (value: unknown) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return json({
          issuer: provider.issuer,
          authorization_endpoint: `${provider.issuer}/authorize`,
          token_endpoint: `${provider.issuer}/token`,
          jwks_uri: `${provider.issuer}/keys`,
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["ES256"],
          ...provider.description,
        });
      case "/keys":
        return json({ keys: [{ ...own.publicKey.export({ format: "jwk" }), kid: "own", alg: "ES256", use: "sig" }] });
      case "/authorize": {
        nonce = url.searchParams.get("nonce") ?? "";
        const back = new URL(url.searchParams.get("redirect_uri") ?? "");
        const parameters = new URLSearchParams({ code: "any", state: url.searchParams.get("state") ?? "" });
        provider.forgery.back?.(parameters);
        back.search = parameters.toString();
        response.statusCode = 303;
        return response.setHeader("location", back.href).end();
      }
      default: {
        const token = idToken(provider.forgery, { issuer: provider.issuer, nonce }, own.privateKey, other.privateKey);
        issued.push(token);
        const body = JSON.stringify({ access_token: "any", token_type: "Bearer", id_token: token });
        const answer = provider.forgery.response?.(token) ?? { status: 200, body };
        response.statusCode = answer.status;
        if (answer.location !== undefined) {
          response.setHeader("location", answer.location);
        }
        return response.setHeader("content-type", "application/json").end(answer.body);
      }
    }
  });
  const provider = {
    issuer: `http://localhost:${await listening(server)}`,
    forgery: {} as Forgery,
    description: {} as Json,
    issued,
    stop: () => stopped(server),
  };
  return provider;
}

function idToken(
  { claims, header, signedWith }: Forgery,
  { issuer, nonce }: { readonly issuer: string; readonly nonce: string },
  own: KeyObject,
  other: KeyObject,
): string {
  const now = Math.floor(Date.now() / 1000);
  const algorithm = { nothing: "none", "client secret": "HS256", "another key": "ES256" }[signedWith ?? "another key"];
  const content = [
    encode({ alg: algorithm, kid: "own", typ: "JWT", ...header }),
    encode({
      ...{ iss: issuer, aud: client.id, sub: "mallory", nonce, iat: now, exp: now + 300 },
      ...{ name: "Mallory", groups: ["soc"] },
      ...claims,
    }),
  ].join(".");
  return `${content}.${signatureOf(content, signedWith, own, other)}`;
}

function signatureOf(content: string, signedWith: Forgery["signedWith"], own: KeyObject, other: KeyObject): string {
  switch (signedWith) {
    case "nothing":
      return "";
    case "client secret":
      return createHmac("sha256", client.secret).update(content).digest("base64url");
    default: {
      const key = signedWith === "another key" ? other : own;
      return sign("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
    }
  }
}
