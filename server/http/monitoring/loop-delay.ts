import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late the event loop was, in seconds: the time that a request waits before anything happens. */
export interface LoopDelayFigures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Milliseconds between two measurements; the histogram counts this pause as well. */
const resolution = 20;
/** Milliseconds after which a new histogram begins. Figures cover the present and the previous one. */
const span = 30_000;

/**
 * Measures the delay of the event loop over the last 30 to 60 seconds. Reading does not reset it, so several readers do
 * not take each other's figures.
 */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution });
  readonly #rotation: NodeJS.Timeout;
  #previous: LoopDelayFigures = { p50: 0, p99: 0, max: 0 };

  constructor() {
    this.#histogram.enable();
    this.#rotation = setInterval(() => {
      this.#previous = this.#present();
      this.#histogram.reset();
    }, span);
    this.#rotation.unref();
  }

  figures(): LoopDelayFigures {
    const present = this.#present();
    const previous = this.#previous;
    return {
      p50: Math.max(present.p50, previous.p50),
      p99: Math.max(present.p99, previous.p99),
      max: Math.max(present.max, previous.max),
    };
  }

  close(): void {
    clearInterval(this.#rotation);
    this.#histogram.disable();
  }

  #present(): LoopDelayFigures {
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolution / 1000);
    const { max } = this.#histogram;
    return this.#histogram.count === 0
      ? { p50: 0, p99: 0, max: 0 }
      : {
          p50: seconds(this.#histogram.percentile(50)),
          p99: seconds(this.#histogram.percentile(99)),
          max: seconds(max),
        };
  }
}
