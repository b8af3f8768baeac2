import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import pino, { type Logger } from "pino";
import type { Problem } from "#contracts/problem";
import { lockForServer, openStore, version } from "./cli/open.ts";
import type { StartWorkbench } from "./cli/serve.ts";
import type { Config } from "./config.ts";
import { parseEqlCondition } from "./detection/languages/eql/eql.ts";
import type { Detector } from "./detection/rule.ts";
import { createApp } from "./http/app.ts";
import { createHandlers } from "./http/handlers.ts";
import { allowedHostNames } from "./http/same-origin.ts";
import { SignIn } from "./http/sign-in.ts";
import { readEvents } from "./ingest/read.ts";
import { fail, ok, type Result } from "./lib/result.ts";
import { type IngestProgress, ingest } from "./pipeline/ingest.ts";
import { loadPlaybooks } from "./playbooks/load.ts";
import { RuleBook } from "./ruleset/rule-book.ts";
import { RuleRuns } from "./ruleset/runs.ts";
import { sampleCapture } from "./sample/generate.ts";
import { auditHash } from "./store/audit/chain.ts";
import type { Store } from "./store/port.ts";

/** The composition root: the one place that knows which adapters stand behind the ports. */

/** Name of the bundled sample in the list of ingests and in the sources of its events. */
export const sampleName = "sample-capture.ndjson";

/** The log goes to standard error as JSON lines: ids and counts, never command lines, tokens or cookies. */
function createLog(level: Config["logLevel"]): Logger {
  return pino({ level, base: undefined, redact: ["token", "cookie", "*.token", "*.cookie"] }, pino.destination(2));
}

/** How often a server looks whether another one on the same store has turned rules on or off; milliseconds. */
const FOLLOW_RULES = 3_000;

/** Starts the workbench: lock, store, rules, playbooks, sample where the store is empty, then the socket. */
export const startWorkbench: StartWorkbench = async (config, { now, onSample, signal }) => {
  const log = createLog(config.logLevel);
  const lock = lockForServer(config);
  if (!lock.ok) {
    return lock;
  }
  const opened = await openStore(config, { readOnly: false });
  if (!opened.ok) {
    lock.value.release();
    return opened;
  }
  const store = opened.value;
  const release = async () => {
    await store.close();
    lock.value.release();
  };
  try {
    const [rules, { playbooks, problems: playbookProblems }] = await Promise.all([
      RuleBook.open({ store, configured: config.ruleFolders, now }),
      loadPlaybooks(config.playbookFolders, parseEqlCondition),
    ]);
    if (config.sample && (await store.events.count()) === 0) {
      await loadSample(store, rules.current.detector, { now, onProgress: onSample, signal });
    }
    const runs = new RuleRuns(store, now);
    const following = setInterval(() => {
      rules.refresh().catch((error: unknown) => log.error({ error: String(error) }, "rules could not be refreshed"));
    }, FOLLOW_RULES);
    following.unref();
    const signIn = new SignIn(now, config.sessionMilliseconds);
    const app = createApp({
      handlers: createHandlers({
        store,
        rules,
        runs,
        playbooks,
        now,
        analyst: config.analyst,
        version,
        auditHash,
        isSample: async () => (await store.ingests.all(500)).some(({ paths }) => paths.includes(sampleName)),
      }),
      signIn,
      log,
      analyst: config.analyst,
      version,
      hostNames: allowedHostNames(config.host, config.hostNames, config.url),
      cookieName: `stemma_${config.port}`,
      secure: config.url?.startsWith("https:") === true,
      sessionLifetime: config.sessionMilliseconds,
      checkAnswers: config.checkAnswers,
      web: config.web,
    });
    const server = createServer(app);
    const listening = await listen(server, config);
    if (!listening.ok) {
      clearInterval(following);
      await release();
      return listening;
    }
    const url = config.url ?? listening.value;
    return ok({
      url,
      store,
      rules,
      playbooks,
      playbookProblems,
      signInLink: () => `${url.replace(/\/$/, "")}/sign-in?token=${signIn.issueLink()}`,
      stop: async () => {
        clearInterval(following);
        runs.close();
        await closed(server);
        await release();
      },
    });
  } catch (error) {
    await release();
    throw error;
  }
};

/** Takes the bundled sample in, the way that every capture goes. */
async function loadSample(
  store: Store,
  detector: Detector,
  options: {
    readonly now: () => number;
    readonly onProgress?: (progress: IngestProgress) => void;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  async function* lines(): AsyncGenerator<Uint8Array> {
    for (const line of sampleCapture(options.now())) {
      yield Buffer.from(`${line}\n`);
    }
  }
  async function* batches() {
    for await (const batch of readEvents(["-"], { stdin: lines() })) {
      const events = batch.events.map(({ event, original }) => ({
        event: { ...event, source: { ...event.source, file: sampleName } },
        original,
      }));
      yield { ...batch, file: sampleName, events };
    }
  }
  await ingest({
    store,
    detector,
    paths: [sampleName],
    actor: "stemma",
    clock: options.now,
    onProgress: options.onProgress,
    signal: options.signal,
    batches: batches(),
  });
}

function listen(server: Server, config: Config): Promise<Result<string, Problem>> {
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const where = `${config.host}, port ${config.port}`;
      resolve(
        fail({
          code: "server.listen-failed",
          message:
            error.code === "EADDRINUSE" ? `${where} is in use by another program.` : `${where}: ${error.message}`,
          remedy: "Choose another port with --port (0 takes any free one).",
        }),
      );
    });
    server.listen(config.port, config.host, () => {
      // A TCP server that listens has an address with a port.
      const { port } = server.address() as AddressInfo;
      const host = config.host === "0.0.0.0" || config.host === "::" ? "localhost" : config.host;
      resolve(ok(`http://${host.includes(":") ? `[${host}]` : host}:${port}`));
    });
  });
}

/** Waits for answers under way, at most two seconds; connections that browsers merely keep open are cut. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatient = setTimeout(() => server.closeAllConnections(), 2000);
    server.close(() => {
      clearTimeout(impatient);
      resolve();
    });
    server.closeIdleConnections();
  });
}
