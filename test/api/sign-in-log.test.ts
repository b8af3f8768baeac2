import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request from "supertest";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { authenticator } from "../factories/authenticator.ts";
import { sendWithToken } from "./people.ts";
import { startApi, type TestApi } from "./workbench.ts";

let folder: string;
let api: TestApi;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-log-"));
  api = await startApi({ STEMMA_SAMPLE: "off", STEMMA_LOG: "info", STEMMA_LOG_FILE: join(folder, "log") });
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

it("refused attempts are logged with method and address, and without what was tried", async () => {
  const { url } = api.workbench;
  const password = "guessed password";
  const hostName = "localhost";
  const device = authenticator();
  const origin = url.replace("127.0.0.1", hostName);
  await request(url).get("/sign-in?token=guessed-link");
  await api.send("signInWithPassword", { body: { userName: "typed-name", password }, cookie: "" });
  await sendWithToken(api, `stemma_${"g".repeat(43)}`, "me");
  const { options } = await api.get("newPasskeyOptions", { hostName });
  device.create(options, origin);
  const signIn = await api.get("passkeySignInOptions", { hostName });
  const response = device.get(signIn.options, origin);
  await api.send("signInWithPasskey", { body: { challenge: signIn.challenge, response }, hostName, cookie: "" });
  await vi.waitFor(async () => {
    const text = await readFile(join(folder, "log"), "utf8");
    const records = text
      .trim()
      .split("\n")
      .map((line): Record<string, unknown> => JSON.parse(line));
    const refused = records.filter(({ event }) => event === "sign-in.refused");
    expect(refused.map(({ method, address }) => [method, address])).toEqual([
      ["link", "127.0.0.1"],
      ["password", "127.0.0.1"],
      ["passkey", "127.0.0.1"],
    ]);
    expect(records.filter(({ event }) => event === "service-token.refused")).toMatchObject([{ address: "127.0.0.1" }]);
    for (const tried of ["guessed-link", password, "typed-name", "ggggg", signIn.challenge, api.cookie.split("=")[1]]) {
      expect(text).not.toContain(tried);
    }
  });
});
