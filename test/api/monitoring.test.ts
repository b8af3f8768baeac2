import { get } from "node:http";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startApi, type TestApi } from "./workbench.ts";

/** The value of a figure by its name and labels. */
function figure(text: string, name: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

/** Sends another `Host` header than the address. */
function withHost(url: string, path: string, host: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    get({ hostname, port, path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

describe("monitoring", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi({ STEMMA_METRICS_PORT: "0" });
  });
  afterAll(() => api.stop());
  const read = (path: string) => request(api.workbench.url).get(path);

  it("answers probes under any host name, without signing in, and says nothing else", async () => {
    expect((await read("/healthz")).body).toEqual({ status: "alive" });
    expect((await read("/readyz")).body).toEqual({ status: "ready" });
    expect(await withHost(api.workbench.url, "/readyz", "10.1.2.3:80")).toBe(200);
    expect(await withHost(api.workbench.url, "/metrics", "10.1.2.3:80")).toBe(421);
  });

  it("shows figures by route pattern, never by path", async () => {
    await api.send("rule", { params: { id: "secret-rule-id" } });
    await read("/queue/secret-page");
    await request(api.workbench.url).get("/api/v1/secret-route").set("Cookie", api.cookie);
    const { text, type, status } = await read("/metrics");
    expect([status, type]).toEqual([200, "text/plain"]);
    const duration = "stemma_http_request_duration_seconds_count";
    expect(figure(text, `${duration}{method="GET",route="/api/v1/rules/:id",status="404"}`)).toBe(1);
    // The status depends on whether the web app is built.
    expect(text).toMatch(/_count\{method="GET",route="page",status="\d+"\} 1\n/);
    expect(figure(text, `${duration}{method="GET",route="unknown",status="404"}`)).toBe(1);
    expect(text).not.toContain("secret");
    expect(figure(text, 'stemma_sign_ins_total{method="link",result="done"}')).toBe(1);
    expect(figure(text, "stemma_http_requests_in_progress")).toBe(1);
  });

  it("shows what the store holds, the queue of work, the loop delay and the process", async () => {
    const { text } = await read("/metrics");
    const events = await api.workbench.store.events.count();
    expect(figure(text, "stemma_store_up")).toBe(1);
    expect(figure(text, "stemma_store_events")).toBe(events);
    expect(figure(text, "stemma_store_alerts")).toBe((await api.workbench.store.alerts.find({ limit: 1 })).total);
    for (const name of [
      "stemma_store_bytes",
      "stemma_ingest_lag_seconds",
      "stemma_work_workers",
      "process_resident_memory_bytes",
      "process_cpu_seconds_total",
    ]) {
      expect([name, (figure(text, name) ?? 0) > 0]).toEqual([name, true]);
    }
    for (const name of [
      'stemma_work_queued{queue="long"}',
      "stemma_event_loop_delay_p50_seconds",
      "stemma_event_loop_delay_p99_seconds",
      "stemma_event_loop_delay_max_seconds",
      "stemma_ingest_events_total",
      "stemma_ingest_age_seconds",
    ]) {
      expect([name, figure(text, name)]).toEqual([name, expect.any(Number)]);
    }
  });

  it("is closed to requests that were passed on, unless they are signed in", async () => {
    const forwarded = await read("/metrics").set("X-Forwarded-For", "192.0.2.7");
    expect([forwarded.status, forwarded.body.code]).toEqual([401, "sign-in.required"]);
    const signedIn = await read("/metrics").set({ "X-Forwarded-For": "192.0.2.7", Cookie: api.cookie });
    expect(signedIn.status).toBe(200);
  });

  it("has a port of its own for this machine, where it is open", async () => {
    const url = api.workbench.metricsUrl ?? "";
    expect(new URL(url).hostname).toBe("127.0.0.1");
    const { origin } = new URL(url);
    const { text, status } = await request(origin).get("/metrics").set("X-Forwarded-For", "192.0.2.7");
    expect([status, figure(text, "stemma_store_up")]).toEqual([200, 1]);
    expect((await request(origin).get("/readyz")).body).toEqual({ status: "ready" });
    expect((await request(origin).get("/healthz")).status).toBe(200);
    expect((await request(origin).get("/")).status).toBe(404);
    expect(await withHost(origin, "/metrics", "evil.example")).toBe(421);
  });
});

describe("a server behind a proxy", () => {
  it("shows figures to nobody on this machine who is not signed in", async () => {
    const api = await startApi({ STEMMA_SAMPLE: "off", STEMMA_PROXIES: "127.0.0.1" });
    expect((await request(api.workbench.url).get("/metrics")).status).toBe(401);
    expect((await request(api.workbench.url).get("/metrics").set("Cookie", api.cookie)).status).toBe(200);
    await api.stop();
  });
});

describe("a server that stops", () => {
  it("says so on its port for monitoring until requests in progress are done", async () => {
    const api = await startApi({ STEMMA_SAMPLE: "off", STEMMA_METRICS_PORT: "0" });
    const { origin } = new URL(api.workbench.metricsUrl ?? "");
    // A request without its body keeps the server from ending.
    const open = await new Promise<{ destroy(): void }>((resolve) => {
      const { hostname, port, origin: own } = new URL(api.workbench.url);
      const type = { "content-type": "application/json", "content-length": "9", expect: "100-continue" };
      const headers = { ...type, origin: own, cookie: api.cookie };
      const client = get({ hostname, port, path: "/api/v1/hunt", method: "POST", headers });
      client.on("error", () => undefined);
      client.on("continue", () => resolve(client));
      client.flushHeaders();
    });
    const stopped = api.stop();
    const response = await request(origin).get("/readyz");
    expect([response.status, response.body]).toEqual([503, { status: "not-ready", reasons: ["server.stopping"] }]);
    open.destroy();
    await stopped;
  });
});
