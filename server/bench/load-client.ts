import { Agent, request } from "node:http";
import { z } from "zod";

/** An answer of the server, or why there is none. */
export type Answer =
  | { readonly kind: "answer"; readonly text: string }
  /** `code` is the problem's, or of the connection: `ECONNRESET`. */
  | { readonly kind: "failed"; readonly code: string };

export interface Call {
  readonly method?: "GET" | "POST" | "PUT";
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** The browser of one person: a few connections that stay open. */
export interface Client {
  /** `path` starts after the version of the API. */
  call(path: string, call?: Call): Promise<Answer>;
  close(): void;
}

/** What a browser opens per host. */
const CONNECTIONS = 6;
/** Longer than anybody waits. */
const TIMEOUT = 300_000;

export function createClient(base: string, api: string, cookie: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const common = { cookie, origin: new URL(base).origin };
  return {
    call: (path, { method = "GET", body, signal } = {}) =>
      new Promise((resolve) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const headers = text === undefined ? common : { ...common, "content-type": "application/json" };
        const sent = request(
          `${base}${api}${path}`,
          { agent, method, headers, signal, timeout: TIMEOUT },
          (response) => {
            const parts: Buffer[] = [];
            response.on("data", (part: Buffer) => parts.push(part));
            response.on("error", (error) => resolve(failure(error)));
            response.on("end", () => resolve(answerOf(response.statusCode ?? 0, Buffer.concat(parts).toString())));
          },
        );
        sent.on("timeout", () => sent.destroy(Object.assign(new Error("no answer"), { code: "timeout" })));
        sent.on("error", (error) => resolve(failure(error)));
        sent.end(text);
      }),
    close: () => agent.destroy(),
  };
}

const problem = z.object({ code: z.string() });

function answerOf(status: number, text: string): Answer {
  if (status < 400) {
    return { kind: "answer", text };
  }
  try {
    return { kind: "failed", code: problem.parse(JSON.parse(text)).code };
  } catch {
    return { kind: "failed", code: `status ${status}` };
  }
}

function failure(error: NodeJS.ErrnoException): Answer {
  return { kind: "failed", code: error.code ?? error.message };
}
