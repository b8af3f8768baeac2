import request, { type Test } from "supertest";
import { type RouteName, routes } from "#contracts/api";
import type { Person } from "#contracts/people";
import type { Role, TokenScope } from "#contracts/roles";
import { type Call, pathOf, signIn, type TestApi } from "./workbench.ts";

let count = 0;

/** A new person with this role who has opened their link: the person, and the cookie of their session. */
export async function signedInAs(
  api: TestApi,
  role: Role,
): Promise<{ readonly person: Person; readonly cookie: string }> {
  count += 1;
  const { person, link } = await api.get("addPerson", {
    body: { userName: `${role}-${count}`, name: `The ${role} ${count}`, role },
  });
  return { person, cookie: await signIn(link) };
}

/** The secret of a new service token. */
export async function tokenFor(api: TestApi, ...scopes: readonly TokenScope[]): Promise<string> {
  return (await api.get("addServiceToken", { body: { name: scopes.join("-"), scopes: [...scopes] } })).secret;
}

/** Calls a route as a program does: with a token, and without a cookie or an origin. */
export function sendWithToken<N extends RouteName>(api: TestApi, token: string, name: N, call: Call<N> = {}): Test {
  const { method, path } = routes[name];
  const test = request(api.workbench.url)
    [method](pathOf(path, call.params ?? {}))
    .query(call.query ?? {})
    .set("Authorization", `Bearer ${token}`);
  return method === "get" ? test : test.send(call.body ?? {});
}
