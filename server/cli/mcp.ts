import { Readable, Writable } from "node:stream";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { httpApi } from "../mcp/http-api.ts";
import { mcpServer } from "../mcp/server.ts";
import { serveStdio } from "../mcp/stdio.ts";
import { type Command, type CommandContext, cannotRun, describe, readArguments, refuseUsage } from "./command.ts";
import { version } from "./open.ts";

const usage = `Usage: stemma mcp [--url URL]

Lets an assistant work with a running Stemma server: an MCP server on standard input and output. The assistant reads
the queue, alerts, process trees, playbooks and events, and proposes answers and exceptions, which count for nothing
until a person takes them.
  --url URL    address of the server (default: STEMMA_URL, else this machine and STEMMA_PORT)

The service token comes from STEMMA_TOKEN, or from the file that STEMMA_TOKEN_FILE names. An administrator creates one
with the scope "propose"; with "read" nothing can be proposed.`;

/** Nothing but the protocol is written to standard output. */
export const mcpCommand: Command = {
  name: "mcp",
  usage,
  async run(args, context) {
    const { terminal, stop } = context;
    const parsed = readArguments(args, { settings: [], options: { url: { type: "string" } } }, context);
    if (!parsed.ok) {
      return refuseUsage(mcpCommand, parsed.error, terminal);
    }
    const { config } = parsed.value;
    const { token } = config;
    if (token === undefined) {
      return cannotRun(mcpCommand, tokenMissing, terminal);
    }
    const url = addressOf(parsed.value.text("url") ?? config.url ?? `http://127.0.0.1:${config.port}`);
    if (!url.ok) {
      return refuseUsage(mcpCommand, [url.error], terminal);
    }
    const api = httpApi({ url: url.value, token });
    const me = await api.call("me", {}, stop);
    if (!me.ok) {
      return cannotRun(mcpCommand, startProblem(me.error.code, me.error.detail), terminal);
    }
    if (!me.value.permissions.includes("propose")) {
      terminal.err(`stemma mcp: this token can read, but not propose: it needs the scope "propose".\n`);
    }
    const onError = (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      terminal.err(`stemma mcp: ${describe({ code: "server.internal-error", message: text })}\n`);
    };
    const streams = streamsOf(context);
    await serveStdio(mcpServer({ api, version, onError }), streams, stop);
    streams.input.destroy();
    return 0;
  },
};

const tokenMissing: Problem = {
  code: "config.invalid",
  message: "There is no service token",
  remedy:
    'Set STEMMA_TOKEN, or STEMMA_TOKEN_FILE to a file with it. An administrator creates one with the scope "propose".',
};

function startProblem(code: Problem["code"], detail: string): Problem {
  switch (code) {
    case "sign-in.required":
      return {
        code,
        message: "The server does not accept the token",
        remedy: "It may be mistyped, expired or revoked: ask an administrator for another one.",
      };
    case "server.unreachable":
      return { code, message: detail, remedy: "Start the server, or name another one with --url." };
    default:
      return { code, message: detail };
  }
}

/** A token is sent unencrypted only to this machine. */
function addressOf(text: string): Result<string, Problem> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return fail({ code: "usage.value", message: "--url must be an http or https address." });
  }
  const isLocal = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === "https:" || isLocal
    ? ok(url.href)
    : fail({ code: "usage.value", message: "The token would be sent unencrypted: use an https address." });
}

function streamsOf({ stdin, terminal }: CommandContext): { readonly input: Readable; readonly output: Writable } {
  const output = new Writable({
    write(chunk, _encoding, done) {
      terminal.out(String(chunk));
      done();
    },
  });
  return { input: Readable.from(stdin, { objectMode: false }), output };
}
