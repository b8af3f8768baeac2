import { createHmac, hash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { first, startApi } from "./workbench.ts";

const secret = "a secret of sixteen characters";
const posted = z.object({
  id: z.string(),
  incident: z.object({ key: z.string(), status: z.string(), alerts: z.number(), link: z.string() }),
  files: z.array(z.object({ name: z.string(), sha256: z.string() })),
});

it("escalating an incident writes its bundle and posts it, signed, to the address of the settings", async () => {
  const received: { readonly body: string; readonly signature: string }[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      received.push({ body, signature: String(request.headers["stemma-signature"]) });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  const evidence = await mkdtemp(join(tmpdir(), "stemma-evidence-"));
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks/hidden`;
  const api = await startApi({
    ...{ STEMMA_WEBHOOK: address, STEMMA_WEBHOOK_SECRET: secret, STEMMA_EVIDENCE: evidence },
  });
  onTestFinished(async () => {
    await api.stop();
    await new Promise((done) => receiver.close(done));
    await rm(evidence, { recursive: true });
  });

  const { items } = await api.get("queue", { query: { limit: 1 } });
  const key = first(first(items).alerts).incidentKey;
  await api.get("incidentTransition", { params: { key }, body: { to: "escalated", note: "take over" } });
  await expect.poll(() => received.length, { timeout: 60_000 }).toBe(1);

  const { body, signature } = first(received);
  const seconds = /^t=(\d+),/.exec(signature)?.[1] ?? "";
  const expected = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  expect(signature).toBe(`t=${seconds},v1=${expected}`);
  const { id, incident, files } = posted.parse(JSON.parse(body));
  expect(incident).toMatchObject({ key, status: "escalated" });
  expect(new URL(incident.link).pathname).toBe(`/incidents/${encodeURIComponent(key)}`);
  expect(files).toHaveLength(2);
  for (const { name, sha256 } of files) {
    expect(hash("sha256", await readFile(join(evidence, name)), "hex")).toBe(sha256);
  }

  await expect
    .poll(async () => (await api.get("deliveries", { query: { incident: key } })).items, { timeout: 10_000 })
    .toMatchObject([{ id, state: "delivered", attempts: 1, alerts: incident.alerts, files }]);
  const list = await api.get("deliveries");
  expect([list.receivers.length, list.evidence]).toEqual([1, true]);
  expect(JSON.stringify(list)).not.toContain("hidden");
});

it("escalating posts nothing, and says so, if nothing is set", async () => {
  const api = await startApi();
  onTestFinished(() => api.stop());
  const { items } = await api.get("queue", { query: { limit: 1 } });
  const key = first(first(items).alerts).incidentKey;
  await api.get("incidentTransition", { params: { key }, body: { to: "escalated", note: "take over" } });
  expect(await api.get("deliveries")).toMatchObject({ items: [], total: 0, receivers: [], evidence: false });
});
