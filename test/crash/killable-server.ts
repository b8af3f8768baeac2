import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const launcher = join(import.meta.dirname, "../../server/stemma.js");

/** A `stemma serve` in a process of its own, called by somebody who is signed in. */
export interface KillableServer {
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  /** Ends it as a power failure would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a server on a database, with the rules of a folder only. */
export async function startKillable(store: string, rules: string): Promise<KillableServer> {
  const args = ["serve", "--port", "0", "--db", store, "--no-sample", "--rules", rules];
  const child = spawn(process.execPath, [launcher, ...args], {
    env: { ...process.env, STEMMA_LOG: "silent" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  };
  try {
    let printed = "";
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      printed += String(chunk);
      if (printed.includes("Ctrl C")) {
        break;
      }
    }
    child.stdout.resume();
    const link = /http\S+sign-in\S+/.exec(printed)?.[0] ?? "";
    const { origin } = new URL(link);
    const signedIn = await fetch(link, { redirect: "manual" });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const call = async (path: string, rest: RequestInit): Promise<unknown> => {
      const headers = { cookie, origin, "content-type": "application/json" };
      const answer = await fetch(`${origin}/api/v1${path}`, { ...rest, headers });
      if (!answer.ok) {
        throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      }
      return answer.json();
    };
    return {
      get: (path) => call(path, {}),
      post: (path, body) => call(path, { method: "POST", body: JSON.stringify(body) }),
      kill,
    };
  } catch (error) {
    await kill();
    throw error;
  }
}
