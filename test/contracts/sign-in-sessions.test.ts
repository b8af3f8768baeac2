import { afterEach, beforeEach, expect, it } from "vitest";
import { changePerson, newAccount } from "../../server/people/people.ts";
import type { PeopleContext } from "../../server/people/people-context.ts";
import { addServiceToken, revokeServiceToken } from "../../server/people/service-tokens.ts";
import { Sessions } from "../../server/people/sessions.ts";
import type { PersonRecord } from "../../server/store/people/port.ts";
import type { Store } from "../../server/store/port.ts";
import { describeStores, type TestStore } from "./stores.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const place = { address: "10.0.0.7", userAgent: "Firefox" };
const actor = { name: "lena", origin: { account: "lena", method: "link" as const } };

describeStores("sign-in sessions and service tokens", (open) => {
  let test: TestStore;
  let now: number;
  let here: PeopleContext;
  let mira: PersonRecord;
  beforeEach(async () => {
    test = await open();
    now = Date.UTC(2026, 5, 17, 12);
    here = serverOn(test.store);
    mira = newAccount({ userName: "mira", name: "Mira", role: "author", external: undefined, createdBy: "lena" }, now);
    await test.store.write(({ people }) => people.putPerson(mira));
  });
  afterEach(() => test.dispose());

  /** The sessions as a server on this store knows them. */
  function serverOn(store: Store): PeopleContext {
    const clock = () => now;
    const times = { lifetime: 12 * hour, idle: 4 * hour };
    return {
      store,
      now: clock,
      sessions: new Sessions(
        store,
        clock,
        times,
        (error) => expect.fail(String(error)),
        () => undefined,
      ),
    };
  }

  const signIn = async ({ store, sessions }: PeopleContext, more: { session?: string } = {}) =>
    store.write((transaction) => sessions.start(transaction, mira, { method: "password", ...place, ...more }));

  it("open on one server, are known to another, and survive a restart", async () => {
    const { secret, session } = await signIn(here);
    const there = serverOn(await test.reopen());
    expect(await there.sessions.ofSecret(secret)).toMatchObject({
      session: { id: session.id },
      person: { name: "Mira" },
    });
    expect(await there.sessions.ofSecret(`${secret}x`)).toBeUndefined();
    expect(await there.sessions.ofSecret(session.hash)).toBeUndefined();
    expect(await there.sessions.ofSecret(session.id)).toBeUndefined();
  });

  it("end at once on the server that ends them, and on others within three seconds", async () => {
    const { secret, session } = await signIn(here);
    const there = serverOn(await test.reopen());
    await Promise.all([here.sessions.ofSecret(secret), there.sessions.ofSecret(secret)]);
    await here.store.write(({ people }) => people.removeSessions([session.id]));
    here.sessions.changed();
    expect(await here.sessions.ofSecret(secret)).toBeUndefined();
    now += 3 * second;
    expect(await there.sessions.ofSecret(secret)).toBeUndefined();
  });

  it("have the role that the person has now, on other servers within three seconds", async () => {
    const { secret } = await signIn(here);
    const there = serverOn(await test.reopen());
    const roleIn = async ({ sessions }: PeopleContext) => (await sessions.ofSecret(secret))?.person.role;
    expect([await roleIn(here), await roleIn(there)]).toEqual(["author", "author"]);
    await changePerson(there, mira.id, { role: "viewer" }, actor);
    expect(await roleIn(there)).toBe("viewer");
    now += 3 * second;
    expect(await roleIn(here)).toBe("viewer");
    await changePerson(there, mira.id, { disabled: true }, actor);
    now += 3 * second;
    expect([await roleIn(here), await roleIn(there)]).toEqual([undefined, undefined]);
  });

  it("stay open while they are used, and the last use is known to the minute after a restart", async () => {
    const { secret, session } = await signIn(here);
    for (let hours = 0; hours < 6; hours += 3) {
      now += 3 * hour;
      expect(await here.sessions.ofSecret(secret)).toBeDefined();
    }
    now += 30 * second;
    await here.sessions.ofSecret(secret);
    await here.sessions.close();
    const { session: stored } = (await test.store.people.session(session.hash)) ?? {};
    expect(stored?.lastUsedAt).toBe(now);
    const there = serverOn(await test.reopen());
    now += 4 * hour - 1;
    expect(await there.sessions.ofSecret(secret)).toBeDefined();
    now += 4 * hour;
    expect(await there.sessions.ofSecret(secret)).toBeUndefined();
  });

  it("write their last use at most once a minute, however many requests use them", async () => {
    const { secret } = await signIn(here);
    let writes = 0;
    const counting: Store = {
      ...test.store,
      write: (work) => {
        writes += 1;
        return test.store.write(work);
      },
    };
    const busy = serverOn(counting);
    for (let count = 0; count < 300; count += 1) {
      now += second;
      await busy.sessions.ofSecret(secret);
    }
    await busy.sessions.close();
    expect(writes).toBeGreaterThanOrEqual(2);
    expect(writes).toBeLessThanOrEqual(6);
  });

  it("replace the one that the browser had, and expired ones are removed", async () => {
    const first = await signIn(here);
    const second = await signIn(here, { session: first.secret });
    expect(await here.sessions.ofSecret(first.secret)).toBeUndefined();
    expect(await here.sessions.ofSecret(second.secret)).toBeDefined();
    now += 13 * hour;
    await signIn(here);
    expect(await test.store.people.session(second.session.hash)).toBeUndefined();
  });

  it("make tokens that are valid until they expire or are revoked, with their last use", async () => {
    const there = serverOn(await test.reopen());
    const { token, secret } = await addServiceToken(here, { name: "soar", scopes: ["read"], days: 1 }, actor);
    expect(await there.sessions.ofToken(secret, "10.0.0.9")).toMatchObject({ id: token.id, name: "soar" });
    await there.sessions.close();
    expect(await test.store.people.token(token.id)).toMatchObject({ lastUsedAt: now, lastUsedFrom: "10.0.0.9" });
    await revokeServiceToken(here, token.id, actor);
    expect(await here.sessions.ofToken(secret, "10.0.0.9")).toBeUndefined();
    now += 3 * second;
    expect(await there.sessions.ofToken(secret, "10.0.0.9")).toBeUndefined();
    const other = await addServiceToken(here, { name: "short", scopes: ["read"], days: 1 }, actor);
    now += 24 * hour - 1;
    expect(await here.sessions.ofToken(other.secret, "10.0.0.9")).toBeDefined();
    now += 1;
    expect(await here.sessions.ofToken(other.secret, "10.0.0.9")).toBeUndefined();
  });

  it("are not copied with a snapshot", async () => {
    await signIn(here);
    expect(Object.keys(test.store.snapshot)).not.toContain("people");
  });
});
