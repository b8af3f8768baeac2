import { type Change, changes, type Presence, presence, ready } from "#contracts/changes";
import { changesRoute } from "#contracts/routes/changes";

/** What a stream reports. `mark` is where to go on after it. */
export interface StreamListener {
  /** From now on everything is told. */
  ready(missed: boolean, mark: string): void;
  changed(changes: readonly Change[], mark: string): void;
  present(presence: Presence): void;
  /** Nothing is told until `ready`. */
  down(): void;
}

/** Longer than two beats of the server: a connection that was lost without a word. Milliseconds. */
const silence = 40_000;
/** Until a stream that was refused is asked for again, in milliseconds: pages poll meanwhile. */
const retryInterval = 30_000;

/** The connection to the stream of changes. It connects again by itself until it is closed. */
export class ChangeStream {
  readonly #listener: StreamListener;
  #source: EventSource | undefined;
  #address = "";
  #timer: number | undefined;

  constructor(listener: StreamListener) {
    this.#listener = listener;
  }

  /** Opens it, or opens it anew with other incidents; what happens meanwhile is reported as missed. */
  open(incidents: readonly string[], since: string | undefined): void {
    const query = new URLSearchParams(incidents.map((key) => ["incident", key]));
    if (since !== undefined) {
      query.set("since", since);
    }
    this.#address = `${changesRoute.path}?${query}`;
    this.#connect();
  }

  close(): void {
    window.clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #connect(): void {
    this.close();
    const source = new EventSource(this.#address);
    this.#source = source;
    this.#await(silence);
    const on = (event: string, take: (data: unknown, mark: string) => void) =>
      source.addEventListener(event, ({ data, lastEventId }: MessageEvent<string>) => {
        this.#await(silence);
        take(JSON.parse(data), lastEventId);
      });
    on("ready", (data, mark) => this.#listener.ready(ready.parse(data).missed, mark));
    on("changes", (data, mark) => this.#listener.changed(known(data), mark));
    on("presence", (data) => this.#listener.present(presence.parse(data)));
    on("beat", () => undefined);
    source.addEventListener("error", () => {
      this.#listener.down();
      // Otherwise the browser connects again by itself, and says where it was.
      if (source.readyState === EventSource.CLOSED) {
        this.#await(retryInterval);
      }
    });
  }

  /** Connects anew unless something arrives in time. */
  #await(time: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.#listener.down();
      this.#connect();
    }, time);
  }
}

/** Of a newer server with changes unknown here anything may have changed. */
function known(data: unknown): readonly Change[] {
  const parsed = changes.safeParse(data);
  return parsed.success ? parsed.data : [{ kind: "everything" }];
}
