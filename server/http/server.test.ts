import { once } from "node:events";
import { get as httpGet, type RequestListener } from "node:http";
import { get } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { problemDetails } from "#contracts/problem";
import { selfSigned } from "../../test/factories/certificate.ts";
import { logRecords } from "../../test/factories/log-records.ts";
import { closeServer } from "./listen.ts";
import { createLimitedServer } from "./server.ts";

const limits = {
  headerBytes: 16 * 1024,
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 75_000,
  readTimeout: 500,
  unreadBytes: 1024 * 1024 * 1024,
  checkInterval: 10,
  connections: 100,
  requestsAhead: 8,
};

let stop: (() => void) | undefined;
afterEach(() => stop?.());

async function listening(app: RequestListener, more: Partial<typeof limits> = {}, tls?: { cert: string; key: string }) {
  const { log, records } = logRecords();
  const limited = createLimitedServer(app, tls, log, { ...limits, ...more });
  const { server } = limited;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { limited, server, records, port: (server.address() as AddressInfo).port };
}

/** A connection that has sent something, from one of the addresses of this machine. */
function sending(port: number, text: string, localAddress = "127.0.0.1"): Socket {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  socket.on("error", () => undefined);
  socket.write(text);
  return socket;
}

const getOf = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

async function textOf(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  // Not `once`: it would reject when the server resets the connection.
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

/** The problem that a response has as its body. */
function problemOf(response: string) {
  const [head = "", body = ""] = response.split("\r\n\r\n");
  expect(head).toContain("application/problem+json");
  return problemDetails.strict().parse(JSON.parse(body));
}

describe("the server", () => {
  it("refuses 64 KB of headers with 431, says so in the log, and serves others", async () => {
    const { port, records } = await listening((_request, response) => response.end("hello"));
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX-Large: ${"x".repeat(64 * 1024)}\r\n\r\n`);
    const refusal = await textOf(socket);
    expect(refusal).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\nConnection: close/);
    expect(problemOf(refusal)).toMatchObject({ code: "request.headers-too-large", status: 431 });
    expect(records).toMatchObject([
      { event: "http.refused", status: 431, code: "HPE_HEADER_OVERFLOW", peer: "127.0.0.1" },
    ]);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("hello");
  });

  it("refuses what is not HTTP with 400, and slow headers with 408", async () => {
    const { port, records } = await listening((_request, response) => response.end(), { headersTimeout: 50 });
    const binary = connect(port, "127.0.0.1");
    binary.write("\u0016\u0003\u0001\r\n\r\n");
    expect(problemOf(await textOf(binary))).toMatchObject({ code: "request.malformed", status: 400 });
    const slow = connect(port, "127.0.0.1");
    slow.write("GET / HTTP/1.1\r\nHost:");
    expect(problemOf(await textOf(slow))).toMatchObject({ code: "request.too-slow", status: 408 });
    expect(records.map(({ status }) => status)).toEqual([400, 408]);
  });

  it.each([
    ["stalls", "Content-Length: 10\r\n\r\nhalf", 408, "request.too-slow"],
    ["has a malformed chunk", "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, "request.malformed"],
    [
      "has a chunk extension of 20 KB",
      `Transfer-Encoding: chunked\r\n\r\n1;${"x".repeat(20_480)}\r\n`,
      413,
      "request.too-large",
    ],
  ])("says why it refuses a body that %s", async (_what, rest, status, code) => {
    const app: RequestListener = (request, response) => void request.resume().once("end", () => response.end());
    const { port, records } = await listening(app, { headersTimeout: 50, requestTimeout: 100 });
    const refusal = await textOf(sending(port, `POST / HTTP/1.1\r\nHost: a\r\n${rest}`));
    expect(problemOf(refusal)).toMatchObject({ status, code });
    expect(records).toMatchObject([{ event: "http.refused", status }]);
  });

  it("sends no refusal that the client would take as the response to an earlier request", async () => {
    const { port, records } = await listening(() => undefined);
    expect(await textOf(sending(port, `${getOf("/")}garbage\r\n\r\n`))).toBe("");
    expect(records).toMatchObject([{ event: "http.connection-ended", code: "HPE_INVALID_METHOD" }]);
  });

  it("refuses a request without a host with a problem, and ignores an expectation that it does not know", async () => {
    const { port } = await listening((_request, response) => response.end("hello"));
    expect(problemOf(await textOf(sending(port, "GET / HTTP/1.1\r\n\r\n")))).toMatchObject({ status: 400 });
    const expecting = sending(port, "GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\n\r\n");
    expect(await textOf(expecting)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*hello/);
  });

  it("handles the requests of a connection one at a time, in their order", async () => {
    const begun: string[] = [];
    let finish: (() => void) | undefined;
    const { port } = await listening((request, response) => {
      begun.push(request.url ?? "");
      finish = () => response.end(request.url);
    });
    const socket = sending(port, ["/1", "/2", "/3"].map(getOf).join(""));
    for (const number of [1, 2, 3]) {
      await vi.waitFor(() => expect(begun).toHaveLength(number));
      finish?.();
    }
    await once(socket, "data");
    expect(begun).toEqual(["/1", "/2", "/3"]);
    socket.destroy();
  });

  it("ends the connection of a client that sends many requests without reading", async () => {
    let begun = 0;
    const { port, records } = await listening(() => {
      begun++;
    });
    expect(await textOf(sending(port, getOf("/").repeat(3000)))).toBe("");
    expect(begun).toBe(1);
    expect(records).toMatchObject([{ event: "http.too-many-requests-ahead", peer: "127.0.0.1", requests: 9 }]);
  });

  it("releases what all requests of a connection hold when the client goes", async () => {
    const open = new Set<string>();
    const { port, server } = await listening((request, response) => {
      open.add(request.url ?? "");
      response.once("close", () => open.delete(request.url ?? ""));
      response.end(Buffer.alloc(16 * 1024 * 1024));
    });
    const closed = new Promise((resolve) => server.once("connection", (socket) => socket.once("close", resolve)));
    const socket = sending(port, ["/1", "/2", "/3"].map(getOf).join(""));
    socket.pause();
    await vi.waitFor(() => expect(open).toEqual(new Set(["/1"])));
    socket.destroy();
    await closed;
    await vi.waitFor(() => expect(open.size).toBe(0));
  });

  it("ends the connections with most unread bytes when all together are too many", async () => {
    const MiB = 1024 * 1024;
    const app: RequestListener = (request, response) => {
      response.end(Buffer.alloc(request.url === "/large" ? 64 * MiB : 16 * MiB));
    };
    const { port, records } = await listening(app, { readTimeout: 60_000, unreadBytes: 40 * MiB });
    const sockets = ["/small", "/large", "/small"].map((path) => sending(port, getOf(path)).pause());
    await vi.waitFor(() => expect(records).toHaveLength(1));
    expect(records).toMatchObject([{ event: "http.client-not-reading" }]);
    expect(Number(records[0]?.["bytes"])).toBeGreaterThan(16 * MiB);
    for (const socket of sockets) {
      socket.destroy();
    }
  });

  it("ends the connection of a client that never reads, and of nobody else", async () => {
    const size = 64 * 1024 * 1024;
    const { port, server, records } = await listening((request, response) => {
      response.end(Buffer.alloc(request.url === "/large" ? size : 5));
    });
    const closed = new Promise((resolve) => server.once("connection", (socket) => socket.once("close", resolve)));
    const idle = connect(port, "127.0.0.1");
    idle.on("error", () => undefined);
    idle.pause();
    idle.write("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    await closed;
    expect(records).toMatchObject([{ event: "http.client-not-reading", peer: "127.0.0.1" }]);
    const reading = await fetch(`http://127.0.0.1:${port}/large`);
    expect((await reading.arrayBuffer()).byteLength).toBe(size);
    idle.destroy();
  });

  it("does not end a connection while a response is being computed", async () => {
    const { port } = await listening(
      (_request, response) => {
        response.write("first ");
        setTimeout(() => response.end("last"), 250);
      },
      { readTimeout: 50 },
    );
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("first last");
  });

  it("stops: finishes requests in progress, ends other connections at once, accepts no more", async () => {
    let finish: (() => void) | undefined;
    const { port, limited } = await listening((_request, response) => {
      finish = () => response.end("finished");
    });
    const silent = connect(port, "127.0.0.1");
    const half = connect(port, "127.0.0.1");
    half.write("GET / HTTP/1.1\r\nHost:");
    const request = fetch(`http://127.0.0.1:${port}/`);
    await vi.waitFor(() => expect(finish).toBeDefined());
    const ended = Promise.all([once(silent, "close"), once(half, "close")]);
    const closed = closeServer(limited, 60_000);
    await ended;
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    finish?.();
    expect(await (await request).text()).toBe("finished");
    await closed;
  });

  it("stops after its time, whoever still waits", async () => {
    const { port, limited } = await listening(() => undefined);
    const request = fetch(`http://127.0.0.1:${port}/`);
    const refused = expect(request).rejects.toThrow();
    await once(limited.server, "request");
    await closeServer(limited, 10);
    await refused;
  });

  it("speaks https itself with a certificate", async () => {
    const { cert, key } = selfSigned();
    const { port } = await listening((_request, response) => response.end("hello"), {}, { cert, key });
    const [response] = await once(get({ host: "localhost", port, ca: cert, family: 4 }), "response");
    expect(response.statusCode).toBe(200);
    response.destroy();
  });

  it.each([["http"], ["https"]])("serves newcomers by %s although somebody holds all connections", async (scheme) => {
    const tls = scheme === "https" ? selfSigned() : undefined;
    const { port, records } = await listening((_request, response) => response.end("hello"), { connections: 10 }, tls);
    const crowd = Array.from({ length: 10 }, () => sending(port, tls === undefined ? getOf("/") : ""));
    await Promise.all(crowd.map((socket) => once(socket, tls === undefined ? "data" : "connect")));
    const ended = new Promise((resolve) => crowd.map((socket) => socket.once("close", resolve)));
    const options = { host: "localhost", port, family: 4, agent: false };
    const request = tls === undefined ? httpGet(options) : get({ ...options, ca: tls.cert });
    const [response] = await once(request, "response");
    expect(response.statusCode).toBe(200);
    await ended;
    expect(crowd.filter(({ destroyed }) => destroyed)).toHaveLength(1);
    const report = expect.objectContaining({ event: "http.connections-ended", count: 1 });
    await vi.waitFor(() => expect(records).toContainEqual(report));
    for (const socket of crowd) {
      socket.destroy();
    }
  });

  it("lets an address with most connections pay for others, even with requests in progress", async () => {
    const { port } = await listening(
      (request, response) => void (request.url === "/slow" ? response.writeHead(200).flushHeaders() : response.end()),
      { connections: 10 },
    );
    const other = sending(port, getOf("/"), "127.0.0.3");
    await once(other, "data");
    const crowd = Array.from({ length: 9 }, () => sending(port, getOf("/slow"), "127.0.0.2"));
    await Promise.all(crowd.map((socket) => once(socket, "data")));
    const newcomer = sending(port, getOf("/"));
    await once(newcomer, "data");
    await vi.waitFor(() => expect(crowd.filter(({ destroyed }) => destroyed)).toHaveLength(1));
    expect(other.destroyed).toBe(false);
    for (const socket of [newcomer, other, ...crowd]) {
      socket.destroy();
    }
  });
});
