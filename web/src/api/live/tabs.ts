import { z } from "zod";
import { change, presence, type Watcher } from "#contracts/changes";
import { ChangeStream } from "./stream.ts";

/**
 * The tabs of a browser share one stream: browsers open six connections to a server (HTTP/1.1), and ten tabs with a
 * stream each would wait for each other for ever. One tab leads: it has the stream, and tells the others. Locks say who
 * leads and which incidents are open in some tab; the browser releases them whichever way a tab ends.
 */

const leaderLock = "stemma.live";
const watchingPrefix = "stemma.watching ";
const channelName = "stemma.live";
/** Milliseconds between two looks of the leader at the incidents that are open: a tab that crashed says nothing. */
const watchInterval = 3_000;

const relayed = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), missed: z.boolean(), mark: z.string() }),
  z.object({ kind: z.literal("changed"), changes: z.array(change), mark: z.string() }),
  z.object({ kind: z.literal("present"), presence }),
  z.object({ kind: z.literal("down") }),
]);
/** What the stream said, as the leader passes it on. */
export type Relayed = z.infer<typeof relayed>;

const tabMessage = z.union([
  relayed,
  z.discriminatedUnion("kind", [
    /** A new tab asks how things are. */
    z.object({ kind: z.literal("hello") }),
    /** The answer of the leader. */
    z.object({
      kind: z.literal("state"),
      isLive: z.boolean(),
      mark: z.string().optional(),
      present: z.array(presence),
    }),
    /** Another incident is open, or one less. */
    z.object({ kind: z.literal("watching") }),
  ]),
]);
type TabMessage = z.infer<typeof tabMessage>;

/** Whether this browser can share a stream: without TLS it has no locks, except for a server on this machine. */
export function canShare(): boolean {
  return "locks" in navigator && "EventSource" in window && "BroadcastChannel" in window;
}

/** One tab among those of the browser. */
export class LiveTab {
  readonly #listener: (message: Relayed) => void;
  readonly #channel = new BroadcastChannel(channelName);
  readonly #ended = new AbortController();
  readonly #watchers = new Map<string, readonly Watcher[]>();
  #stream: ChangeStream | undefined;
  #watched: readonly string[] = [];
  #mark: string | undefined;
  #isLive = false;

  /** `mark`: where the tab is, if it has followed before. */
  constructor(mark: string | undefined, listener: (message: Relayed) => void) {
    this.#mark = mark;
    this.#listener = listener;
    this.#channel.addEventListener("message", ({ data }) => {
      const message = tabMessage.safeParse(data);
      // A tab with another version of the app may say other things.
      if (message.success) {
        this.#hear(message.data);
      }
    });
    this.#say({ kind: "hello" });
    hold(leaderLock, "exclusive", this.#ended.signal, () => this.#lead());
  }

  /** Others see that this incident is open here, until the returned function is called. */
  watch(key: string): () => void {
    const watching = new AbortController();
    this.#ended.signal.addEventListener("abort", () => watching.abort(), { signal: watching.signal });
    hold(`${watchingPrefix}${key}`, "shared", watching.signal, () => this.#watchingChanged());
    return () => {
      watching.abort();
      // The lock is released in the next turn.
      window.setTimeout(() => this.#watchingChanged());
    };
  }

  close(): void {
    this.#ended.abort();
    this.#stream?.close();
    this.#channel.close();
  }

  #watchingChanged(): void {
    if (!this.#ended.signal.aborted) {
      this.#say({ kind: "watching" });
      void this.#openIfOthers();
    }
  }

  #lead(): void {
    this.#stream = new ChangeStream({
      ready: (missed, mark) => this.#pass({ kind: "ready", missed, mark }),
      changed: (changes, mark) => this.#pass({ kind: "changed", changes: [...changes], mark }),
      present: (one) => this.#pass({ kind: "present", presence: one }),
      down: () => this.#pass({ kind: "down" }),
    });
    void this.#openIfOthers(true);
    const timer = window.setInterval(() => void this.#openIfOthers(), watchInterval);
    this.#ended.signal.addEventListener("abort", () => window.clearInterval(timer));
  }

  /** The stream names the incidents that are open in this browser: opens it anew when they are others. */
  async #openIfOthers(always = false): Promise<void> {
    if (this.#stream === undefined) {
      return;
    }
    const watched = await watchedHere();
    if (this.#ended.signal.aborted || (!always && watched.join("\n") === this.#watched.join("\n"))) {
      return;
    }
    for (const key of [...this.#watchers.keys()].filter((one) => !watched.includes(one))) {
      this.#watchers.delete(key);
    }
    this.#watched = watched;
    this.#stream.open(watched, this.#mark);
  }

  #hear(message: TabMessage): void {
    switch (message.kind) {
      case "hello":
        if (this.#stream !== undefined) {
          const present = [...this.#watchers].map(([key, people]) => ({ key, people: [...people] }));
          this.#say({ kind: "state", isLive: this.#isLive, mark: this.#mark, present });
        }
        return;
      case "state":
        for (const one of message.present) {
          this.#take({ kind: "present", presence: one });
        }
        if (message.mark !== undefined && message.isLive) {
          this.#take({ kind: "ready", missed: message.mark !== this.#mark, mark: message.mark });
        }
        return;
      case "watching":
        void this.#openIfOthers();
        return;
      default:
        this.#take(message);
    }
  }

  #pass(message: Relayed): void {
    this.#say(message);
    this.#take(message);
  }

  #take(message: Relayed): void {
    if (message.kind === "present") {
      this.#watchers.set(message.presence.key, message.presence.people);
    } else {
      this.#isLive = message.kind !== "down";
      this.#mark = message.kind === "down" ? this.#mark : message.mark;
    }
    this.#listener(message);
  }

  #say(message: TabMessage): void {
    this.#channel.postMessage(message);
  }
}

async function watchedHere(): Promise<readonly string[]> {
  const { held = [] } = await navigator.locks.query();
  const names = held.flatMap(({ name = "" }) => (name.startsWith(watchingPrefix) ? [name] : []));
  return [...new Set(names)].map((name) => name.slice(watchingPrefix.length)).sort();
}

/** Holds a lock from when it is granted until the signal. */
function hold(name: string, mode: LockMode, signal: AbortSignal, granted: () => void): void {
  navigator.locks
    .request(name, { mode, signal }, () => {
      granted();
      return new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
      });
    })
    .catch((error: unknown) => {
      // Given up before it was granted.
      if (!signal.aborted) {
        throw error;
      }
    });
}
