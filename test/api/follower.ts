import { request as httpRequest, type IncomingMessage } from "node:http";
import { setTimeout } from "node:timers/promises";
import { type Change, changes } from "#contracts/changes";
import { changesRoute } from "#contracts/routes/changes";
import type { TestApi } from "./workbench.ts";

/** Milliseconds that a busy machine may take for what takes one second at most. */
const SOON = 20_000;

export interface Message {
  readonly event: string;
  readonly id?: string;
  readonly data: unknown;
}

/** A connection to the stream of changes, as a program has one. */
export class Follower {
  readonly messages: Message[] = [];
  status = 0;
  headers: IncomingMessage["headers"] = {};
  /** What was sent so far, when the response is no stream. */
  body = "";
  hasEnded = false;
  readonly #close: () => void;

  constructor(api: TestApi, headers: Readonly<Record<string, string>>, query: Readonly<Record<string, string>> = {}) {
    const url = new URL(changesRoute.path, api.workbench.url);
    url.search = new URLSearchParams(query).toString();
    const sent = httpRequest(url, { headers: { ...headers }, agent: false }, (response) => {
      this.status = response.statusCode ?? 0;
      this.headers = response.headers;
      response.setEncoding("utf8");
      response.on("data", (text: string) => this.#read(text));
      response.on("close", () => {
        this.hasEnded = true;
      });
    });
    sent.on("error", () => {
      this.hasEnded = true;
    });
    sent.end();
    this.#close = () => sent.destroy();
  }

  /** The first message that fits, also of those that came before. */
  async message(fits: (message: Message) => boolean): Promise<Message> {
    return this.until(() => this.messages.find(fits));
  }

  ready(): Promise<Message> {
    return this.message(({ event }) => event === "ready");
  }

  /** Waits for a change. */
  change(fits: (change: Change) => boolean): Promise<Message> {
    return this.message(({ event, data }) => event === "changes" && changes.parse(data).some(fits));
  }

  async ended(): Promise<void> {
    await this.until(() => (this.hasEnded ? true : undefined));
  }

  async until<T>(read: () => T | undefined): Promise<T> {
    for (const end = Date.now() + SOON; Date.now() < end; await setTimeout(10)) {
      const value = read();
      if (value !== undefined) {
        return value;
      }
    }
    throw new Error(`not there in time; status ${this.status}, ${JSON.stringify(this.messages)}`);
  }

  close(): void {
    this.#close();
  }

  #read(text: string): void {
    this.body += text;
    const parts = this.body.split("\n\n");
    if (this.status === 200) {
      this.body = parts.pop() ?? "";
      this.messages.push(...parts.map(parsed));
    }
  }
}

function parsed(text: string): Message {
  const fields = new Map(
    text.split("\n").map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]),
  );
  const id = fields.get("id");
  return {
    event: fields.get("event") ?? "",
    data: JSON.parse(fields.get("data") ?? "null"),
    ...(id === undefined ? {} : { id }),
  };
}
