import type { IncomingMessage, ServerResponse } from "node:http";
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";
import { type ProposalClient, proposalClient } from "#contracts/proposal";
import { clientFrom } from "./server.ts";

const initialize = z.object({
  method: z.literal("initialize"),
  params: z.object({ clientInfo: z.object({ name: z.string(), version: z.string().optional() }) }),
});

const sessionHeader = "Mcp-Session-Id";

/**
 * Answers one POST of the streamable HTTP transport with one JSON value. No session is kept: the session id holds what
 * the client said of itself when it initialized, which nobody verifies anyway. See docs/decisions/0043.
 */
export async function answerMcpRequest(
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
  serverFor: (client: ProposalClient | undefined) => McpServer,
): Promise<void> {
  const initializing = initialize.safeParse(body);
  const client = initializing.success
    ? clientFrom(initializing.data.params.clientInfo)
    : clientOfSession(request.headers[sessionHeader.toLowerCase()]);
  if (initializing.success && client !== undefined) {
    response.setHeader(sessionHeader, sessionOf(client));
  }
  const server = serverFor(client);
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  // Closing aborts the signal of the tools that are still running.
  response.on("close", () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, body);
}

function sessionOf(client: ProposalClient): string {
  return Buffer.from(JSON.stringify(client)).toString("base64url");
}

function clientOfSession(session: string | readonly string[] | undefined): ProposalClient | undefined {
  if (typeof session !== "string" || session.length > 1000) {
    return undefined;
  }
  try {
    return proposalClient.safeParse(JSON.parse(Buffer.from(session, "base64url").toString())).data;
  } catch {
    return undefined;
  }
}
