import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import type { Answer, Client } from "./load-client.ts";
import { type Percentiles, percentiles } from "./timing.ts";

export const clicks = ["queue", "alert", "tree", "answer"] as const;
export type Click = (typeof clicks)[number];

/** Answers to one kind of request: how long each took, and how many failed with what. */
export class Recorder {
  readonly #times: number[] = [];
  readonly #errors = new Map<string, number>();
  readonly #from: number;

  /** Times before `from` (of `performance.now()`) are not counted; errors are. */
  constructor(from = 0) {
    this.#from = from;
  }

  /**
   * Records requests that belong together as one, which is over with the last answer, unless they were dropped by this
   * side. Returns the texts.
   */
  async record(requests: readonly Promise<Answer>[]): Promise<readonly string[] | undefined> {
    const start = performance.now();
    const answers = await Promise.all(requests);
    if (answers.some((answer) => answer.kind === "failed" && answer.code === "ABORT_ERR")) {
      return undefined;
    }
    if (start >= this.#from) {
      this.#times.push(performance.now() - start);
    }
    const texts: string[] = [];
    for (const answer of answers) {
      if (answer.kind === "failed") {
        this.#errors.set(answer.code, (this.#errors.get(answer.code) ?? 0) + 1);
      } else {
        texts.push(answer.text);
      }
    }
    return texts.length === answers.length ? texts : undefined;
  }

  get times(): readonly number[] {
    return this.#times;
  }

  figures(): Recorded {
    return { ...percentiles(this.#times), errors: Object.fromEntries(this.#errors) };
  }
}

export interface Recorded extends Percentiles {
  /** By the code of the problem or of the connection. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Milliseconds between clicks: evenly spread, two seconds on average. */
const THINK = { least: 500, most: 3_500 };

interface Person {
  readonly client: Client;
  /** The alerts of this person: nobody else opens them. */
  readonly alerts: readonly string[];
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly recorders: Readonly<Record<Click, Recorder>>;
  readonly stop: AbortSignal;
}

const lineage = z.object({ nodes: z.array(z.object({ key: z.string(), childCount: z.number() })) });
const playbook = z.object({ steps: z.array(z.object({ id: z.string() })) });

/**
 * A person who works through alerts: the queue; an alert with its process graph and playbook; the children of one of
 * its processes; the answer to a step. They look at each for a while before they go on.
 */
export async function work({ client, alerts, random, recorders, stop }: Person): Promise<void> {
  const think = async () => {
    const time = THINK.least + random() * (THINK.most - THINK.least);
    await setTimeout(time, undefined, { signal: stop }).catch(() => undefined);
    return !stop.aborted;
  };
  const some = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  for (let round = 0; ; round += 1) {
    if (!(await think())) {
      return;
    }
    await recorders.queue.record([client.call("/queue")]);
    const id = encodeURIComponent(alerts[round % alerts.length] ?? "");
    if (!(await think())) {
      return;
    }
    const opened = await recorders.alert.record(
      ["", "/lineage", "/playbook"].map((part) => client.call(`/alerts/${id}${part}`)),
    );
    if (!(await think())) {
      return;
    }
    const graph = opened === undefined ? undefined : lineage.parse(JSON.parse(opened[1] ?? ""));
    const parent = some((graph?.nodes ?? []).filter(({ childCount }) => childCount > 0));
    if (parent !== undefined) {
      await recorders.tree.record([client.call(`/processes/${encodeURIComponent(parent.key)}/children`)]);
    }
    if (!(await think())) {
      return;
    }
    const steps = opened === undefined ? [] : playbook.parse(JSON.parse(opened[2] ?? "")).steps;
    const step = some(steps);
    if (step !== undefined) {
      const body = { value: some(["raises", "lowers", "unresolved"]), note: `looked at in round ${round}` };
      await recorders.answer.record([
        client.call(`/alerts/${id}/playbook/steps/${encodeURIComponent(step.id)}/answer`, { method: "PUT", body }),
      ]);
    }
  }
}
