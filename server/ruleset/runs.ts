import type { RequestProblem } from "#contracts/problem";
import type { RuleHit, RuleRunRequest, RuleRunView } from "#contracts/rule-draft";
import type { Rule } from "../detection/rule.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { ruleOfVersion } from "./compare.ts";
import { ruleOfDraft } from "./draft.ts";
import type { Ruleset } from "./ruleset.ts";
import { type RunProgress, runRules } from "./run.ts";

interface Run {
  readonly view: () => RuleRunView;
  readonly stop: AbortController;
  readonly ended: () => boolean;
}

/** Runs kept for display; the oldest finished one is dropped first. */
const mostKept = 20;
/** Concurrent runs: each shares the thread that serves the pages. */
const mostRunning = 2;

/** Rule runs over stored events, started by one request and polled by others. Kept in memory. */
export class RuleRuns {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #runs = new Map<string, Run>();

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async start(request: RuleRunRequest, ruleset: Ruleset): Promise<Result<RuleRunView, RequestProblem>> {
    if ([...this.#runs.values()].filter((run) => !run.ended()).length >= mostRunning) {
      return fail({
        code: "rule-run.busy",
        message: `${mostRunning} runs are already in progress`,
        remedy: "Wait until one has finished, or stop it.",
      });
    }
    const window = { from: timeOf(request.from), to: timeOf(request.to) };
    const wrong = (["from", "to"] as const).find((edge) => Number.isNaN(window[edge]));
    if (wrong !== undefined) {
      return fail({
        code: "request.invalid",
        message: "must be a time in ISO 8601, such as 2026-01-31T09:00:00Z",
        at: { field: wrong },
      });
    }
    const rules = await this.#rulesOf(request.what, ruleset);
    if (!rules.ok) {
      return rules;
    }
    const run = this.#begin(request, rules.value, window);
    return ok(run.view());
  }

  get(id: string): RuleRunView | undefined {
    return this.#runs.get(id)?.view();
  }

  stop(id: string): RuleRunView | undefined {
    const run = this.#runs.get(id);
    run?.stop.abort();
    return run?.view();
  }

  /** Stops all runs before the store is closed. */
  close(): void {
    for (const { stop } of this.#runs.values()) {
      stop.abort();
    }
  }

  async #rulesOf(what: RuleRunRequest["what"], ruleset: Ruleset): Promise<Result<readonly Rule[], RequestProblem>> {
    switch (what.kind) {
      case "all":
        return ok(ruleset.rules);
      case "draft": {
        const rule = ruleOfDraft(what.draft, ruleset.macros);
        return rule.ok ? ok([rule.value]) : fail({ ...rule.error, code: "rule.invalid-draft" });
      }
      case "versions": {
        const rules: Rule[] = [];
        for (const side of ["left", "right"] as const) {
          const record = (await this.#store.ruleVersions.of(what[side].ruleId)).find(
            ({ hash }) => hash === what[side].hash,
          );
          const rule = record === undefined ? undefined : ruleOfVersion(record, ruleset.macros);
          if (rule === undefined) {
            return fail({
              code: "rule-run.version-not-loaded",
              message: "this version is not stored or does not load",
              at: { field: side },
            });
          }
          rules.push(rule);
        }
        return ok(rules);
      }
    }
  }

  #begin(
    request: RuleRunRequest,
    rules: readonly Rule[],
    window: { readonly from: number | undefined; readonly to: number | undefined },
  ): Run {
    const id = crypto.randomUUID();
    const stop = new AbortController();
    const started = performance.now();
    let milliseconds = 0;
    let state: RuleRunView["state"] = "running";
    let progress: RunProgress = { events: 0, sources: [], rules: [] };
    let failure: string | undefined;
    const run: Run = {
      stop,
      ended: () => state !== "running",
      view: () => ({
        id,
        state,
        ...viewOf(progress, request),
        ...(state === "running" && progress.span === undefined ? { coverage: "Reading stored events." } : {}),
        milliseconds: Math.round(state === "running" ? performance.now() - started : milliseconds),
        ...(failure === undefined ? {} : { truncationReason: failure, exact: false }),
      }),
    };
    const end = (as: RuleRunView["state"]) => {
      milliseconds = performance.now() - started;
      state = as;
    };
    this.#keep(id, run);
    runRules(this.#store, rules, {
      from: window.from,
      to: window.to,
      limit: request.limit,
      now: this.#now(),
      signal: stop.signal,
      onProgress: (next) => {
        progress = next;
      },
    }).then(
      (last) => {
        progress = last;
        end(stop.signal.aborted ? "stopped" : "done");
      },
      (error: unknown) => {
        failure = `Failed: ${error instanceof Error ? error.message : String(error)}`;
        end("failed");
      },
    );
    return run;
  }

  #keep(id: string, run: Run): void {
    this.#runs.set(id, run);
    for (const [old, { ended }] of this.#runs) {
      if (this.#runs.size > mostKept && ended()) {
        this.#runs.delete(old);
      }
    }
  }
}

function viewOf(
  progress: RunProgress,
  { what, limit }: RuleRunRequest,
): Omit<RuleRunView, "id" | "state" | "milliseconds"> {
  const { events, span, until, sources, truncationReason } = progress;
  const [left, right] = progress.rules;
  return {
    events,
    span:
      span === undefined ? undefined : { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() },
    until: until === undefined ? undefined : new Date(until).toISOString(),
    exact: truncationReason === undefined,
    truncationReason,
    rules: progress.rules
      .filter(({ hits }) => what.kind !== "all" || hits > 0)
      .map(({ rule, hits, listed }) => ({
        rule: { id: rule.id, name: rule.name, version: rule.version, language: rule.language },
        hits,
        listed: what.kind === "all" ? [] : [...listed],
        reason: rule.body.kind === "not-evaluable" ? rule.body.reason : undefined,
      })),
    comparison:
      what.kind === "versions" && left !== undefined && right !== undefined
        ? compared(left.keys, right.keys, limit)
        : undefined,
    coverage:
      events === 0
        ? "No events stored for this period."
        : `${events.toLocaleString("en")} events stored for this period, from ${sources.join(", ")}.`,
  };
}

function compared(
  left: ReadonlyMap<string, RuleHit>,
  right: ReadonlyMap<string, RuleHit>,
  limit: number,
): NonNullable<RuleRunView["comparison"]> {
  const only = (one: ReadonlyMap<string, RuleHit>, other: ReadonlyMap<string, RuleHit>) => {
    const hits = [...one].filter(([key]) => !other.has(key)).map(([, hit]) => hit);
    return { total: hits.length, listed: hits.slice(0, limit) };
  };
  const onlyLeft = only(left, right);
  return { both: left.size - onlyLeft.total, onlyLeft, onlyRight: only(right, left) };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
