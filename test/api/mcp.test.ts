import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import request from "supertest";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { scopePermissions } from "#contracts/roles";
import { tokenFor } from "./people.ts";
import { startApi, type TestApi } from "./workbench.ts";

const launcher = join(import.meta.dirname, "../../server/stemma.js");

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startApi();
  token = await tokenFor(api, "propose");
});
afterAll(() => api.stop());

const overStdio = (secret: string) =>
  new StdioClientTransport({
    command: process.execPath,
    args: [launcher, "mcp", "--url", api.workbench.url],
    env: { STEMMA_TOKEN: secret },
    stderr: "pipe",
  });
const overHttp = (secret: string) =>
  new StreamableHTTPClientTransport(new URL("/mcp", api.workbench.url), {
    requestInit: { headers: { Authorization: `Bearer ${secret}` } },
  });

const connect = async (transport: ReturnType<typeof overHttp> | ReturnType<typeof overStdio>): Promise<Client> => {
  const client = new Client({ name: "triage-assistant", version: "2.1.0" });
  // The SDK declares `sessionId` without `undefined`, which exact optional properties need.
  await client.connect(transport as Parameters<Client["connect"]>[0]);
  return client;
};

/** What a tool returned, as a client without our types reads it. */
const result = z.object({
  isError: z.boolean().optional(),
  content: z.array(z.object({ type: z.literal("text"), text: z.string() })).length(1),
  structuredContent: z.object({ summary: z.string(), data: z.unknown() }),
});

async function call<T>(client: Client, name: string, args: Record<string, unknown>, schema: z.ZodType<T>): Promise<T> {
  const { isError, structuredContent } = result.parse(await client.callTool({ name, arguments: args }));
  if (isError === true) {
    throw new Error(JSON.stringify(structuredContent));
  }
  return schema.parse(structuredContent.data);
}

const queue = z.object({
  rows: z.array(z.object({ alerts: z.array(z.object({ id: z.string(), rule: z.string() })) })),
});
const alertShape = z.object({ id: z.string(), rule: z.object({ id: z.string() }), events: z.array(z.string()) });
const tree = z.object({ focus: z.string(), processes: z.array(z.object({ key: z.string() })) });
const playbook = z.object({
  steps: z.array(z.object({ id: z.string(), anchor: z.boolean(), queries: z.array(z.object({ id: z.string() })) })),
  verdict: z.object({ outcome: z.string(), answered: z.number() }),
});
const run = z.object({ outcome: z.string(), rows: z.array(z.object({ id: z.string() })) });
const proposed = z.object({ id: z.string(), state: z.string() });
const draft = z.object({ draft: z.object({ name: z.string(), entries: z.array(z.unknown()) }) });

describe.each([
  ["standard input and output", overStdio],
  ["streamable HTTP", overHttp],
])("an assistant over %s", (way, transport) => {
  let client: Client;
  beforeEach(async () => {
    client = await connect(transport(token));
  });
  afterEach(() => client.close());

  it("triages an alert of the sample to proposals, which count when a person takes them", async () => {
    const { rows } = await call(client, "get_queue", { group: "none" }, queue);
    const ids = rows.flatMap(({ alerts }) => alerts.map(({ id }) => id));
    const id = ids[way === "streamable HTTP" ? 1 : 0] ?? "";
    const alert = await call(client, "get_alert", { alert: id }, alertShape);
    const { focus, processes } = await call(client, "get_process_tree", { alert: id }, tree);
    expect(processes.map(({ key }) => key)).toContain(focus);
    const { steps, verdict } = await call(client, "get_playbook", { alert: id }, playbook);
    expect(verdict.answered).toBe(0);
    const step = steps.find(({ queries }) => queries.length > 0);
    const query = step?.queries[0]?.id ?? "";
    const { outcome } = await call(client, "run_playbook_query", { alert: id, query }, run);
    expect(["hits", "no-hits", "no-data"]).toContain(outcome);
    const evidence = alert.events.slice(0, 1).map((event) => ({ kind: "event", id: event }));

    for (const { id: stepId } of steps) {
      const answer = {
        alert: id,
        step: stepId,
        value: "raises",
        note: "seen",
        evidence,
        rationale: "remote execution",
      };
      await call(client, "propose_answer", answer, proposed);
    }
    const { draft: start } = await call(client, "get_exception_draft", { alert: id }, draft);
    const exception = {
      alert: id,
      ...start,
      ruleIds: undefined,
      fromAlert: undefined,
      reason: "expected",
      mode: "shadow",
    };
    const { fromAlert: _, ...args } = { ...exception, breadthReason: "known", rationale: "only if confirmed" };
    const dryRun = await call(client, "propose_exception", { ...args, dryRunOnly: true }, z.looseObject({}));
    expect(dryRun).toMatchObject({ dryRun: { breadth: { level: expect.any(String) } } });
    await call(client, "propose_exception", args, z.object({ proposal: proposed }));

    // Nothing counts yet.
    expect(await call(client, "get_playbook", { alert: id }, playbook)).toMatchObject({ verdict });
    expect((await api.get("exceptions")).items).toEqual([]);
    const open = await api.get("proposals", { query: { alert: id, state: "open" } });
    expect(open.total).toBe(steps.length + 1);
    const exceptionProposal = open.items.find(({ kind }) => kind === "exception");
    const answers = open.items.filter(({ kind }) => kind === "answer");
    expect(exceptionProposal).toMatchObject({
      kind: "exception",
      by: "propose",
      origin: { method: "token" },
      client: { name: "triage-assistant", version: "2.1.0" },
    });
    await call(client, "withdraw_proposal", { proposal: exceptionProposal?.id }, proposed);

    // A person decides.
    for (const { id: proposal } of answers) {
      await api.get("takeProposal", { params: { id: proposal }, body: { note: "The owner of the host confirmed it" } });
    }
    const after = await api.get("playbook", { params: { id } });
    expect(after.verdict).toMatchObject({ outcome: "malicious", answered: steps.length });
    expect(after.steps[0]?.answer).toMatchObject({
      actor: "lena",
      proposal: { by: "propose", client: "triage-assistant" },
    });
    const records = (await api.get("audit", { query: { kind: "alert", id, limit: 100 } })).items;
    const origins = new Map(records.map(({ action, origin }) => [action, origin?.method]));
    expect(origins.get("proposal.create")).toBe("token");
    expect(origins.get("playbook.answer")).toBe("link");
    const decided = z.object({ proposals: z.array(z.object({ state: z.string() })) });
    const listed = await call(client, "list_proposals", { alert: id }, decided);
    expect(listed.proposals.map(({ state }) => state).toSorted()).toEqual([...answers.map(() => "taken"), "withdrawn"]);
  });

  it("searches in a rule language, and is told what is wrong with a query", async () => {
    const search = { language: "eql", query: 'process where process.name : "cmd.exe"', limit: 5 };
    const found = await call(client, "search_events", search, z.object({ events: z.array(z.unknown()).min(1) }));
    expect(found.events.length).toBeLessThanOrEqual(5);
    const wrong = result.parse(
      await client.callTool({ name: "search_events", arguments: { language: "eql", query: "process whre true" } }),
    );
    expect(wrong).toMatchObject({
      isError: true,
      structuredContent: { summary: expect.stringContaining("query.syntax") },
    });
  });

  it("gets every log value inside of a delimited block", async () => {
    for (const [name, args] of [
      ["get_queue", {}],
      ["search_events", { language: "kql", query: "process.command_line: *", limit: 50 }],
      ["list_proposals", {}],
    ] as const) {
      const { content, structuredContent } = result.parse(await client.callTool({ name, arguments: args }));
      const text = content[0]?.text ?? "";
      const [, before = "", , after] =
        /^([\s\S]*?)<stemma-data id="([0-9a-f]{24})">\n.*\n<\/stemma-data id="\2">([\s\S]*)$/.exec(text) ?? [];
      expect(after).toBe("");
      expect(before.startsWith(structuredContent.summary)).toBe(true);
      expect(before).not.toMatch(/\.exe|\\/);
      expect(text.length).toBeLessThan(45_000);
    }
  });
});

describe("what a token permits", () => {
  it("is enforced for tools as for routes", async () => {
    const [alert] = (await api.get("queue", { query: { group: "none" } })).items.flatMap(({ alerts }) => alerts);
    const args = { alert: alert?.id, step: "any", value: "raises", rationale: "odd" };
    for (const [scope, reading, proposing] of [
      ["read", undefined, "access.denied"],
      ["intake", "access.denied", "access.denied"],
      ["triage", undefined, "playbook.step-not-found"],
    ] as const) {
      const client = await connect(overHttp(await tokenFor(api, scope)));
      const read = result.parse(await client.callTool({ name: "get_queue", arguments: {} }));
      expect(read.isError === true ? read.structuredContent.summary : undefined).toEqual(
        reading === undefined ? undefined : expect.stringContaining(reading),
      );
      const propose = result.parse(await client.callTool({ name: "propose_answer", arguments: args }));
      expect(propose.structuredContent.summary).toContain(proposing);
      await client.close();
    }
  });

  it("never includes deciding", () => {
    expect(Object.values(scopePermissions).flat()).not.toContain("decide");
  });

  it("ends at once when the token is revoked", async () => {
    const secret = await tokenFor(api, "propose");
    const client = await connect(overHttp(secret));
    const { items } = await api.get("serviceTokens");
    const mine = items.find(({ prefix }) => secret.startsWith(prefix));
    await api.get("revokeServiceToken", { params: { id: mine?.id ?? "" } });
    await expect(client.callTool({ name: "get_queue", arguments: {} })).rejects.toThrow(/401|Unauthorized|token/i);
    await client.close();
  });
});

describe("the address /mcp", () => {
  const initialize = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "x", version: "1" } },
  };
  const post = () =>
    request(api.workbench.url).post("/mcp").set("Accept", "application/json, text/event-stream").type("json");

  it("needs a token that is valid; the cookie of a person does not count", async () => {
    const bare = await post().send(initialize);
    expect([bare.status, bare.body.code]).toEqual([401, "sign-in.required"]);
    expect(bare.headers["www-authenticate"]).toContain("Bearer");
    const wrong = await post().set("Authorization", "Bearer stemma_wrong").send(initialize);
    expect(wrong.status).toBe(401);
    const cookie = await post().set("Cookie", api.cookie).set("Origin", api.workbench.url).send(initialize);
    expect(cookie.status).toBe(401);
  });

  it("refuses pages of other origins, other host names, batches and other methods", async () => {
    const signed = () => post().set("Authorization", `Bearer ${token}`);
    expect((await signed().set("Origin", "https://evil.example").send(initialize)).status).toBe(403);
    expect((await signed().set("Sec-Fetch-Site", "cross-site").send(initialize)).status).toBe(403);
    expect((await signed().set("Host", "evil.example").send(initialize)).status).toBe(421);
    expect((await signed().send([initialize, initialize])).body.code).toBe("request.malformed");
    const get = await request(api.workbench.url).get("/mcp").set("Authorization", `Bearer ${token}`);
    expect([get.status, get.headers.allow]).toEqual([405, "POST"]);
    expect((await signed().send("{")).status).toBe(400);
    expect((await signed().send({ filler: "x".repeat(2_200_000) })).status).toBe(413);
  });

  it("takes the name of the client from the session, and nothing else", async () => {
    const first = await post().set("Authorization", `Bearer ${token}`).send(initialize);
    expect(first.status).toBe(200);
    const session = String(first.headers["mcp-session-id"]);
    expect(JSON.parse(Buffer.from(session, "base64url").toString())).toEqual({ name: "x", version: "1" });
    const list = { jsonrpc: "2.0", id: 2, method: "tools/list" };
    for (const id of [session, "garbage", "x".repeat(5000)]) {
      const response = await post().set("Authorization", `Bearer ${token}`).set("Mcp-Session-Id", id).send(list);
      expect(response.body.result.tools.length).toBeGreaterThan(10);
    }
  });
});

describe("stemma mcp", () => {
  const start = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
    const child = spawn(process.execPath, [launcher, "mcp", ...args], { env: { ...env } });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.stdin.end();
    const [code] = await once(child, "close");
    return { code, out, err };
  };

  it("explains what is missing, and writes nothing to standard output", async () => {
    const url = ["--url", api.workbench.url];
    expect(await start(url, {})).toMatchObject({ code: 2, out: "", err: expect.stringContaining("STEMMA_TOKEN") });
    const wrong = await start(url, { STEMMA_TOKEN: "stemma_wrong" });
    expect(wrong).toMatchObject({ code: 2, out: "", err: expect.stringContaining("does not accept the token") });
    expect(wrong.err).not.toContain("stemma_wrong");
    const down = await start(["--url", "http://127.0.0.1:9"], { STEMMA_TOKEN: token });
    expect(down).toMatchObject({ code: 2, out: "", err: expect.stringContaining("http://127.0.0.1:9") });
    const open = await start(["--url", "http://stemma.example"], { STEMMA_TOKEN: token });
    expect(open).toMatchObject({ code: 2, out: "", err: expect.stringContaining("unencrypted") });
    const intake = await start(url, { STEMMA_TOKEN: await tokenFor(api, "intake") });
    expect(intake).toMatchObject({ code: 2, out: "", err: expect.stringContaining("permission") });
  });

  it("ends with its input, and says if the token cannot propose", async () => {
    const ended = await start(["--url", api.workbench.url], { STEMMA_TOKEN: await tokenFor(api, "read") });
    expect(ended).toMatchObject({ code: 0, out: "", err: expect.stringContaining("not propose") });
  });
});
