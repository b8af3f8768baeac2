import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import neo4j from "neo4j-driver";
import { neo4jClassPath } from "./class-path.ts";

export interface Neo4jAddress {
  /** `bolt://…`; the same server accepts `neo4j://…`. */
  readonly address: string;
  readonly user: string;
  readonly password: string;
}

const user = "neo4j";
const password = "only-for-the-tests";
/** How long a start may take, in milliseconds: about six seconds on an idle machine, much longer on a busy one. */
const START_TIMEOUT = 90_000;

/** The shell kills the JVM when its standard input closes: when the process that started it ends, however it ends. */
const guardedJava = `exec 3<&0; java "$@" 3<&- & java=$!; (cat <&3; kill -9 $java) & wait $java`;

/** A real Neo4j server with its own data folder under the system's temporary folder. */
export class Neo4jServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "stemma-neo4j-"));
  #port: number | undefined;
  #process: ChildProcess | undefined;

  /** Starts it, always on the same port, and waits until it responds. */
  async start(options: { readonly readOnly?: boolean } = {}): Promise<Neo4jAddress> {
    const isFirst = this.#port === undefined;
    this.#port ??= await freePort();
    const conf = join(this.#folder, "conf");
    mkdirSync(conf, { recursive: true });
    writeFileSync(join(conf, "neo4j.conf"), settings(this.#port, options.readOnly ?? false));
    this.#process = spawn(
      "sh",
      [
        "-c",
        guardedJava,
        "sh",
        "-Xms256m",
        "-Xmx768m",
        "-XX:+UseSerialGC",
        // A test run ends before the optimising compiler would pay off.
        "-XX:TieredStopAtLevel=1",
        // Without that compiler the default is too small for all that a run compiles: it would be thrown out again.
        "-XX:ReservedCodeCacheSize=256m",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--add-opens=java.base/java.io=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "-cp",
        await neo4jClassPath(),
        "org.neo4j.server.CommunityEntryPoint",
        `--home-dir=${this.#folder}`,
        `--config-dir=${conf}`,
      ],
      { stdio: ["pipe", "ignore", "ignore"], detached: true },
    );
    const address = `bolt://127.0.0.1:${this.#port}`;
    if (isFirst) {
      await waitUntilReady(address, "neo4j", this.#process, this.#folder);
      await setPassword(address);
    }
    await waitUntilReady(address, password, this.#process, this.#folder);
    return { address, user, password };
  }

  /** Kills it, like a power cut. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running?.pid !== undefined && running.exitCode === null && running.signalCode === null) {
      const closed = new Promise((resolve) => running.once("close", resolve));
      process.kill(-running.pid, "SIGKILL");
      await closed;
    }
  }

  /** Ends it in order: everything is written to the database, which then needs no recovery at the next start. */
  async stop(): Promise<void> {
    const group = this.#process?.pid;
    this.#signal("SIGTERM");
    while (group !== undefined && isAlive(group)) {
      await setTimeout(50);
    }
    this.#process = undefined;
  }

  /**
   * Stops its threads but keeps its connections, like a machine that hangs, and lets them run again. Ends when all of
   * them have stopped: on a busy machine some of them go on for a moment.
   */
  async pause(): Promise<void> {
    this.#signal("SIGSTOP");
    while (this.#process?.pid !== undefined && isRunning(this.#process.pid)) {
      await setTimeout(5);
    }
  }
  resume(): void {
    this.#signal("SIGCONT");
  }

  #signal(signal: "SIGTERM" | "SIGSTOP" | "SIGCONT"): void {
    if (this.#process?.pid !== undefined) {
      process.kill(-this.#process.pid, signal);
    }
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function settings(port: number, readOnly: boolean): string {
  return [
    `server.bolt.listen_address=127.0.0.1:${port}`,
    `server.bolt.advertised_address=127.0.0.1:${port}`,
    "server.http.enabled=false",
    "server.memory.pagecache.size=96m",
    "db.tx_log.preallocate=false",
    "db.tx_log.rotation.retention_policy=false",
    "dbms.usage_report.enabled=false",
    // Each query is planned once per run, although tests empty and fill the database again, and whatever the sizes of
    // its parameters are.
    "dbms.cypher.min_replan_interval=1h",
    "internal.cypher.use_parameter_size=false",
    `server.databases.default_to_read_only=${readOnly}`,
    "",
  ].join("\n");
}

async function waitUntilReady(address: string, secret: string, process: ChildProcess, folder: string): Promise<void> {
  const driver = neo4j.driver(address, neo4j.auth.basic(user, secret), { connectionTimeout: 1_000 });
  try {
    for (const started = Date.now(); ; ) {
      try {
        await driver.getServerInfo({ database: "system" });
        return;
      } catch (error) {
        if (secret === "neo4j" && error instanceof Error && error.message.includes("password")) {
          return;
        }
        if (process.exitCode !== null || Date.now() - started > START_TIMEOUT) {
          throw new Error(`Neo4j did not start: ${String(error)}\n${lastLines(join(folder, "logs", "neo4j.log"))}`);
        }
        await setTimeout(100);
      }
    }
  } finally {
    await driver.close();
  }
}

async function setPassword(address: string): Promise<void> {
  const driver = neo4j.driver(address, neo4j.auth.basic(user, "neo4j"));
  await driver.executeQuery(
    "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password",
    { password },
    { database: "system" },
  );
  await driver.close();
}

/** Whether a process group has a process. */
function isAlive(group: number): boolean {
  return readdirSync("/proc").some((pid) => {
    const status = /^\d+$/.test(pid) ? statusOf(`/proc/${pid}/stat`) : undefined;
    return status?.group === group && status.state !== "Z";
  });
}

/** Whether a thread of a process group is not stopped. */
function isRunning(group: number): boolean {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && statusOf(`/proc/${pid}/stat`)?.group === group)
    .some((pid) =>
      readdirSync(`/proc/${pid}/task`).some((thread) => {
        const status = statusOf(`/proc/${pid}/task/${thread}/stat`);
        return status !== undefined && !"TZX".includes(status.state);
      }),
    );
}

/** The state and the process group in a `stat` of proc(5); undefined for a process or thread that has ended. */
function statusOf(file: string): { readonly state: string; readonly group: number } | undefined {
  try {
    const [state = "", , group] = readFileSync(file, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { state, group: Number(group) };
  } catch {
    return undefined;
  }
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, "utf8").split("\n").slice(-20).join("\n");
  } catch {
    return "there is no log";
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
