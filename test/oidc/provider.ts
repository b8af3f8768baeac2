import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

/** A person at the provider: their claims, by the name that they sign in with. */
export type Accounts = Map<string, Readonly<Record<string, unknown>>>;

export interface TestProvider {
  readonly issuer: string;
  readonly accounts: Accounts;
  /** Whether a person has a session at the provider. */
  readonly sessionsEnded: () => number;
  stop(): Promise<void>;
}

export const client = { id: "stemma", secret: "a secret of the client" };

/**
 * A real OpenID provider on a free port of this machine, under the name `localhost`: for browsers another site than
 * 127.0.0.1. Its pages let anybody sign in under any name.
 */
export async function startProvider(workbench: () => string): Promise<TestProvider> {
  const accounts: Accounts = new Map();
  let ended = 0;
  let handle: ReturnType<Provider["callback"]> | undefined;
  const server = createServer((request, response) => handle?.(request, response));
  const port = await listening(server);
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [`${workbench()}/sign-in/oidc/callback`],
        post_logout_redirect_uris: [`${workbench()}/sign-in`],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], profile: ["name", "preferred_username", "groups"], email: ["email"] },
    findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ ...accounts.get(sub), sub }) }),
    cookies: { keys: ["a key for the cookies of this test"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  });
  provider.on("end_session.success", () => {
    ended += 1;
  });
  handle = provider.callback();
  return { issuer, accounts, sessionsEnded: () => ended, stop: () => stopped(server) };
}

export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server that listens has an address with a port.
  return (server.address() as AddressInfo).port;
}

export function stopped(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
