import { rarely, within } from "./bounded.ts";

/** Whether the server can be sent requests, and why not. */
export interface Readiness {
  readonly ready: boolean;
  /** Codes, which tell nobody what the server holds or where. */
  readonly reasons: readonly ("server.stopping" | "store.unavailable")[];
}

/** Milliseconds that the store has for an answer, and for which an answer counts. */
const storeTimeout = 2_000;
const storeInterval = 1_000;

/** Answers the probes of load balancers. Starting ends with the socket, so what answers has loaded its rules. */
export class Health {
  readonly #storeAnswers: () => Promise<boolean>;
  #stopping = false;

  /** `askStore` resolves when the store answers. */
  constructor(askStore: () => Promise<unknown>) {
    this.#storeAnswers = rarely(storeInterval, async () => {
      const answer = await within(storeTimeout, async () => {
        await askStore();
        return true;
      });
      return answer === true;
    });
  }

  /** From now on the server is not ready. */
  stop(): void {
    this.#stopping = true;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  async readiness(): Promise<Readiness> {
    const reasons: Readiness["reasons"] = [
      ...(this.#stopping ? (["server.stopping"] as const) : []),
      ...((await this.#storeAnswers()) ? [] : (["store.unavailable"] as const)),
    ];
    return { ready: reasons.length === 0, reasons };
  }
}
