import type { peopleRoutes } from "#contracts/routes/people";
import { authenticator } from "../factories/authenticator.ts";
import { type Call, signIn, type TestApi } from "./workbench.ts";

type PeopleRoute = keyof typeof peopleRoutes;

const password = "quiet harbour, seven lamps";
/** Signing in replaces the session of the browser that does it. */
const nobody = "";
let count = 0;

/** A call of every route about people that succeeds. Each makes the people that it is about. */
export function peopleExamples(api: TestApi): {
  readonly [N in PeopleRoute]: () => Call<N> | Promise<Call<N>>;
} {
  const invited = async () => {
    count += 1;
    return api.get("addPerson", { body: { userName: `mira${count}`, name: `Mira ${count}`, role: "analyst" } });
  };
  const signedIn = async () => {
    const { person, link } = await invited();
    return { person, actor: person.name, cookie: await signIn(link) };
  };
  const otherSession = async () => {
    const { person, link } = await invited();
    await signIn(link);
    const sessions = await api.get("personSessions", { params: { id: person.id } });
    return { id: person.id, session: sessions.items[0]?.id ?? "" };
  };
  const hostName = "localhost";
  const origin = `http://${hostName}:${new URL(api.workbench.url).port}`;
  const withPasskey = async () => {
    const { person, actor, cookie } = await signedIn();
    const device = authenticator();
    const { options, challenge } = await api.get("newPasskeyOptions", { cookie, hostName });
    const call = {
      body: { challenge, name: "Phone", response: device.create(options, origin) },
      actor,
      cookie,
      hostName,
    };
    return { person, device, call };
  };
  const token = { name: "forwarder", scopes: ["intake" as const], days: 30 };
  return {
    signInOptions: () => ({}),
    signInWithPassword: async () => {
      const { person, cookie } = await signedIn();
      await api.get("setPassword", { body: { password }, cookie });
      return { body: { userName: person.userName.toUpperCase(), password }, actor: person.name, cookie: nobody };
    },
    passkeySignInOptions: () => ({ hostName }),
    signInWithPasskey: async () => {
      const { device, call } = await withPasskey();
      await api.get("addPasskey", call);
      const { options, challenge } = await api.get("passkeySignInOptions", { hostName });
      return {
        body: { challenge, response: device.get(options, origin) },
        actor: call.actor,
        hostName,
        cookie: nobody,
      };
    },
    newPasskeyOptions: () => ({ hostName }),
    addPasskey: async () => (await withPasskey()).call,
    removePasskey: async () => {
      const { call } = await withPasskey();
      const { passkeys } = await api.get("addPasskey", call);
      return { params: { passkey: passkeys[0]?.id ?? "" }, actor: call.actor, cookie: call.cookie };
    },
    signOut: async () => ({ ...(await signedIn()), body: {} }),
    ownAccount: () => ({}),
    setPassword: async () => ({ ...(await signedIn()), body: { password } }),
    endOwnSession: async () => {
      const { person, actor, cookie } = await signedIn();
      const { link } = await api.get("invitePerson", { params: { id: person.id } });
      await signIn(link);
      const { sessions } = await api.get("ownAccount", { cookie });
      return { params: { session: sessions.find(({ current }) => !current)?.id ?? "" }, actor, cookie };
    },
    people: () => ({ query: { limit: 2 } }),
    person: async () => ({ params: { id: (await invited()).person.id } }),
    addPerson: () => {
      count += 1;
      return { body: { userName: `mira${count}`, name: "Mira", role: "viewer", note: "joins the team" } };
    },
    changePerson: async () => ({ params: { id: (await invited()).person.id }, body: { role: "author" } }),
    invitePerson: async () => ({ params: { id: (await invited()).person.id } }),
    personSessions: async () => ({ params: { id: (await invited()).person.id } }),
    endSession: async () => ({ params: await otherSession() }),
    serviceTokens: () => ({ query: { limit: 2 } }),
    addServiceToken: () => ({ body: token }),
    settings: () => ({}),
    revokeServiceToken: async () => ({
      params: { id: (await api.get("addServiceToken", { body: token })).token.id },
    }),
  };
}
