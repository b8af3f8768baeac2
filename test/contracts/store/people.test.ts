import { afterEach, beforeEach, expect, it } from "vitest";
import type {
  PasskeyRecord,
  PeopleWriter,
  PersonRecord,
  SessionRecord,
  TokenRecord,
} from "../../../server/store/people/port.ts";
import type { Store } from "../../../server/store/port.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";
import { MINUTE } from "./fixtures.ts";

const HOUR = 60 * MINUTE;

function person(id: string, more: Partial<PersonRecord> = {}): PersonRecord {
  return {
    id,
    userName: id,
    name: id,
    role: "analyst",
    disabled: false,
    createdAt: T0,
    createdBy: "lena",
    version: 1,
    ...more,
  };
}

function session(id: string, personId: string, more: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    hash: `hash of ${id}`,
    personId,
    method: "password",
    address: "10.0.0.7",
    startedAt: T0,
    lastUsedAt: T0,
    expiresAt: T0 + 12 * HOUR,
    ...more,
  };
}

function passkey(id: string, personId: string, createdAt: number): PasskeyRecord {
  return { id, personId, name: id, publicKey: "pQECAyYg", counter: 0, transports: ["internal"], createdAt };
}

function token(id: string, createdAt: number): TokenRecord {
  return {
    id,
    hash: `hash of ${id}`,
    name: "forwarder",
    scopes: ["intake", "read"],
    prefix: "stemma_abc",
    createdAt,
    createdBy: "lena",
    lastUsedAt: undefined,
    lastUsedFrom: undefined,
  };
}

describeStores("people", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const write = (work: (people: PeopleWriter) => Promise<unknown>) => store.write(({ people }) => work(people));
  const openAt = (now: number) => ({ now, usedSince: now - 4 * HOUR });

  it("are found by id, by user name without regard to case, and by their account at the identity provider", async () => {
    const local = person("a", { userName: "Łukasz Weiß", name: "Łukasz" });
    const external = { issuer: "https://sso.example", subject: "x".repeat(2_000) };
    const outside = person("b", { userName: "mira@nordwind.example", external, lastSignInAt: T0 });
    await write(async (people) => {
      await people.putPerson(local);
      await people.putPerson(outside);
    });
    expect(await store.people.person("a")).toEqual(local);
    expect(await store.people.personNamed("łukasz weiß")).toEqual(local);
    expect(await store.people.personNamed("ŁUKASZ WEIß")).toEqual(local);
    expect(await store.people.externalPerson(external.issuer, external.subject)).toEqual(outside);
    expect(await store.people.externalPerson("https://other.example", external.subject)).toBeUndefined();
    expect(await store.people.externalPerson(external.subject, external.issuer)).toBeUndefined();
    expect(await store.people.person("c")).toBeUndefined();
    expect(await store.people.personNamed("__proto__")).toBeUndefined();
  });

  it("cannot share a user name, or an account at the identity provider", async () => {
    await write((people) => people.putPerson(person("a", { userName: "Mira" })));
    await expect(write((people) => people.putPerson(person("b", { userName: "mIRA" })))).rejects.toThrow();
    const external = { issuer: "https://sso.example", subject: "1" };
    await write((people) => people.putPerson(person("c", { external })));
    await expect(write((people) => people.putPerson(person("d", { external })))).rejects.toThrow();
    expect((await store.people.people({ limit: 10 })).items.map(({ id }) => id)).toEqual(["a", "c"]);
  });

  it("come in pages by name, the same in every store", async () => {
    const names = ["zoe", "Ann", "ann", "Émile", "\u{1F600} smile", "\uFF21nn", "Bob", "{curly"];
    const records = names.map((name, index) => person(`id-${index}`, { name }));
    await write(async (people) => {
      for (const record of records) {
        await people.putPerson(record);
      }
    });
    const seen: string[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await store.people.people({ cursor, limit: 3 });
      expect(page.total).toBe(names.length);
      seen.push(...page.items.map(({ name }) => name));
      cursor = page.next;
      more = cursor !== undefined;
    }
    expect(seen).toEqual(["Ann", "ann", "\uFF21nn", "Bob", "zoe", "{curly", "Émile", "\u{1F600} smile"]);
    await expect(store.people.people({ cursor: "made-up", limit: 3 })).rejects.toThrow("cursor");
  });

  it("count administrators who can act, apart from one", async () => {
    await write(async (people) => {
      await people.putPerson(person("a", { role: "administrator" }));
      await people.putPerson(person("b", { role: "administrator" }));
      await people.putPerson(person("c", { role: "administrator", disabled: true }));
      await people.putPerson(person("d"));
    });
    expect(await store.people.otherAdministrators("a")).toBe(1);
    expect(await store.people.otherAdministrators("d")).toBe(2);
    await write(async (people) => {
      await people.putPerson(person("b", { role: "viewer" }));
      expect(await people.otherAdministrators("a")).toBe(0);
    });
  });

  it("have a password, passkeys and one link, and lists say which", async () => {
    const password = {
      algorithm: "scrypt" as const,
      cost: 32_768,
      blockSize: 8,
      parallelization: 3,
      salt: "c2FsdA",
      hash: "aGFzaA",
      changedAt: T0,
    };
    const keys = [passkey("key-2", "a", T0), passkey("key-1", "a", T0 + 1)];
    const link = { hash: "old", personId: "a", createdAt: T0, expiresAt: T0 + HOUR };
    await write(async (people) => {
      await people.putPerson(person("a"));
      await people.putPerson(person("b"));
      await people.putPassword("a", password);
      for (const key of keys.toReversed()) {
        await people.putPasskey(key);
      }
      await people.putLink(link);
      await people.putLink({ ...link, hash: "new" });
    });
    expect(await store.people.password("a")).toEqual(password);
    expect(await store.people.password("b")).toBeUndefined();
    expect(await store.people.passkeys("a")).toEqual(keys);
    expect(await store.people.passkey("key-1")).toEqual(keys[1]);
    expect(await store.people.link("old")).toBeUndefined();
    expect(await store.people.link("new")).toMatchObject({ personId: "a" });
    expect(await store.people.access(["a", "b"], openAt(T0))).toEqual(
      new Map([
        ["a", { password: true, passkeys: 2, link: true, sessions: 0 }],
        ["b", { password: false, passkeys: 0, link: false, sessions: 0 }],
      ]),
    );
    expect((await store.people.access(["a"], openAt(T0 + HOUR))).get("a")?.link).toBe(false);
    await write(async (people) => {
      await people.putPassword("a", undefined);
      await people.putPasskey({ ...passkey("key-2", "a", T0), counter: 9, lastUsedAt: T0 + 5 });
      await people.removePasskey("key-1");
    });
    expect(await store.people.password("a")).toBeUndefined();
    expect(await store.people.passkeys("a")).toMatchObject([{ id: "key-2", counter: 9, lastUsedAt: T0 + 5 }]);
  });

  it("can use a link once", async () => {
    await write(async (people) => {
      await people.putPerson(person("a"));
      await people.putLink({ hash: "link", personId: "a", createdAt: T0, expiresAt: T0 + HOUR });
    });
    const taken = await Promise.all([1, 2].map(() => store.write(({ people }) => people.takeLink("link"))));
    expect(taken.filter((link) => link !== undefined)).toMatchObject([{ personId: "a" }]);
    expect(await store.people.link("link")).toBeUndefined();
  });

  it("have sessions that are open until they expire or are not used any more", async () => {
    await write(async (people) => {
      await people.putPerson(person("a"));
      await people.putPerson(person("b"));
      await people.addSession(session("1", "a", { userAgent: "Firefox", idToken: "header.body.signature" }));
      await people.addSession(session("2", "a", { startedAt: T0 + MINUTE, expiresAt: T0 + HOUR }));
      await people.addSession(session("3", "b"));
    });
    const ids = async (now: number) => (await store.people.sessions("a", openAt(now))).map(({ id }) => id);
    expect(await ids(T0 + HOUR - 1)).toEqual(["2", "1"]);
    expect(await ids(T0 + HOUR)).toEqual(["1"]);
    expect(await ids(T0 + 4 * HOUR + 1)).toEqual([]);
    expect(await store.people.session("hash of 1")).toEqual({
      session: session("1", "a", { userAgent: "Firefox", idToken: "header.body.signature" }),
      person: person("a"),
    });
    expect(await store.people.session("hash of 9")).toBeUndefined();
    await write((people) =>
      people.markUsed({
        sessions: [
          { id: "1", at: T0 + 3 * HOUR },
          { id: "gone", at: T0 },
        ],
        tokens: [],
      }),
    );
    await write((people) => people.markUsed({ sessions: [{ id: "1", at: T0 + HOUR }], tokens: [] }));
    expect(await ids(T0 + 7 * HOUR)).toEqual(["1"]);
    expect((await store.people.access(["a"], openAt(T0 + 7 * HOUR))).get("a")?.sessions).toBe(1);
    await write((people) => people.removeExpired(openAt(T0 + 7 * HOUR)));
    expect(await store.people.session("hash of 3")).toBeUndefined();
    expect(await store.people.session("hash of 1")).toBeDefined();
    await write((people) => people.removeSessions(["1", "gone"]));
    expect(await store.people.session("hash of 1")).toBeUndefined();
  });

  it("make service tokens, which are listed newest first with their last use", async () => {
    const tokens = [token("b", T0), token("a", T0), token("c", T0 + 1)];
    await write(async (people) => {
      for (const one of tokens) {
        await people.putToken(one);
      }
    });
    await write((people) => people.markUsed({ sessions: [], tokens: [{ id: "a", at: T0 + 5, address: "10.0.0.9" }] }));
    // Another server may have seen an earlier use.
    await write((people) => people.markUsed({ sessions: [], tokens: [{ id: "a", at: T0 + 4, address: "10.0.0.1" }] }));
    const first = await store.people.tokens({ limit: 2 });
    expect(first).toMatchObject({ total: 3, items: [{ id: "c" }, { id: "a", lastUsedAt: T0 + 5 }] });
    const second = await store.people.tokens({ cursor: first.next, limit: 2 });
    expect(second).toEqual({ total: 3, items: [token("b", T0)] });
    await write((people) => people.putToken({ ...token("a", T0), revokedAt: T0 + 9 }));
    const revoked = { ...token("a", T0), revokedAt: T0 + 9, lastUsedAt: T0 + 5, lastUsedFrom: "10.0.0.9" };
    expect(await store.people.tokenByHash("hash of a")).toEqual(revoked);
    expect(await store.people.token("a")).toEqual(revoked);
    expect(await store.people.tokenByHash("hash of d")).toBeUndefined();
  });

  it("are seen by another process", async () => {
    await write(async (people) => {
      await people.putPerson(person("a"));
      await people.addSession(session("1", "a"));
    });
    const other = await test.reopen();
    expect(await other.people.session("hash of 1")).toMatchObject({ person: { id: "a" } });
  });
});
