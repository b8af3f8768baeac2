import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Announcer } from "../changes/announcer.ts";
import { ChangeWatch } from "../changes/watch.ts";
import type { Store } from "../store/port.ts";
import type { Watching } from "../store/watchers/port.ts";
import { ChangeStreams, type Listening, type StreamLimits } from "./change-streams.ts";

/** A store in which somebody writes when a test says so. */
function quietStore() {
  const state = {
    alerts: 0,
    watchers: undefined as string | undefined,
    elsewhere: [] as Watching[],
    announced: [] as (readonly Watching[])[],
  };
  const store = {
    changes: { look: async () => ({ alerts: state.alerts, watchers: state.watchers }), incidentsOf: async () => [] },
    audit: { after: async () => [] },
    watchers: {
      announce: async (watching: readonly Watching[]) => void state.announced.push(watching),
      elsewhere: async () => state.elsewhere,
    },
    // Only what the watch reads.
  } as unknown as Pick<Store, "changes" | "audit" | "watchers">;
  return { state, store };
}

describe("the streams of a server", () => {
  const { state, store } = quietStore();
  let streams: ChangeStreams;
  let mayListen: boolean;
  let end: () => void;
  let address: string;
  let refused: string[];

  const serve = async (limits: Partial<StreamLimits>, more: Partial<Listening> = {}) => {
    const ignore = () => undefined;
    streams = new ChangeStreams(
      new ChangeWatch(store, ignore),
      new Announcer(store.watchers, Date.now, ignore),
      limits,
    );
    const app = express().get("/:account", async ({ params: { account } }, response) => {
      const listening = { response, account, incidents: [], mayListen: async () => mayListen, ...more };
      const added = await streams.add(listening);
      if (!added.ok) {
        refused.push(added.error.code);
        response.status(503).end();
      }
    });
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    end = () => {
      streams.close();
      server.closeAllConnections();
      server.close();
    };
  };
  beforeEach(() => {
    mayListen = true;
    refused = [];
  });
  afterEach(() => end());

  const open = (account: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get(`${address}/${account}`, { agent: false }, resolve).on("error", reject);
    });
  /** Reads until the text is there. */
  const reads = async (response: IncomingMessage, wanted: string) => {
    let text = "";
    response.setEncoding("utf8");
    for await (const part of response.iterator({ destroyOnReturn: false })) {
      text += String(part);
      if (text.includes(wanted)) {
        return;
      }
    }
    throw new Error(`ended without ${wanted}: ${text}`);
  };
  const hasEnded = (response: IncomingMessage) =>
    new Promise<void>((resolve) => {
      response.on("close", () => resolve()).resume();
    });

  it("are bounded for a person and altogether, and there is room again when one ends", async () => {
    await serve({ streams: 3, perPerson: 2 });
    const first = await open("lena");
    await open("lena");
    await (await open("lena")).resume();
    await open("tom");
    await (await open("kim")).resume();
    expect(refused).toEqual(["changes.too-many-own-streams", "changes.too-many-streams"]);
    expect(streams.open).toBe(3);
    first.destroy();
    await expect.poll(() => streams.open).toBe(2);
    await open("kim");
    expect(streams.open).toBe(3);
  });

  it("end before anything is told to somebody who may not listen any more", async () => {
    await serve({});
    const response = await open("lena");
    await reads(response, "event: ready");
    mayListen = false;
    state.alerts += 1;
    streams.look();
    let text = "";
    for await (const part of response) {
      text += String(part);
    }
    expect(text).not.toContain("changes");
    expect(streams.open).toBe(0);
  });

  it("end for a client that does not read what it is told", async () => {
    await serve({ unread: -1 });
    const response = await open("lena");
    state.alerts += 1;
    streams.look();
    await hasEnded(response);
    expect(streams.open).toBe(0);
  });

  it("show that they are still there while nothing happens", async () => {
    await serve({ beat: 0, check: 0 });
    await reads(await open("lena"), "event: beat");
  });

  it("tell who has an incident open at another server, and other servers who has it open here", async () => {
    await serve({}, { incidents: ["k"], name: "Lena" });
    const response = await open("lena");
    await reads(response, "event: ready");
    await expect.poll(() => state.announced.at(-1)).toMatchObject([{ key: "k", account: "lena", name: "Lena" }]);
    state.elsewhere = [{ key: "k", account: "tom", name: "Tom", since: 0 }];
    state.watchers = "tom";
    streams.look();
    await reads(response, '{"key":"k","people":[{"name":"Tom","since":"1970-01-01T00:00:00.000Z"}]}');
    state.watchers = undefined;
    streams.look();
    await reads(response, '{"key":"k","people":[]}');
    streams.close();
    expect(state.announced.at(-1)).toEqual([]);
  });

  it("end with the server, which opens no more of them", async () => {
    await serve({});
    const response = await open("lena");
    streams.close();
    await hasEnded(response);
    await (await open("lena")).resume();
    expect([refused, streams.open]).toEqual([["changes.too-many-streams"], 0]);
  });
});
