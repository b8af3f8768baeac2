import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { rounded } from "./bench.ts";
import { type Client, createClient } from "./load-client.ts";

/** A `stemma serve` in a process of its own, with people who are signed in. */
export interface LoadedServer {
  /** The first is the administrator of the printed link. */
  readonly people: readonly Client[];
  /** Whether each client is a person of their own. */
  readonly accounts: boolean;
  resources(): Resources;
  /** Of the last 30 to 60 seconds; undefined for a version of Stemma that does not measure it. */
  loopDelay(): Promise<LoopDelay | undefined>;
  stop(): Promise<void>;
}

/** How late the thread that answers requests was, in milliseconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

export interface Resources {
  readonly processorSeconds: number;
  /** To disks, in bytes. */
  readonly written: number;
  readonly memory: Memory | undefined;
}

/** As Linux counts it, in bytes. A page of the database that is mapped counts as resident once per mapping. */
export interface Memory {
  readonly resident: number;
  readonly peak: number;
  /** Without pages of files: what the process itself has allocated. */
  readonly allocated: number;
}

export interface ServerOptions {
  /** The folder of the version of Stemma to start. */
  readonly checkout: string;
  /** The file of the database. */
  readonly store: string;
  readonly rules: string;
}

export async function startServer(options: ServerOptions, people: number): Promise<LoadedServer> {
  const { checkout, store, rules } = options;
  const child = stemma(checkout, ["serve", "--port", "0", "--db", store, "--no-sample", "--rules", rules]);
  try {
    const link = await printedLink(child);
    const base = new URL(link).origin;
    const cookie = await cookieFor(link);
    const versioned = await fetch(`${base}/api/v1/me`, { headers: { cookie } });
    const api = versioned.ok ? "/api/v1" : "/api";
    const first = createClient(base, api, cookie);
    const invited = await inviteAll(first, people - 1);
    const others = await Promise.all(
      Array.from({ length: people - 1 }, async (_, index) => {
        const own = invited?.[index];
        return createClient(base, api, own === undefined ? cookie : await cookieFor(own));
      }),
    );
    const clients = [first, ...others];
    return {
      people: clients,
      accounts: invited !== undefined,
      resources: () => resourcesOf(child),
      loopDelay: () => loopDelayOf(base),
      stop: async () => {
        for (const client of clients) {
          client.close();
        }
        await end(child);
      },
    };
  } catch (error) {
    await end(child);
    throw error;
  }
}

/** Starts a command of a checkout with the Node of this process and its flags, such as `--cpu-prof`. */
export function stemma(checkout: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, join(checkout, "server", "cli.ts"), ...args], {
    cwd: checkout,
    env: { ...process.env, STEMMA_LOG: "silent" },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function printedLink(child: ChildProcess): Promise<string> {
  if (child.stdout === null) {
    throw new Error("the server has no output");
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const link = /https?:\S+sign-in\?token=\S+/.exec(line)?.[0];
    if (link !== undefined) {
      child.stdout.resume();
      return link;
    }
  }
  throw new Error("the server ended before it printed a sign-in link");
}

async function cookieFor(link: string): Promise<string> {
  const opened = await fetch(link, { redirect: "manual" });
  await opened.arrayBuffer();
  const cookie = opened.headers.getSetCookie()[0]?.split(";")[0];
  if (cookie === undefined) {
    throw new Error(`a sign-in link was refused: ${opened.status}`);
  }
  return cookie;
}

async function loopDelayOf(base: string): Promise<LoopDelay | undefined> {
  const answer = await fetch(`${base}/metrics`);
  const text = await answer.text();
  const milliseconds = (name: string): number | undefined => {
    const value = new RegExp(`^stemma_event_loop_delay_${name}_seconds (\\S+)$`, "m").exec(text)?.[1];
    return value === undefined ? undefined : rounded(Number(value) * 1000);
  };
  const [p50, p99, worst] = [milliseconds("p50"), milliseconds("p99"), milliseconds("max")];
  return p50 === undefined || p99 === undefined || worst === undefined ? undefined : { p50, p99, worst };
}

const invitation = z.object({ link: z.string() });

/** Sign-in links of new people, half of them authors; undefined for a version of Stemma without accounts. */
async function inviteAll(administrator: Client, people: number): Promise<readonly string[] | undefined> {
  const links: string[] = [];
  for (let index = 0; index < people; index += 1) {
    const userName = `person-${index}`;
    const role = index % 2 === 0 ? "author" : "analyst";
    const answer = await administrator.call("/people", { method: "POST", body: { userName, name: userName, role } });
    if (answer.kind === "failed") {
      if (answer.code === "route.not-found") {
        return undefined;
      }
      throw new Error(`a person could not be added: ${answer.code}`);
    }
    links.push(invitation.parse(JSON.parse(answer.text)).link);
  }
  return links;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
}

/** Clock ticks per second of `/proc`. */
const TICKS = 100;

function resourcesOf({ pid }: ChildProcess): Resources {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const bytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
    const written = Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1] ?? 0);
    // The name in parentheses can contain blanks; user and system time are the 14th and 15th field.
    const fields = (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1] ?? "").split(" ");
    return {
      processorSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
      written,
      memory: { resident: bytes("VmRSS"), peak: bytes("VmHWM"), allocated: bytes("RssAnon") },
    };
  } catch {
    // Only Linux has /proc.
    return { processorSeconds: 0, written: 0, memory: undefined };
  }
}
