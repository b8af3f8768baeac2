import type { Readable, Writable } from "node:stream";
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

/** Speaks the protocol on two streams until the input ends, the output breaks, or `stop` is aborted. */
export async function serveStdio(
  server: McpServer,
  streams: { readonly input: Readable; readonly output: Writable },
  stop: AbortSignal,
): Promise<void> {
  const { input, output } = streams;
  const ended = new Promise<void>((resolve) => {
    const end = () => resolve();
    input.once("end", end);
    input.once("close", end);
    output.once("close", end);
    stop.addEventListener("abort", end, { once: true });
    server.server.onclose = end;
  });
  await server.connect(new StdioServerTransport(input, output));
  if (!stop.aborted) {
    await ended;
  }
  await server.close();
}
