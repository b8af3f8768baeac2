import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import type { Problem, RequestProblem } from "#contracts/problem";
import { refreshDemanded } from "./alerting/refresh-demands.ts";
import { Announcer } from "./changes/announcer.ts";
import { ChangeWatch } from "./changes/watch.ts";
import { openLog } from "./cli/log.ts";
import { lockForServer, openForServing, version } from "./cli/open.ts";
import type { StartWorkbench } from "./cli/serve.ts";
import { openWhenUp } from "./cli/store-wait.ts";
import type { Config } from "./config.ts";
import { prepareDelivery } from "./delivery/prepare.ts";
import { DeliverySender } from "./delivery/sender.ts";
import type { Rule } from "./detection/rule.ts";
import { createApp } from "./http/app.ts";
import { followRenewals } from "./http/certificate.ts";
import { ChangeStreams } from "./http/change-streams.ts";
import type { AppContext } from "./http/context.ts";
import { type OpenDoors, openDoors } from "./http/doors.ts";
import { createHandlers } from "./http/handlers.ts";
import { identifyBy } from "./http/identify.ts";
import { closeServer, listen } from "./http/listen.ts";
import type { Monitoring } from "./http/monitoring/answers.ts";
import { Health } from "./http/monitoring/health.ts";
import { Metrics } from "./http/monitoring/metrics.ts";
import { openMonitoringPort } from "./http/monitoring/port.ts";
import { createLimitedServer } from "./http/server.ts";
import { fail, ok } from "./lib/result.ts";
import { SignInAttempts } from "./people/attempts.ts";
import { Challenges } from "./people/challenges.ts";
import { IdentityProvider } from "./people/identity-provider.ts";
import { PrintedLink } from "./people/links.ts";
import { PasswordHasher, type ScryptCost } from "./people/password.ts";
import { Sessions } from "./people/sessions.ts";
import type { SignInContext } from "./people/sign-in.ts";
import { ingestLines } from "./pipeline/ingest-lines.ts";
import { PlaybookBook } from "./playbooks/book.ts";
import { RuleBook } from "./ruleset/rule-book.ts";
import { RuleRuns } from "./ruleset/runs.ts";
import { sampleCapture } from "./sample/generate.ts";
import type { AuditHead, NotedEnds } from "./store/audit/port.ts";
import { toleratingDamage } from "./store/damage.ts";
import { StoreFailure } from "./store/failure.ts";
import type { Store } from "./store/port.ts";
import { problemsOfEnd } from "./triage/audit-notes.ts";
import { interruptLeftBatches } from "./triage/batch/batches.ts";
import { receiverName, receiversOf } from "./triage/deliveries.ts";
import { WorkPool } from "./work/pool.ts";
import { threadsOf } from "./work/start-thread.ts";

/** The composition root: the one place that knows which adapters implement the ports. */

/** Name of the bundled sample in the list of ingests and in the sources of its events. */
const sampleName = "sample-capture.ndjson";

/** Milliseconds between two checks whether another server on the same store turned rules on or off. */
const ruleRefreshInterval = 3_000;

/** Starts the workbench: lock, store, rules, playbooks, the sample if the store is empty, then the socket. */
export const startWorkbench: StartWorkbench = async (config, options) => {
  const { now, onSample, signal, passwordCost } = options;
  const doors = openDoors(config, now());
  if (!doors.ok) {
    return doors;
  }
  const { certificate } = doors.value;
  const openedLog = openLog(config);
  if (!openedLog.ok) {
    return openedLog;
  }
  const { log, close: closeLog } = openedLog.value;
  const lock = lockForServer(config);
  if (!lock.ok) {
    closeLog();
    return lock;
  }
  const opened = await openWhenUp(() => openForServing(config), {
    timeout: config.storeWaitMilliseconds,
    signal,
    onWaiting(problem) {
      log.info({ event: "store.awaited", code: problem.code, seconds: config.storeWaitMilliseconds / 1000 });
      options.onStoreAwaited?.(problem);
    },
  });
  if (!opened.ok) {
    lock.value.release();
    closeLog();
    return opened;
  }
  const store = opened.value;
  const endOfTrail = await noteTrail(store, log, "at the start");
  const release = async () => {
    await noteTrail(store, log, "at the end");
    await store.close();
    lock.value.release();
    closeLog();
  };
  try {
    const rules = await RuleBook.open({ store, configured: config.ruleFolders, roots: config.ruleRoots, now });
    const playbooks = await PlaybookBook.open({
      folders: config.playbookFolders,
      shipped: config.shippedPlaybooks,
      ruleOf: (id) => rules.current.byId.get(id),
    });
    if (config.sample && (await store.events.count()) === 0) {
      const capture = { file: sampleName, lines: sampleCapture(now()) };
      const { detector } = rules.current;
      await ingestLines(store, detector, capture, { actor: { name: "stemma" }, now, onProgress: onSample, signal });
    }
    if (lock.value.writers !== "none") {
      const change = { actor: { name: "stemma" }, at: now(), newId: randomUUID, receivers: receiversOf(config) };
      await interruptLeftBatches(store, change, lock.value.writers === "this");
    }
    const work = new WorkPool({
      workers: config.workers,
      start: threadsOf(new URL("./worker.ts", import.meta.url), config),
      content: () => ({ ruleset: rules.current, playbooks: playbooks.all }),
      now,
      onBug: (error) => log.error({ event: "work.failed", err: error }),
    });
    const runs = new RuleRuns(store, (input, options) => work.run("ruleRun", input, options));
    const watch = new ChangeWatch(store, (err) => log.error({ event: "changes.not-seen", err }));
    const announcer = new Announcer(store.watchers, Date.now, (err) => log.error({ event: "watchers.not-told", err }));
    const streams = new ChangeStreams(watch, announcer);
    const metrics = new Metrics({ store, work: () => work.state(), streams: () => streams.open, now });
    const monitoring: Monitoring = { health: new Health(() => store.settings.get("rules")), metrics };
    const people = signInContext(config, store, now, passwordCost, { log, metrics });
    const isSample = async () => {
      const { value: page } = await toleratingDamage(() => store.ingests.page({ limit: 500 }));
      return page.items.some(({ paths }) => paths.includes(sampleName));
    };
    let url = config.url ?? "";
    const context: AppContext = {
      ...{ store, rules, runs, people, playbooks, work, now, version, isSample },
      deliveries: { receivers: receiversOf(config), evidence: config.evidence !== undefined },
      refused: (attempt) => {
        metrics.countSignIn(attempt.method, attempt.code === "sign-in.rate-limited" ? "limited" : "refused");
        log.warn({ event: "sign-in.refused", ...attempt });
      },
      settings: config.effective,
      url: () => url,
    };
    const sender = deliverySender(config, context, log, metrics);
    const app = appOf(config, { context, streams, doors: doors.value, monitoring, log });
    const limited = createLimitedServer(app, certificate, log);
    const { server } = limited;
    const abandon = async (problem: Problem) => {
      metrics.close();
      await release();
      return fail(problem);
    };
    const monitor = await openMonitoringPort(config.metricsPort, monitoring);
    if (!monitor.ok) {
      return abandon(monitor.error);
    }
    const listening = await listen(server, { ...config, scheme: certificate === undefined ? "http" : "https" });
    if (!listening.ok) {
      await monitor.value.close();
      return abandon(listening.error);
    }
    work.warm();
    sender.start();
    const stopping = new AbortController();
    const demands = refreshLeftOver(store, rules.current.byId, log, stopping.signal);
    const refreshing = refreshRules(rules, log);
    const renewals = config.tls && certificate && followRenewals(server, config.tls, certificate, { log, now });
    url = config.url ?? listening.value;
    return ok({
      url,
      store,
      rules,
      playbooks,
      playbookProblems: playbooks.problems,
      warnings: [...config.warnings, ...doors.value.warnings, ...endOfTrail],
      log,
      metricsUrl: monitor.value.url,
      signInLink: () => `${url.replace(/\/$/, "")}/sign-in?token=${people.printedLink.issue()}`,
      stop: async () => {
        monitoring.health.stop();
        clearInterval(refreshing);
        stopping.abort();
        renewals?.stop();
        runs.close();
        streams.close();
        await closeServer(limited, config.stopMilliseconds);
        await sender.stop();
        // Until now it has said that the server is stopping.
        await monitor.value.close();
        metrics.close();
        await work.close();
        await demands;
        await people.sessions.close();
        await release();
      },
    });
  } catch (error) {
    await release();
    throw error;
  }
};

/** Milliseconds for reading the end of the trail: a silent store must not keep a server from stopping. */
const TRAIL_TIMEOUT = 2_000;

/** Notes the end of the audit trail in the log, and says if it is before what was noted beside the database. */
async function noteTrail(store: Store, log: Logger, when: "at the start" | "at the end"): Promise<readonly Problem[]> {
  let read: readonly [AuditHead | undefined, NotedEnds];
  try {
    read = await Promise.race([
      Promise.all([store.audit.head(), store.audit.noted()]),
      setTimeout(TRAIL_TIMEOUT, undefined, { ref: false }).then(() => Promise.reject(new StoreFailure(silentStore))),
    ]);
  } catch (error) {
    if (!(error instanceof StoreFailure)) {
      throw error;
    }
    log.error({ event: "audit.head-unread", when, code: error.problem.code });
    return [error.problem];
  }
  const [head, noted] = read;
  log.info({ event: "audit.head", when, ...head });
  return problemsOfEnd(head, noted);
}

const silentStore: RequestProblem = {
  code: "store.unavailable",
  message: "the store does not say how the audit trail ends",
};

interface AppSources {
  readonly context: AppContext;
  readonly streams: ChangeStreams;
  readonly doors: OpenDoors;
  readonly monitoring: Monitoring;
  readonly log: Logger;
}

function appOf(config: Config, { context, streams, doors, monitoring, log }: AppSources): RequestListener {
  // Browsers accept a cookie with this prefix only from the host itself, by https and for all paths.
  const cookieName = `${doors.secure ? "__Host-" : ""}stemma_${config.port}`;
  return createApp({
    handlers: createHandlers(context),
    streams,
    people: context.people,
    identify: identifyBy(context.people.sessions, cookieName, log),
    cookie: {
      name: cookieName,
      secure: doors.secure,
      lifetime: config.sessionMilliseconds,
    },
    log,
    version,
    hostNames: doors.hostNames,
    doors,
    monitoring,
    now: context.now,
    url: context.url,
    checkResponses: config.checkResponses,
    web: config.web,
  });
}

function signInContext(
  config: Config,
  store: Store,
  now: () => number,
  passwordCost: ScryptCost | undefined,
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
): SignInContext {
  const times = { lifetime: config.sessionMilliseconds, idle: config.sessionIdleMilliseconds };
  return {
    store,
    now,
    sessions: new Sessions(
      store,
      now,
      times,
      (err) => log.error({ event: "session.use-not-stored", err }),
      (method) => metrics.countSignIn(method, "done"),
    ),
    attempts: new SignInAttempts(now),
    hasher: new PasswordHasher(passwordCost),
    challenges: new Challenges(now),
    printedLink: new PrintedLink(now),
    provider: config.oidc && {
      ...config.oidc,
      client: new IdentityProvider(config.oidc, now, (reason) =>
        log.warn({ event: "sign-in.provider-failed", reason }),
      ),
    },
    analyst: config.analyst,
  };
}

/**
 * Refreshes the alerts that an ingest which died left to be refreshed. A running ingest does that itself. See
 * docs/decisions/0052.
 */
async function refreshLeftOver(
  store: Store,
  rules: ReadonlyMap<string, Rule>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  try {
    const lease = await store.ingestLease();
    if (lease.ok) {
      await refreshDemanded(store, { signal, clock: Date.now, rules }).finally(lease.value.release);
    }
  } catch (error) {
    if (!signal.aborted) {
      log.error({ event: "alerts.not-refreshed", err: error });
    }
  }
}

/** Milliseconds between two looks for escalations to send, and for posting one. */
const deliveryInterval = 2_000;
const deliveryTimeout = 10_000;

/** Sends escalations to the receivers of the settings. */
function deliverySender(config: Config, context: AppContext, log: Logger, metrics: Metrics): DeliverySender {
  const { store, work, now, deliveries } = context;
  const { evidence } = config;
  return new DeliverySender({
    ...{ store, now, receivers: deliveries.receivers },
    post: {
      addresses: new Map(config.webhook?.targets.map((address) => [receiverName(address), address])),
      secret: config.webhook?.secret ?? "",
      ...{ version, timeout: deliveryTimeout },
    },
    prepare: async (delivery, signal) => {
      const { incidentKey: key, actor } = delivery;
      const request = { key, actor, now: now(), bundle: evidence !== undefined, version };
      const gathered = await work.run("gatherDelivery", request, { person: "stemma", signal });
      return gathered.ok
        ? prepareDelivery(delivery, gathered.value, { url: context.url(), evidence })
        : fail(gathered.error.message);
    },
    random: Math.random,
    interval: deliveryInterval,
    onAttempt: ({ id, ok: isDone, reason }) => {
      metrics.countDelivery(isDone ? "delivered" : "failed");
      log[isDone ? "info" : "warn"]({ event: "delivery.attempt", id, ok: isDone, reason });
    },
    onError: (error) => log.error({ event: "delivery.error", err: error }),
  });
}

function refreshRules(rules: RuleBook, log: Logger): NodeJS.Timeout {
  const timer = setInterval(() => {
    rules.refresh().catch((error: unknown) => log.error({ error: String(error) }, "rules could not be refreshed"));
  }, ruleRefreshInterval);
  return timer.unref();
}
