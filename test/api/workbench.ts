import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request, { type Test } from "supertest";
import { type RouteBody, type RouteName, type RouteQuery, type RouteResponse, routes } from "#contracts/api";
import type { RunningServer } from "../../server/cli/serve.ts";
import { type Config, readConfig, type Setting } from "../../server/config.ts";
import { startWorkbench } from "../../server/main.ts";

/** A Wednesday noon: the sample then tells of the Tuesday before. Epoch milliseconds. */
export const wednesday = Date.UTC(2026, 5, 17, 12);

export interface Call<N extends RouteName> {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: RouteQuery<N>;
  readonly body?: RouteBody<N>;
}

export interface TestApi {
  readonly workbench: RunningServer;
  readonly config: Config;
  readonly cookie: string;
  /** Moves the clock on, in milliseconds. */
  wait(milliseconds: number): void;
  /** A signed-in call of a route with its same-origin header; the answer may be a refusal. */
  send<N extends RouteName>(name: N, call?: Call<N>): Test;
  /** As `send`, for calls that must succeed: gives the answer's body, already held against its schema by the server. */
  get<N extends RouteName>(name: N, call?: Call<N>): Promise<RouteResponse<N>>;
  stop(): Promise<void>;
}

/**
 * The real workbench over a real SQLite file in a folder of its own, on a free port, signed in. Every answer is checked
 * against the schema of its route.
 */
export async function startApi(settings: Partial<Record<Setting, string>> = {}): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), "stemma-api-"));
  const config = readConfig(
    {},
    { STEMMA_PORT: "0", STEMMA_CHECK_ANSWERS: "on", STEMMA_ANALYST: "lena", STEMMA_LOG: "silent", ...settings },
    folder,
  );
  if (!config.ok) {
    throw new Error(JSON.stringify(config.error));
  }
  let now = wednesday;
  const started = await startWorkbench(config.value, { now: () => now });
  if (!started.ok) {
    throw new Error(started.error.message);
  }
  const workbench = started.value;
  const cookie = await signIn(workbench.signInLink());
  const api: TestApi = {
    workbench,
    config: config.value,
    cookie,
    wait: (milliseconds) => {
      now += milliseconds;
    },
    send: (name, call = {}) => {
      const { method, path } = routes[name];
      const test = request(workbench.url)
        [method](pathOf(path, call.params ?? {}))
        .query(call.query ?? {});
      const signed = test.set("Cookie", cookie);
      return method === "get" ? signed : signed.set("Origin", workbench.url).send(call.body ?? {});
    },
    get: async (name, call) => {
      const response = await api.send(name, call);
      if (response.status !== 200) {
        throw new Error(`${name}: ${response.status} ${response.text}`);
      }
      return response.body;
    },
    stop: async () => {
      await workbench.stop();
      await rm(folder, { recursive: true });
    },
  };
  return api;
}

/** Follows a sign-in link; gives the cookie to send. */
export async function signIn(link: string): Promise<string> {
  const { origin, pathname, search } = new URL(link);
  const response = await request(origin).get(`${pathname}${search}`);
  return String(response.headers["set-cookie"]).split(";")[0] ?? "";
}

export function pathOf(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/:([a-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? "unknown"));
}

/** The first element of a list that must not be empty. */
export function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) {
    throw new Error("the list is empty");
  }
  return item;
}
