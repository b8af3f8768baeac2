import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { alert } from "../../test/factories/alerts.ts";
import { ok } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import { deliveryListOf, type Receivers, receiverName, sendAgain } from "../triage/deliveries.ts";
import { transitionAlert, transitionIncident } from "../triage/incident/transition.ts";
import { delayAfter, MOST_ATTEMPTS } from "./backoff.ts";
import { gatherDelivery } from "./gather.ts";
import { prepareDelivery } from "./prepare.ts";
import { DeliverySender, type SenderContext } from "./sender.ts";

const secret = "a secret of sixteen characters";
const version = "1.2.3";
const T0 = Date.UTC(2026, 5, 17, 8);
const hostile = "</script>\u202e\r\nX-Injected: yes";

let folder: string;
let store: Store;
let clock: number;
let number: number;
/** What the receiver got, and how it answers next; the last answer is repeated. */
let received: { readonly id: string; readonly body: string; readonly signature: string; readonly headers: object }[];
let answers: ((response: ServerResponse) => void)[];
let url: string;
let hook: string;
let stopReceiver: () => Promise<void>;

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(code, headers).end("x".repeat(100_000));

const open = async () => {
  const opened = await openSqliteStore(join(folder, "stemma.db"));
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  return opened.value;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-delivery-"));
  store = await open();
  [clock, number, received, answers] = [T0, 0, [], []];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const { headers } = request;
      const [id, signature] = [String(headers["stemma-delivery"]), String(headers["stemma-signature"])];
      received.push({ id, body, signature, headers });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      (answer ?? status(204))(response);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  hook = receiverName(url);
  stopReceiver = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  await store.write(({ alerts }) => alerts.put(alert({ id: "a", rootKey: "r" })));
});
afterEach(async () => {
  await store.close();
  await stopReceiver();
  await rm(folder, { recursive: true });
});

const newId = () => {
  number += 1;
  return `0000000${number}-id`;
};
const playbooks = { forAlert: () => undefined };
const actor = { name: "lena" };

const escalate = (receivers: Receivers | undefined = [hook]) =>
  transitionIncident(store, playbooks, {
    ...{ key: "r", actor, at: clock, newId, receivers },
    request: { to: "escalated", note: hostile, scope: { kind: "incident" } },
  });

function sender(given: Partial<SenderContext> & { readonly evidence?: string } = {}): DeliverySender {
  const { evidence, ...rest } = given;
  return new DeliverySender({
    ...{ store, receivers: [hook], now: () => clock, random: () => 1, interval: 5 },
    post: { addresses: new Map([[hook, url]]), secret, version, timeout: 2_000 },
    prepare: async (delivery) => {
      const request = { key: delivery.incidentKey, actor: delivery.actor, now: clock, bundle: evidence !== undefined };
      const gathered = await gatherDelivery(store, { rules: new Map(), playbooks, version }, request);
      return gathered.ok
        ? prepareDelivery(delivery, gathered.value, { url: "https://stemma.example/", evidence })
        : { ok: false, error: gathered.error.message };
    },
    onAttempt: () => undefined,
    onError: (error) => {
      throw error;
    },
    ...rest,
  });
}

const log = async () => (await deliveryListOf(store, { limit: 100 }, { receivers: [hook], evidence: false })).items;

/** As a receiver does it. */
function isGenuine({ signature, body }: (typeof received)[number]): boolean {
  const [, seconds = "", given = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  const expected = createHmac("sha256", secret).update(`${seconds}.${body}`).digest();
  return timingSafeEqual(expected, Buffer.from(given, "hex")) && Number(seconds) * 1000 === clock;
}

it("posts what was escalated, signed, and says so", async () => {
  await escalate();
  expect(await sender().sendDue(hook)).toBe(1);
  expect(received.map(isGenuine)).toEqual([true]);
  const [post] = received;
  expect(post?.headers).toMatchObject({ "content-type": "application/json", "user-agent": "Stemma/1.2.3" });
  expect(post?.headers).not.toHaveProperty("x-injected");
  expect(JSON.parse(post?.body ?? "")).toEqual({
    ...{ id: post?.id, event: "incident.escalated", at: new Date(T0).toISOString(), actor: "lena", note: hostile },
    escalatedAlerts: 1,
    incident: {
      ...{ key: "r", title: "Rule one", status: "escalated", verdict: "undetermined", alerts: 1, hosts: ["host-a"] },
      ...{ hostsOmitted: 0, link: "https://stemma.example/incidents/r" },
    },
    files: [],
  });
  expect(await log()).toMatchObject([{ id: post?.id, state: "delivered", attempts: 1, incident: "r", target: hook }]);
  expect(await sender().sendDue(hook)).toBe(0);
});

it("writes the bundle for its owner alone, and names it with its hashes", async () => {
  await escalate();
  const evidence = join(folder, "evidence");
  await sender({ evidence }).sendDue(hook);
  const names = (await readdir(evidence)).toSorted();
  const { files } = JSON.parse(received[0]?.body ?? "") as { files: { name: string; sha256: string }[] };
  expect(names).toEqual(files.map(({ name }) => name).toSorted());
  expect(names.map((name) => /\.(html|json)$/.exec(name)?.[1])).toEqual(["html", "json"]);
  for (const { name, sha256 } of files) {
    const text = await readFile(join(evidence, name));
    expect(hash("sha256", text, "hex")).toBe(sha256);
    expect((await stat(join(evidence, name))).mode & 0o777).toBe(0o600);
  }
  expect((await stat(evidence)).mode & 0o777).toBe(0o700);
});

it("writes only the bundle if there is a folder and no receiver", async () => {
  await escalate([undefined]);
  const evidence = join(folder, "evidence");
  expect(await sender({ evidence, receivers: [undefined] }).sendDue(undefined)).toBe(1);
  expect(await readdir(evidence)).toHaveLength(2);
  expect(received).toEqual([]);
  expect(await log()).toMatchObject([{ state: "delivered", files: [{}, {}] }]);
});

it("says why the bundle cannot be written, and tries again", async () => {
  await escalate();
  await sender({ evidence: join(folder, "stemma.db", "evidence") }).sendDue(hook);
  expect(received).toEqual([]);
  expect(await log()).toMatchObject([
    { state: "waiting", reason: "the bundle cannot be written into the folder for evidence: ENOTDIR" },
  ]);
});

it("queues nothing if nobody is configured, and nothing for what is not escalated", async () => {
  await escalate([]);
  await transitionAlert(store, playbooks, {
    ...{ alertId: "a", actor, at: clock, newId, receivers: [hook] },
    request: { to: "open", note: "" },
  });
  expect(await log()).toEqual([]);
});

it("queues one for each receiver, also for a single alert", async () => {
  await transitionAlert(store, playbooks, {
    ...{ alertId: "a", actor, at: clock, newId, receivers: [hook, "other"] },
    request: { to: "escalated", note: "look" },
  });
  expect((await log()).map(({ target }) => target).toSorted()).toEqual([hook, "other"]);
  await sender().sendDue(hook);
  expect((await log()).map(({ target, state }) => [target, state])).toEqual(
    expect.arrayContaining([
      [hook, "delivered"],
      ["other", "waiting"],
    ]),
  );
});

it("tries again later, the same under the same id, signed anew, until it is accepted", async () => {
  answers = [status(500), status(429), status(200)];
  await escalate();
  const one = sender();
  expect(await one.sendDue(hook)).toBe(1);
  expect(await log()).toMatchObject([{ state: "waiting", attempts: 1, reason: "it answers 500" }]);
  expect(await one.sendDue(hook)).toBe(0);
  clock += 30_000;
  await one.sendDue(hook);
  expect(await log()).toMatchObject([{ state: "waiting", attempts: 2, reason: "it answers 429" }]);
  clock += 59_999;
  expect(await one.sendDue(hook)).toBe(0);
  clock += 1;
  await one.sendDue(hook);
  expect(await log()).toMatchObject([{ state: "delivered", attempts: 3 }]);
  expect((await log())[0]).not.toHaveProperty("reason");
  expect(new Set(received.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
  expect(new Set(received.map(({ signature }) => signature)).size).toBe(3);
});

it("gives up after ten attempts, and sends it again when somebody asks for it, with an audit record", async () => {
  answers = [status(503)];
  await escalate();
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    await sender().sendDue(hook);
    clock += 3_600_000;
  }
  const [failed] = await log();
  expect(failed).toMatchObject({ state: "failed", attempts: 10, reason: "it answers 503" });
  expect(failed).not.toHaveProperty("nextAt");
  expect(await sender().sendDue(hook)).toBe(0);
  answers = [status(200)];
  const by = { actor, at: clock };
  expect(await sendAgain(store, failed?.id ?? "", by)).toMatchObject({ ok: true, value: { state: "waiting" } });
  expect(await sendAgain(store, failed?.id ?? "", by)).toMatchObject({ error: { code: "delivery.not-failed" } });
  expect(await sendAgain(store, "none", by)).toMatchObject({ error: { code: "delivery.not-found" } });
  await sender().sendDue(hook);
  expect(await log()).toMatchObject([{ state: "delivered", attempts: 1 }]);
  const { items } = await store.audit.page({ kind: "delivery", limit: 10 });
  expect(items).toMatchObject([{ action: "delivery.send-again", actor: "lena" }]);
});

it("does not follow a redirect", async () => {
  answers = [status(307, { location: `${url}/elsewhere` })];
  await escalate();
  await sender().sendDue(hook);
  expect(received).toHaveLength(1);
  expect(await log()).toMatchObject([{ state: "waiting", reason: "it redirects (307), which is not followed" }]);
});

it("calls no address that is not in the settings, whatever is stored", async () => {
  await escalate();
  await sender({ post: { addresses: new Map([["other", url]]), secret, version, timeout: 2_000 } }).sendDue(hook);
  expect(received).toEqual([]);
  expect(await log()).toMatchObject([{ reason: "its address is not in the settings of this server" }]);
});

it("does not wait for a receiver that is slow, and names one that is not there", async () => {
  answers = [() => undefined];
  await escalate();
  await sender({ post: { addresses: new Map([[hook, url]]), secret, version, timeout: 50 } }).sendDue(hook);
  expect(await log()).toMatchObject([{ state: "waiting", reason: "it does not answer within 0.05 s" }]);
  await stopReceiver();
  clock += 3_600_000;
  await sender().sendDue(hook);
  expect(await log()).toMatchObject([{ reason: "it cannot be reached: ECONNREFUSED" }]);
});

it("is sent once after a crash between the escalation and the post", async () => {
  await escalate();
  await store.close();
  store = await open();
  expect(await sender().sendDue(hook)).toBe(1);
  expect(received).toHaveLength(1);
});

it("is sent again under the same id after a crash between the post and noting it", async () => {
  await escalate();
  const crashing: SenderContext["store"] = {
    deliveries: store.deliveries,
    write: (work) => (received.length === 0 ? store.write(work) : Promise.reject(new Error("killed"))),
  };
  await expect(sender({ store: crashing }).sendDue(hook)).rejects.toThrow("killed");
  expect(await sender().sendDue(hook)).toBe(0);
  clock += 600_000;
  expect(await sender().sendDue(hook)).toBe(1);
  expect(new Set(received.map(({ id }) => id)).size).toBe(1);
  expect(await log()).toMatchObject([{ state: "delivered", attempts: 2 }]);
});

it("is taken by one of several servers", async () => {
  for (let index = 0; index < 6; index += 1) {
    const id = `b${index}`;
    await store.write(({ alerts }) => alerts.put(alert({ id, rootKey: id })));
    await transitionAlert(store, playbooks, {
      ...{ alertId: id, actor, at: clock, newId, receivers: [hook] },
      request: { to: "escalated", note: "n" },
    });
  }
  const counts = await Promise.all([sender(), sender(), sender()].map((one) => one.sendDue(hook)));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6);
  expect(new Set(received.map(({ id }) => id)).size).toBe(6);
  expect(received).toHaveLength(6);
});

it("leaves alone what another server took while this one was too slow", async () => {
  await escalate();
  const slow = sender({
    prepare: async () => {
      clock += 600_001;
      await sender().sendDue(hook);
      return ok({ body: "late", files: [] });
    },
  });
  await slow.sendDue(hook);
  const [one] = await log();
  expect(one).toMatchObject({ state: "delivered", attempts: 2 });
  expect((await store.deliveries.get(one?.id ?? ""))?.body).not.toBe("late");
});

it("runs until it is stopped, and gives back what it had begun", async () => {
  answers = [() => undefined];
  await escalate();
  const running = sender();
  running.start();
  await expect.poll(() => received.length).toBe(1);
  await running.stop();
  expect(await log()).toMatchObject([{ state: "waiting", attempts: 0, reason: "the server stopped meanwhile" }]);
});

it.each([
  [1, 0, 15_000],
  [1, 1, 30_000],
  [4, 1, 240_000],
  [9, 1, 3_600_000],
  [9, 0.5, 2_700_000],
])("waits after %d attempts, with %d at random, for %d ms", (attempts, random, delay) => {
  expect(delayAfter(attempts, random)).toBe(delay);
});
