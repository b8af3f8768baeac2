import type { RequestProblem } from "#contracts/problem";
import type { RuleRunRequest, RuleRunView } from "#contracts/rule-draft";
import type { Rule } from "../detection/rule.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { ruleOfVersion } from "./compare.ts";
import type { Ruleset } from "./ruleset.ts";
import { stoppedAt } from "./run.ts";
import type { RunFindings, RunInput } from "./run-view.ts";

interface Run {
  readonly person: string;
  readonly view: () => RuleRunView;
  readonly stop: AbortController;
  readonly ended: () => boolean;
  /** When somebody last asked for it, by `performance.now`. */
  lastAsked: number;
}

/** Runs kept for display; the oldest finished one is dropped first. */
const mostKept = 20;
/** Runs of one person that have not ended. */
const mostRunning = 2;
/** A run that nobody has asked for in this time has no one waiting for it; milliseconds. */
const abandonedAfter = 60_000;

/** Runs rules elsewhere: see `runForView`. Refused with `work.cancelled` once the signal aborts. */
export type RunElsewhere = (
  input: RunInput,
  options: {
    readonly person: string;
    readonly signal: AbortSignal;
    readonly onPartial: (findings: RunFindings) => void;
  },
) => Promise<Result<RunFindings, RequestProblem>>;

/** Rule runs over stored events, started by one request and polled by others. Kept in memory. */
export class RuleRuns {
  readonly #store: Store;
  readonly #run: RunElsewhere;
  readonly #runs = new Map<string, Run>();
  readonly #watch: NodeJS.Timeout;

  constructor(store: Store, run: RunElsewhere) {
    this.#store = store;
    this.#run = run;
    this.#watch = setInterval(() => this.#stopAbandoned(), abandonedAfter / 4).unref();
  }

  /** Starts what was asked for; `draft` is the rule of a draft. */
  async start(
    request: RuleRunRequest,
    person: string,
    ruleset: Ruleset,
    draft?: Rule,
  ): Promise<Result<RuleRunView, RequestProblem>> {
    if ([...this.#runs.values()].filter((run) => run.person === person && !run.ended()).length >= mostRunning) {
      return fail({
        code: "rule-run.busy",
        message: `${mostRunning} of your runs are already in progress`,
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
    const rules = await this.#rulesOf(request.what, ruleset, draft);
    if (!rules.ok) {
      return rules;
    }
    const { what, limit } = request;
    return ok(this.#begin({ what: what.kind, rules: rules.value, ...window, limit }, person).view());
  }

  get(id: string): RuleRunView | undefined {
    const run = this.#runs.get(id);
    if (run !== undefined) {
      run.lastAsked = performance.now();
    }
    return run?.view();
  }

  stop(id: string): RuleRunView | undefined {
    const run = this.#runs.get(id);
    run?.stop.abort();
    return run?.view();
  }

  /** Stops all runs before the store is closed. */
  close(): void {
    clearInterval(this.#watch);
    for (const { stop } of this.#runs.values()) {
      stop.abort();
    }
  }

  /** The rules of a draft or of two versions; undefined for all loaded ones. */
  async #rulesOf(
    what: RuleRunRequest["what"],
    ruleset: Ruleset,
    draft: Rule | undefined,
  ): Promise<Result<readonly Rule[] | undefined, RequestProblem>> {
    switch (what.kind) {
      case "all":
        return ok(undefined);
      case "draft":
        if (draft === undefined) {
          throw new Error("a run of a draft needs its rule");
        }
        return ok([draft]);
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

  #begin(input: RunInput, person: string): Run {
    const id = crypto.randomUUID();
    const stop = new AbortController();
    const started = performance.now();
    let milliseconds = 0;
    let state: RuleRunView["state"] = "running";
    let findings = nothingYet;
    const run: Run = {
      person,
      stop,
      lastAsked: started,
      ended: () => state !== "running",
      view: () => ({
        id,
        state,
        ...findings,
        milliseconds: Math.round(state === "running" ? performance.now() - started : milliseconds),
      }),
    };
    const end = (as: RuleRunView["state"], last: RunFindings) => {
      milliseconds = performance.now() - started;
      state = as;
      findings = last;
    };
    const incomplete = (why: string): RunFindings => ({
      ...findings,
      exact: false,
      truncationReason: [findings.truncationReason, why].filter((part) => part !== undefined).join(" "),
    });
    this.#keep(id, run);
    this.#run(input, {
      person,
      signal: stop.signal,
      onPartial: (next) => {
        findings = next;
      },
    }).then(
      (result) => {
        if (result.ok) {
          end("done", result.value);
        } else if (result.error.code === "work.cancelled") {
          end("stopped", incomplete(stoppedAt("Stopped", timeOf(findings.until))));
        } else {
          end("failed", incomplete(`Failed: ${result.error.message}`));
        }
      },
      (error: unknown) =>
        end("failed", incomplete(`Failed: ${error instanceof Error ? error.message : String(error)}`)),
    );
    return run;
  }

  #stopAbandoned(): void {
    for (const run of this.#runs.values()) {
      if (!run.ended() && performance.now() - run.lastAsked > abandonedAfter) {
        run.stop.abort();
      }
    }
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

const nothingYet: RunFindings = { events: 0, exact: true, rules: [], coverage: "Waiting to read stored events." };

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
