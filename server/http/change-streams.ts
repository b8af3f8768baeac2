import type { Response } from "express";
import type { Change, Presence as Present, Ready, Watcher } from "#contracts/changes";
import type { RequestProblem } from "#contracts/problem";
import type { Announcer } from "../changes/announcer.ts";
import { Presence } from "../changes/presence.ts";
import type { ChangeWatch, News } from "../changes/watch.ts";
import { fail, ok, type Result } from "../lib/result.ts";

/** How many streams a server keeps open, and how often it looks after them; times in milliseconds. */
export interface StreamLimits {
  readonly streams: number;
  /** Tabs of one browser share a stream. */
  readonly perPerson: number;
  /** Between two beats, which show both sides that the connection is still there. */
  readonly beat: number;
  /** Between two looks whether who listens may still do that. */
  readonly check: number;
  /** What a client may leave unread, in bytes. */
  readonly unread: number;
}

/** Milliseconds between two looks at who has left an incident, and at which streams are due for a beat. */
const lookAfterInterval = 1_000;

const defaultLimits: StreamLimits = {
  // Half of the connections that a server keeps.
  streams: 1_000,
  perPerson: 12,
  beat: 15_000,
  check: 5_000,
  unread: 64 * 1024,
};

/** Whoever wants to be told. */
export interface Listening {
  readonly response: Response;
  /** Whose streams are counted together, and who is not told of themselves. */
  readonly account: string;
  /** The name that others see; absent for programs, which nobody has to reckon with. */
  readonly name?: string;
  /** Keys of the incidents that are open. */
  readonly incidents: readonly string[];
  /** The `id` of the last message that was received. */
  readonly since?: string;
  /** Whether who listens may still do that. */
  readonly mayListen: () => Promise<boolean>;
}

interface Stream extends Listening {
  readonly leave: readonly (() => void)[];
  /** What was last sent about the watchers of each incident. */
  readonly told: Map<string, string>;
  /** Whether its first message was sent. */
  isReady: boolean;
  checkedAt: number;
  beatAt: number;
}

/** The open streams of a server, by the protocol of server-sent events. See docs/decisions/0066. */
export class ChangeStreams {
  readonly #watch: ChangeWatch;
  readonly #limits: StreamLimits;
  readonly #announcer: Announcer;
  readonly #presence = new Presence(Date.now);
  readonly #streams = new Set<Stream>();
  readonly #timer: NodeJS.Timeout;
  #stopListening: Promise<() => void> | undefined;
  #isClosed = false;

  constructor(watch: ChangeWatch, announcer: Announcer, limits: Partial<StreamLimits> = {}) {
    this.#watch = watch;
    this.#announcer = announcer;
    this.#limits = { ...defaultLimits, ...limits };
    this.#timer = setInterval(() => this.#lookAfter(), lookAfterInterval).unref();
  }

  get open(): number {
    return this.#streams.size;
  }

  /** After a change by this server: others see it without waiting for the next look. */
  look(): void {
    void this.#watch.look();
  }

  /** Answers with a stream that ends with its connection, or refuses. */
  async add(listening: Listening): Promise<Result<undefined, RequestProblem>> {
    const refusal = this.#refusal(listening.account);
    if (refusal !== undefined) {
      return fail(refusal);
    }
    const { response, name, account, incidents } = listening;
    const leave = name === undefined ? [] : incidents.map((key) => this.#presence.enter({ key, account, name }));
    const [beatAt, checkedAt] = [Date.now(), Date.now()];
    const stream: Stream = { ...listening, leave, told: new Map(), isReady: false, beatAt, checkedAt };
    this.#streams.add(stream);
    response.once("close", () => this.#remove(stream));
    this.#stopListening ??= this.#watch.listen((news) => this.#tell(news));
    // From here on nothing is missed.
    await this.#stopListening;
    if (response.destroyed || !this.#streams.has(stream)) {
      return ok(undefined);
    }
    response
      .status(200)
      .set({
        "Content-Type": "text/event-stream; charset=utf-8",
        // `no-transform` keeps proxies from compressing it, and the last one nginx from holding it back.
        "Cache-Control": "no-store, no-transform",
        "X-Accel-Buffering": "no",
      })
      .flushHeaders();
    const mark = this.#watch.mark;
    stream.isReady = true;
    const missed = stream.since === undefined || stream.since !== mark;
    response.write(messageOf<Ready>("ready", { missed }, mark));
    for (const key of incidents) {
      this.#tellPresence(stream, key);
    }
    return ok(undefined);
  }

  /** Ends all streams, and refuses new ones: a server that stops waits for the requests in progress. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const stream of this.#streams) {
      this.#end(stream);
    }
    void this.#announcer.tell([]);
  }

  #refusal(account: string): RequestProblem | undefined {
    if (this.#isClosed || this.#streams.size >= this.#limits.streams) {
      return {
        code: "changes.too-many-streams",
        message: this.#isClosed ? "The server is stopping" : "The server keeps no more streams open",
        remedy: "Read what you need from time to time instead.",
      };
    }
    let own = 0;
    for (const stream of this.#streams) {
      own += stream.account === account ? 1 : 0;
    }
    return own < this.#limits.perPerson
      ? undefined
      : {
          code: "changes.too-many-own-streams",
          message: `You have ${own} streams open`,
          remedy: "Close some of them, or read what you need from time to time instead.",
        };
  }

  #tell({ changes, mark, elsewhere }: News): void {
    if (elsewhere !== undefined) {
      this.#presence.setElsewhere(elsewhere);
      this.#lookAfter();
    }
    if (changes.length === 0) {
      return;
    }
    const text = messageOf<readonly Change[]>("changes", changes, mark);
    for (const stream of this.#streams) {
      void this.#ifAllowed(stream, () => stream.response.write(text));
    }
  }

  #lookAfter(): void {
    const changed = this.#presence.settle();
    void this.#announcer.tell(this.#presence.here());
    const now = Date.now();
    for (const stream of this.#streams) {
      const keys = stream.incidents.filter((key) => changed.has(key));
      if (keys.length === 0 && now - stream.checkedAt < this.#limits.check) {
        continue;
      }
      stream.checkedAt = now;
      void this.#ifAllowed(stream, () => {
        for (const key of keys) {
          this.#tellPresence(stream, key);
        }
        if (now - stream.beatAt >= this.#limits.beat) {
          stream.beatAt = now;
          stream.response.write(messageOf("beat", {}));
        }
      });
    }
  }

  /** A stream ends with the session of who listens: nobody is told anything after that. */
  async #ifAllowed(stream: Stream, work: () => void): Promise<void> {
    if (!stream.isReady) {
      return;
    }
    // If nobody can tell, such as without a store, the client asks again and is told why.
    const mayListen = await stream.mayListen().catch(() => false);
    if (!mayListen || stream.response.writableLength > this.#limits.unread) {
      this.#end(stream);
    } else if (this.#streams.has(stream)) {
      work();
    }
  }

  #tellPresence(stream: Stream, key: string): void {
    const people = [...this.#presence.of(key)].filter(([account]) => account !== stream.account).map(watcherOf);
    const present: Present = { key, people };
    const text = JSON.stringify(present);
    if (stream.told.get(key) !== text && (people.length > 0 || stream.told.has(key))) {
      stream.told.set(key, text);
      stream.response.write(messageOf<Present>("presence", present));
    }
  }

  #remove(stream: Stream): void {
    if (this.#streams.delete(stream)) {
      for (const leave of stream.leave) {
        leave();
      }
    }
    if (this.#streams.size === 0) {
      void this.#stopListening?.then((stop) => stop());
      this.#stopListening = undefined;
    }
  }

  #end(stream: Stream): void {
    this.#remove(stream);
    if (stream.response.writableLength > this.#limits.unread) {
      stream.response.destroy();
    } else {
      stream.response.end();
    }
  }
}

function watcherOf([, { name, since }]: readonly [string, Watcher]): Watcher {
  return { name, since };
}

/** JSON has no line breaks, so it is one line; `id` is where to go on after a lost connection. */
function messageOf<T>(event: string, data: T, id?: string): string {
  return `event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
