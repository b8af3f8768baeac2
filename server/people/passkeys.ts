import { isIP } from "node:net";
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { decodeAttestationObject, isoBase64URL } from "@simplewebauthn/server/helpers";
import { z } from "zod";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import type { PasskeyRecord, PersonRecord } from "../store/people/port.ts";
import type { OwnSession } from "./own-account.ts";
import { externalPerson, subjectOf } from "./people.ts";
import { actorOf, type ClientPlace } from "./people-context.ts";
import { refused, tooManyAttempts } from "./refusals.ts";
import { type SignedIn, type SignInContext, startSession } from "./sign-in.ts";

/** Passkeys (WebAuthn): adding them to an account, and signing in with them. */

/** Of one person. */
const mostPasskeys = 20;

/** Signature algorithms (COSE): EdDSA, ES256 and RS256, one of which every authenticator has. */
const algorithms = [-8, -7, -257];

/** Where a browser shows the server. A passkey is bound to the host name, its answers to the origin. */
export interface Site {
  readonly hostName: string;
  readonly origin: string | undefined;
}

interface Answer {
  readonly challenge: string;
  readonly response: unknown;
}

const base64url = z.string().regex(/^[\w-]{1,200000}$/);
const credential = { id: base64url, rawId: base64url, type: z.literal("public-key") };
const transports = z.array(z.enum(["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"])).max(10);

/** Without `clientExtensionResults`, which are not used. */
const registration = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: transports.optional().catch(undefined),
  }),
});
const authentication = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.optional(),
  }),
});

/** Whether browsers offer passkeys for this host name: they do not for addresses. */
export function hasPasskeys({ hostName }: Pick<Site, "hostName">): boolean {
  return hostName !== "" && isIP(hostName) === 0;
}

/** What a browser needs to sign in with whatever passkey it has for this site. */
export async function passkeySignInOptions({ challenges }: SignInContext, site: Site) {
  if (!hasPasskeys(site)) {
    return fail(noHostName);
  }
  const challenge = challenges.issue("sign-in");
  const options = await generateAuthenticationOptions({ rpID: site.hostName, challenge, userVerification: "required" });
  return ok({ options: { ...options }, challenge });
}

/** Signs in with a passkey. */
export async function signInWithPasskey(
  context: SignInContext,
  { challenge, response }: Answer,
  site: Site,
  place: ClientPlace,
): Promise<Result<SignedIn, RequestProblem>> {
  const attempt = context.attempts.begin(place.address);
  if ("wait" in attempt) {
    return fail(tooManyAttempts(attempt.wait));
  }
  const used = await verifiedUse(context, { challenge, response }, site);
  if (used === undefined || !context.challenges.use("sign-in", challenge)) {
    return fail(refused("This passkey is not known here, or its answer is not valid"));
  }
  attempt.succeeded();
  return startSession(context, used.personId, { method: "passkey", ...place }, async ({ people }) => {
    // It may have been removed meanwhile.
    const isKnown = (await people.passkey(used.id)) !== undefined;
    if (isKnown) {
      await people.putPasskey(used);
    }
    return isKnown;
  });
}

/** The passkey with its new counter and time of use; undefined if the answer is not valid. */
async function verifiedUse(
  { challenges, store, now }: SignInContext,
  { challenge, response }: Answer,
  { hostName, origin }: Site,
): Promise<PasskeyRecord | undefined> {
  const parsed = authentication.safeParse(response);
  if (!parsed.success || origin === undefined || !challenges.isValid("sign-in", challenge)) {
    return undefined;
  }
  const passkey = await store.people.passkey(parsed.data.id);
  const { userHandle } = parsed.data.response;
  if (passkey === undefined || (userHandle !== undefined && userHandle !== userHandleOf(passkey.personId))) {
    return undefined;
  }
  const { id, publicKey, counter } = passkey;
  const verified = await unlessThrown(() =>
    verifyAuthenticationResponse({
      response: { ...parsed.data, clientExtensionResults: {} },
      expectedChallenge: isoBase64URL.fromUTF8String(challenge),
      expectedOrigin: origin,
      expectedRPID: hostName,
      credential: { id, publicKey: isoBase64URL.toBuffer(publicKey), counter },
      requireUserVerification: true,
    }),
  );
  return verified?.verified === true
    ? { ...passkey, counter: verified.authenticationInfo.newCounter, lastUsedAt: now() }
    : undefined;
}

/** What a browser needs to make a passkey for this account. */
export async function newPasskeyOptions({ challenges, store }: SignInContext, own: OwnSession, site: Site) {
  const refusal = cannotAdd(own.person, site);
  if (refusal !== undefined) {
    return fail(refusal);
  }
  const { person, session } = own;
  const challenge = challenges.issue(`add:${session.id}`);
  const options = await generateRegistrationOptions({
    rpName: "Stemma",
    rpID: site.hostName,
    userName: person.userName,
    userDisplayName: person.name,
    userID: isoBase64URL.toBuffer(userHandleOf(person.id)),
    challenge,
    supportedAlgorithmIDs: algorithms,
    attestationType: "none",
    // So that a device does not get a second one.
    excludeCredentials: (await store.people.passkeys(person.id)).map(({ id, transports }) => ({
      id,
      transports: [...transports],
    })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  return ok({ options: { ...options }, challenge });
}

/** Adds the passkey that a browser made. */
export async function addPasskey(
  context: SignInContext,
  own: OwnSession,
  { name, ...answer }: Answer & { readonly name: string },
  site: Site,
  place: ClientPlace,
): Promise<Result<void, RequestProblem>> {
  const { person, session } = own;
  const refusal = cannotAdd(person, site);
  if (refusal !== undefined) {
    return fail(refusal);
  }
  const purpose = `add:${session.id}`;
  const made = await verifiedNew(context, own, answer, site);
  if (made === undefined || !context.challenges.use(purpose, answer.challenge)) {
    return fail(refused("The answer of the authenticator is not valid"));
  }
  return context.store.write(async ({ people, audit }) => {
    if ((await people.passkey(made.id)) !== undefined) {
      return fail(refused("This passkey is already known"));
    }
    if ((await people.passkeys(person.id)).length >= mostPasskeys) {
      return fail<RequestProblem>({
        code: "request.invalid",
        message: `An account has at most ${mostPasskeys} passkeys`,
      });
    }
    await people.putPasskey({ ...made, name });
    await audit.append({
      at: context.now(),
      actor: actorOf(person, session.method, place),
      action: "passkey.added",
      subject: subjectOf(person),
      after: { passkey: made.id, name },
    });
    return ok(undefined);
  });
}

async function verifiedNew(
  { challenges, now }: SignInContext,
  { person, session }: OwnSession,
  { challenge, response }: Answer,
  { hostName, origin }: Site,
): Promise<Omit<PasskeyRecord, "name"> | undefined> {
  const parsed = registration.safeParse(response);
  if (!parsed.success || origin === undefined || !challenges.isValid(`add:${session.id}`, challenge)) {
    return undefined;
  }
  const { data } = parsed;
  if (!(await unlessThrown(async () => isSelfContained(data.response.attestationObject)))) {
    return undefined;
  }
  const verified = await unlessThrown(() =>
    verifyRegistrationResponse({
      response: { ...data, clientExtensionResults: {} },
      expectedChallenge: isoBase64URL.fromUTF8String(challenge),
      expectedOrigin: origin,
      expectedRPID: hostName,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    }),
  );
  if (verified?.verified !== true) {
    return undefined;
  }
  const { credential: made } = verified.registrationInfo;
  return {
    id: made.id,
    personId: person.id,
    publicKey: isoBase64URL.fromBuffer(made.publicKey),
    counter: made.counter,
    transports: data.response.transports ?? [],
    createdAt: now(),
  };
}

/** Removes a passkey of one's own. */
export async function removePasskey(
  { store, now }: SignInContext,
  { person, session }: OwnSession,
  id: string,
  place: ClientPlace,
): Promise<Result<void, RequestProblem>> {
  return store.write(async ({ people, audit }) => {
    const passkey = await people.passkey(id);
    if (passkey?.personId !== person.id) {
      return fail<RequestProblem>({
        code: "passkey.not-found",
        message: `This account has no passkey "${id.slice(0, 200)}"`,
      });
    }
    await people.removePasskey(id);
    await audit.append({
      at: now(),
      actor: actorOf(person, session.method, place),
      action: "passkey.removed",
      subject: subjectOf(person),
      before: { passkey: id, name: passkey.name },
    });
    return ok(undefined);
  });
}

/**
 * Whether an attestation names no certificates. None is asked for, and verifying a certificate would fetch its
 * revocation list from an address in it, which anybody could choose.
 */
function isSelfContained(attestationObject: string): boolean {
  const decoded = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject));
  const format = decoded.get("fmt");
  return format === "none" || (format === "packed" && decoded.get("attStmt").get("x5c") === undefined);
}

/** The library throws for whatever does not fit, which here comes from outside. */
async function unlessThrown<T>(verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify();
  } catch {
    return undefined;
  }
}

function userHandleOf(personId: string): string {
  return isoBase64URL.fromUTF8String(personId);
}

function cannotAdd(person: PersonRecord, site: Site): RequestProblem | undefined {
  return person.external !== undefined ? externalPerson : hasPasskeys(site) ? undefined : noHostName;
}

const noHostName: RequestProblem = {
  code: "request.invalid",
  message: "Browsers have passkeys for host names only, not for addresses",
  remedy: "Open the server by its name, such as http://localhost:4800 on the same machine.",
};
