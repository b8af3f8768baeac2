import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request, { type Test } from "supertest";
import { type RouteBody, type RouteName, type RouteQuery, type RouteResponse, routes } from "#contracts/api";
import type { RunningServer } from "../../server/cli/serve.ts";
import { type Config, readConfig, type Setting } from "../../server/config.ts";
import { startWorkbench } from "../../server/main.ts";

/** Password hashes that take no time. */
export const cheapHashes = { cost: 2 ** 4, blockSize: 8, parallelization: 1 };

/** A Wednesday noon, so that the sample is about the Tuesday before. Epoch milliseconds. */
export const wednesday = Date.UTC(2026, 5, 17, 12);

export interface Call<N extends RouteName> {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: RouteQuery<N>;
  readonly body?: RouteBody<N>;
  /** The session to call with, if not that of the local administrator. */
  readonly cookie?: string;
  /** The host name by which the server is called, if not by its address. */
  readonly hostName?: string;
  /** Whose session that is. */
  readonly actor?: string;
}

export interface TestApi {
  readonly workbench: RunningServer;
  readonly config: Config;
  /** The own folder of playbooks. */
  readonly playbooks: string;
  readonly cookie: string;
  /** Advances the clock, in milliseconds. Sessions expire with it. */
  wait(milliseconds: number): void;
  /** A new session for the calls from now on. */
  signInAgain(): Promise<void>;
  /** Calls a route, signed in and from the same origin. The response may be a refusal. */
  send<N extends RouteName>(name: N, call?: Call<N>): Test;
  /** As `send`, for calls that must succeed: returns the body, which the server has checked against its schema. */
  get<N extends RouteName>(name: N, call?: Call<N>): Promise<RouteResponse<N>>;
  stop(): Promise<void>;
}

/**
 * The workbench on a SQLite file in a temporary folder and on a free port, signed in. Every response is checked against
 * the schema of its route.
 */
export async function startApi(settings: Partial<Record<Setting, string>> = {}): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), "stemma-api-"));
  const ownPlaybooks = join(folder, "playbooks");
  await mkdir(ownPlaybooks);
  const config = readConfig(
    {},
    {
      STEMMA_PLAYBOOKS: ownPlaybooks,
      STEMMA_PORT: "0",
      STEMMA_CHECK_ANSWERS: "on",
      STEMMA_ANALYST: "lena",
      STEMMA_LOG: "silent",
      STEMMA_RULE_ROOTS: tmpdir(),
      ...settings,
    },
    folder,
  );
  if (!config.ok) {
    throw new Error(JSON.stringify(config.error));
  }
  let now = wednesday;
  const started = await startWorkbench(config.value, { now: () => now, passwordCost: cheapHashes });
  if (!started.ok) {
    throw new Error(started.error.message);
  }
  const workbench = started.value;
  let cookie = await signIn(workbench.signInLink());
  const api: TestApi = {
    playbooks: ownPlaybooks,
    workbench,
    config: config.value,
    get cookie() {
      return cookie;
    },
    signInAgain: async () => {
      cookie = await signIn(workbench.signInLink());
    },
    wait: (milliseconds) => {
      now += milliseconds;
    },
    send: (name, call = {}) => {
      const { method, path } = routes[name];
      const test = request(workbench.url)
        [method](pathOf(path, call.params ?? {}))
        .query(call.query ?? {});
      const { host, port } = new URL(workbench.url);
      const authority = call.hostName === undefined ? host : `${call.hostName}:${port}`;
      const signed = test.set("Cookie", call.cookie ?? cookie).set("Host", authority);
      return method === "get" ? signed : signed.set("Origin", `http://${authority}`).send(call.body ?? {});
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

/** A port that nobody uses now: for what has to know the address of a server before it starts. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Opens a sign-in link; returns the cookie to send. */
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
