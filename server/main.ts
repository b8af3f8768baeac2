import type { RequestListener } from "node:http";
import pino, { type Logger } from "pino";
import { rolePermissions } from "#contracts/roles";
import { lockForServer, openStore, version } from "./cli/open.ts";
import type { StartWorkbench } from "./cli/serve.ts";
import type { Config } from "./config.ts";
import { parseEqlCondition } from "./detection/languages/eql/eql.ts";
import { createApp } from "./http/app.ts";
import type { Identify } from "./http/caller.ts";
import { followRenewals } from "./http/certificate.ts";
import type { AppContext } from "./http/context.ts";
import { type OpenDoors, openDoors } from "./http/doors.ts";
import { clientAddressOf } from "./http/forwarding.ts";
import { createHandlers } from "./http/handlers.ts";
import { closeServer, listen } from "./http/listen.ts";
import { createLimitedServer } from "./http/server.ts";
import { cookieOf, SignIn } from "./http/sign-in.ts";
import { ok } from "./lib/result.ts";
import { ingestLines } from "./pipeline/ingest-lines.ts";
import { loadPlaybooks } from "./playbooks/load.ts";
import { RuleBook } from "./ruleset/rule-book.ts";
import { RuleRuns } from "./ruleset/runs.ts";
import { sampleCapture } from "./sample/generate.ts";
import { WorkPool } from "./work/pool.ts";
import { threadsOf } from "./work/start-thread.ts";

/** The composition root: the one place that knows which adapters implement the ports. */

/** Name of the bundled sample in the list of ingests and in the sources of its events. */
const sampleName = "sample-capture.ndjson";

/** Milliseconds between two checks whether another server on the same store turned rules on or off. */
const ruleRefreshInterval = 3_000;

/** Starts the workbench: lock, store, rules, playbooks, the sample if the store is empty, then the socket. */
export const startWorkbench: StartWorkbench = async (config, { now, onSample, signal }) => {
  const log = createLog(config.logLevel);
  const doors = openDoors(config, now());
  if (!doors.ok) {
    return doors;
  }
  const { certificate } = doors.value;
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
      RuleBook.open({ store, configured: config.ruleFolders, roots: config.ruleRoots, now }),
      loadPlaybooks(config.playbookFolders, parseEqlCondition),
    ]);
    if (config.sample && (await store.events.count()) === 0) {
      const capture = { file: sampleName, lines: sampleCapture(now()) };
      const { detector } = rules.current;
      await ingestLines(store, detector, capture, { actor: { name: "stemma" }, now, onProgress: onSample, signal });
    }
    const work = new WorkPool({
      workers: config.workers,
      start: threadsOf(new URL("./worker.ts", import.meta.url), config),
      ruleset: () => rules.current,
      now,
      onBug: (error) => log.error({ event: "work.failed", err: error }),
    });
    const runs = new RuleRuns(store, (input, options) => work.run("ruleRun", input, options));
    const signIn = new SignIn(now, config.sessionMilliseconds);
    const isSample = async () => (await store.ingests.all(500)).some(({ paths }) => paths.includes(sampleName));
    const context = { store, rules, runs, playbooks, work, now, version, isSample };
    const server = createLimitedServer(appOf(config, context, signIn, doors.value, log), certificate, log);
    const listening = await listen(server, { ...config, scheme: certificate === undefined ? "http" : "https" });
    if (!listening.ok) {
      await release();
      return listening;
    }
    const refreshing = refreshRules(rules, log);
    const renewals = config.tls && certificate && followRenewals(server, config.tls, certificate, { log, now });
    const url = config.url ?? listening.value;
    return ok({
      url,
      store,
      rules,
      playbooks,
      playbookProblems,
      warnings: [...config.warnings, ...doors.value.warnings],
      signInLink: () => `${url.replace(/\/$/, "")}/sign-in?token=${signIn.issueLink()}`,
      stop: async () => {
        clearInterval(refreshing);
        renewals?.stop();
        runs.close();
        await closeServer(server, config.stopMilliseconds);
        await work.close();
        await release();
      },
    });
  } catch (error) {
    await release();
    throw error;
  }
};

/** The log goes to standard error as JSON lines: ids and counts, never command lines, tokens or cookies. */
function createLog(level: Config["logLevel"]): Logger {
  return pino({ level, base: undefined, redact: ["token", "cookie", "*.token", "*.cookie"] }, pino.destination(2));
}

function appOf(config: Config, context: AppContext, signIn: SignIn, doors: OpenDoors, log: Logger): RequestListener {
  // Browsers accept a cookie with this prefix only from the host itself, by https and for all paths.
  const cookieName = `${doors.secure ? "__Host-" : ""}stemma_${config.port}`;
  return createApp({
    handlers: createHandlers(context),
    signIn,
    identify: localAdministrator(config, signIn, cookieName),
    cookie: {
      name: cookieName,
      secure: doors.secure,
      lifetime: config.sessionMilliseconds,
    },
    log,
    version,
    hostNames: doors.hostNames,
    doors,
    now: context.now,
    checkResponses: config.checkResponses,
    web: config.web,
  });
}

/** Whoever opened a sign-in link is the local administrator. */
function localAdministrator({ analyst }: Config, signIn: SignIn, cookieName: string): Identify {
  const permissions = new Set(rolePermissions.administrator);
  return async (request) =>
    signIn.isSignedIn(cookieOf(request.headers.cookie, cookieName))
      ? {
          actor: { name: analyst, origin: { account: "local", method: "link", address: clientAddressOf(request) } },
          role: "administrator",
          permissions,
        }
      : undefined;
}

function refreshRules(rules: RuleBook, log: Logger): NodeJS.Timeout {
  const timer = setInterval(() => {
    rules.refresh().catch((error: unknown) => log.error({ error: String(error) }, "rules could not be refreshed"));
  }, ruleRefreshInterval);
  return timer.unref();
}
