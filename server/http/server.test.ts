import { once } from "node:events";
import type { RequestListener } from "node:http";
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
  checkInterval: 10,
  connections: 100,
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

async function textOf(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  await once(socket, "close");
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
});
