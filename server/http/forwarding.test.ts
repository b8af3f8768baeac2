import express from "express";
import request from "supertest";
import { describe, expect, it } from "vitest";
import { logRecords } from "../../test/factories/log-records.ts";
import { authorityOf, clientAddressOf, type Doors, forwarded, isLoopback } from "./forwarding.ts";

/** An app behind the given proxies that tells what it believes about a request; supertest connects from 127.0.0.1. */
function appBehind(proxies: readonly string[], more: Partial<Doors> = {}) {
  const { log, records } = logRecords();
  let now = 0;
  const app = express();
  app.use(forwarded({ proxies, onlyThroughProxy: false, secure: true, ...more }, log, () => now));
  app.get("/", (incoming, response) => {
    response.json({ address: clientAddressOf(incoming), authority: authorityOf(incoming) });
  });
  const send = (headers: Readonly<Record<string, string>>) => request(app).get("/").set(headers);
  return { send, records, wait: (milliseconds: number) => (now += milliseconds) };
}

const forwardedFor = (list: string) => ({ "X-Forwarded-For": list });

describe("a request through a trusted proxy", () => {
  const { send, records } = appBehind(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);

  it("comes from the right-most address that is no proxy, whatever the client wrote before it", async () => {
    const addressFor = async (list: string) => (await send(forwardedFor(list))).body.address;
    expect(await addressFor("192.0.2.7")).toBe("192.0.2.7");
    expect(await addressFor("198.51.100.1, 192.0.2.7, 10.1.2.3")).toBe("192.0.2.7");
    expect(await addressFor("<script>, 192.0.2.7")).toBe("192.0.2.7");
    expect(await addressFor("[2001:db8::7]:4711, fd00::1")).toBe("2001:db8::7");
    expect(await addressFor("192.0.2.7:4711, ::ffff:10.1.2.3")).toBe("192.0.2.7");
    expect(await addressFor("10.9.9.9")).toBe("10.9.9.9");
    expect((await send({})).body.address).toBe("127.0.0.1");
  });

  it("was addressed to the host that the proxy received", async () => {
    const { body } = await send({ "X-Forwarded-Host": "stemma.example", "X-Forwarded-Proto": "https" });
    expect(body.authority).toBe("stemma.example");
  });

  it("is refused and logged when its headers cannot be right", async () => {
    for (const headers of [
      forwardedFor("192.0.2.7, nobody"),
      forwardedFor(""),
      forwardedFor("192.0.2.7, 10.1.2.3, "),
      { "X-Forwarded-Proto": "gopher" },
      { "X-Forwarded-Proto": "http" },
    ]) {
      const response = await send(headers);
      expect([headers, response.status, response.body.code]).toEqual([headers, 400, "request.invalid-forwarding"]);
    }
    expect(records).toHaveLength(5);
    expect(records[0]).toMatchObject({ event: "http.forwarding-refused", peer: "127.0.0.1" });
  });
});

describe("a request from anybody else", () => {
  it("comes from its own address; what it claims is ignored and logged once a minute", async () => {
    const { send, records, wait } = appBehind(["10.0.0.0/8"]);
    for (const [seconds, expected] of [
      [0, 1],
      [59, 1],
      [1, 2],
    ] as const) {
      wait(seconds * 1000);
      const response = await send({ ...forwardedFor("192.0.2.7"), "X-Forwarded-Host": "evil.example" });
      expect(response.body).toMatchObject({ address: "127.0.0.1", authority: expect.stringMatching(/^127\.0\.0\.1:/) });
      expect(records).toHaveLength(expected);
    }
    expect(records[0]).toMatchObject({ event: "http.forwarding-ignored", peer: "127.0.0.1" });
  });
});

describe("loopback", () => {
  it("is what only this machine reaches", () => {
    const names = ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]", "::ffff:127.0.0.1"];
    expect(names.filter((name) => !isLoopback(name))).toEqual([]);
    const others = ["0.0.0.0", "::", "192.168.0.1", "localhost.example", "127.evil.example", ""];
    expect(others.filter(isLoopback)).toEqual([]);
  });
});
