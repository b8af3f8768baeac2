import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig, type Setting } from "../../server/config.ts";
import { startWorkbench } from "../../server/main.ts";
import { selfSigned } from "../factories/certificate.ts";
import { startApi, wednesday } from "./workbench.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-doors-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function start(settings: Partial<Record<Setting, string>>) {
  const defaults = { STEMMA_PORT: "0", STEMMA_SAMPLE: "off", STEMMA_LOG: "silent", STEMMA_SHIPPED: "off" };
  const config = readConfig({}, { ...defaults, ...settings }, folder);
  if (!config.ok) {
    throw new Error(JSON.stringify(config.error));
  }
  return startWorkbench(config.value, { now: () => wednesday });
}

async function writeCertificate(options?: Parameters<typeof selfSigned>[0]) {
  const { cert, key } = selfSigned(options);
  await writeFile(join(folder, "cert.pem"), cert);
  await writeFile(join(folder, "key.pem"), key);
  return { cert, settings: { STEMMA_TLS_CERT: "cert.pem", STEMMA_TLS_KEY: "key.pem" } };
}

describe("an address that other machines reach", () => {
  it("is refused without TLS, before anything is created", async () => {
    for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
      const started = await start({ STEMMA_HOST: host, STEMMA_URL: "http://stemma.example" });
      expect(started).toMatchObject({ ok: false, error: { code: "server.insecure-address" } });
      expect(started.ok ? "" : started.error.remedy).toMatch(/STEMMA_TLS_CERT.*STEMMA_URL=https.*127\.0\.0\.1/);
    }
    expect(existsSync(join(folder, "stemma.db"))).toBe(false);
  });

  it("is accepted behind a proxy with TLS, with a warning as long as the proxy is not named", async () => {
    const codes = async (settings: Partial<Record<Setting, string>>) => {
      const started = await start({ STEMMA_HOST: "0.0.0.0", STEMMA_URL: "https://stemma.example", ...settings });
      if (!started.ok) {
        throw new Error(started.error.message);
      }
      await started.value.stop();
      return started.value.warnings.map(({ code }) => code);
    };
    expect(await codes({})).toEqual(["server.proxies-unset"]);
    expect(await codes({ STEMMA_PROXIES: "10.0.0.1" })).toEqual([]);
  });

  it("is not served with a certificate that is damaged or over", async () => {
    const { settings } = await writeCertificate({ to: new Date(wednesday - 1000) });
    expect(await start(settings)).toMatchObject({ ok: false, error: { code: "tls.expired" } });
    await writeFile(join(folder, "key.pem"), "nothing");
    expect(await start(settings)).toMatchObject({ ok: false, error: { code: "tls.invalid" } });
  });
});

describe("a server with a certificate of its own", () => {
  it("speaks https, with a cookie for this host only and strict transport security", async () => {
    const { cert, settings } = await writeCertificate({ names: ["stemma.example"] });
    const started = await start({ ...settings, STEMMA_HOST: "0.0.0.0" });
    if (!started.ok) {
      throw new Error(started.error.message);
    }
    const { url, stop, signInLink } = started.value;
    expect(url).toMatch(/^https:\/\/localhost:\d+$/);
    const { port } = new URL(url);
    const send = (path: string, host: string) =>
      new Promise<{ status?: number; cookie: string; hsts: string }>((resolve, reject) => {
        const options = { host: "127.0.0.1", port, path, ca: cert, servername: "stemma.example", headers: { host } };
        httpsRequest(options, (response) => {
          response.resume();
          const { "set-cookie": cookie, "strict-transport-security": hsts } = response.headers;
          resolve({ status: response.statusCode, cookie: String(cookie), hsts: String(hsts) });
        })
          .on("error", reject)
          .end();
      });
    const link = new URL(signInLink());
    // The certificate names the host, so it needs no setting.
    const signedIn = await send(`${link.pathname}${link.search}`, "stemma.example");
    expect(signedIn.status).toBe(303);
    expect(signedIn.cookie).toMatch(
      /^__Host-stemma_0=[^;]+; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(signedIn.hsts).toMatch(/^max-age=\d{8}/);
    expect((await send("/", "evil.example")).status).toBe(421);
    await stop();
  });
});

describe("a certificate that ends within two weeks", () => {
  it("leads to a warning", async () => {
    const { settings } = await writeCertificate({ to: new Date(wednesday + 86_400_000) });
    const started = await start(settings);
    expect(started.ok && started.value.warnings).toMatchObject([
      { code: "tls.expires-soon", message: "the certificate expires on 2026-06-18" },
    ]);
    await (started.ok ? started.value.stop() : undefined);
  });
});

describe("a server behind a proxy", () => {
  it("believes the proxy alone, and records the address of the person", async () => {
    const api = await startApi({
      STEMMA_SAMPLE: "off",
      STEMMA_PROXIES: "127.0.0.1",
      STEMMA_HOSTNAMES: "stemma.example",
    });
    const headers = { "X-Forwarded-For": "203.0.113.9, 192.0.2.7", "X-Forwarded-Host": "stemma.example" };
    const change = (more: Record<string, string>) =>
      request(api.workbench.url)
        .post("/api/v1/rules/reload")
        .set({ Cookie: api.cookie, Origin: "https://stemma.example", ...headers, ...more })
        .send({});
    expect((await change({})).status).toBe(200);
    const [record] = (await api.get("audit", { query: { kind: "rules" } })).items;
    expect(record?.origin?.address).toBe("192.0.2.7");
    expect((await change({ "X-Forwarded-For": "nowhere" })).body.code).toBe("request.invalid-forwarding");
    expect((await change({ "X-Forwarded-Host": "evil.example" })).body.code).toBe("request.unknown-host");
    expect((await change({ Origin: "https://evil.example" })).body.code).toBe("request.cross-origin");
    await api.stop();
  });
});
