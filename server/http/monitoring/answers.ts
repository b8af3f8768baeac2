import type { RequestListener } from "node:http";
import type { Health } from "./health.ts";
import type { Metrics } from "./metrics.ts";

/** What the paths for monitoring answer: status, type and text. The same on the main port and on one of their own. */
export interface MonitoringAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export interface Monitoring {
  readonly health: Health;
  readonly metrics: Metrics;
}

/** The process runs and its event loop turns. */
export const alive: MonitoringAnswer = json(200, { status: "alive" });

/** Whether requests can be sent here. */
export async function ready({ health }: Monitoring): Promise<MonitoringAnswer> {
  const { ready: isReady, reasons } = await health.readiness();
  return isReady ? json(200, { status: "ready" }) : json(503, { status: "not-ready", reasons });
}

export async function metricsText({ metrics }: Monitoring): Promise<MonitoringAnswer> {
  return { status: 200, type: metrics.contentType, text: await metrics.text() };
}

/** An answer for each path of monitoring, for a port that only this machine reaches. */
export function monitoringListener(monitoring: Monitoring): RequestListener {
  return async (request, response) => {
    const answer = await answerOf(request.url ?? "", monitoring).catch(() => json(500, { status: "failed" }));
    // Another name means that a page of another site asks through its visitor's browser.
    const isOwnName = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(request.headers.host ?? "");
    const { status, type, text } = isOwnName ? answer : json(421, { status: "unknown host name" });
    response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" }).end(text);
  };
}

async function answerOf(path: string, monitoring: Monitoring): Promise<MonitoringAnswer> {
  switch (path) {
    case "/healthz":
      return alive;
    case "/readyz":
      return ready(monitoring);
    case "/metrics":
      return metricsText(monitoring);
    default:
      return json(404, { status: "not found" });
  }
}

function json(status: number, value: unknown): MonitoringAnswer {
  return { status, type: "application/json", text: `${JSON.stringify(value)}\n` };
}
