import { isIP } from "node:net";
import { z } from "zod";
import { oidcShape } from "./oidc.ts";

const MiB = 1024 * 1024;

/** A whole number in a range, as the text of an environment variable or flag. */
function wholeNumber(smallest: number, largest: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(smallest, `must be at least ${smallest}`).max(largest, `must be at most ${largest}`));
}

const whole = (smallest: number, largest: number, fallback: number) => wholeNumber(smallest, largest).default(fallback);

const list = z.string().transform((text) => text.split(",").map((part) => part.trim()));

const folders = list.pipe(z.array(z.string().min(1, "must name folders, separated by commas")));

/** An address, or a network such as 10.0.0.0/8. */
const network = z.string().refine(isNetwork, "must be addresses or networks such as 10.0.0.0/8, separated by commas");

function isNetwork(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    more.length === 0 && bits > 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  );
}

/** Where escalations may be posted: a name or password in it would show in logs, and a fragment is never sent. */
const receiver = z.string().refine(isReceiver, {
  error: "must be https addresses without user and fragment (http for localhost only), separated by commas",
});

function isReceiver(text: string): boolean {
  const url = URL.parse(text);
  const isLocal = url !== null && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  return (
    url !== null &&
    (url.protocol === "https:" || (url.protocol === "http:" && isLocal)) &&
    url.username === "" &&
    url.password === "" &&
    !text.includes("#")
  );
}

const hostName = z.string().regex(/^[A-Za-z0-9._:[\]-]{1,253}$/, "must be a host name or address");

/**
 * Every setting by its name in the environment: default, meaning and limits. Flags and the configuration file set the
 * same values; see `sources.ts`. Nothing else reads the environment. The page of settings shows the descriptions.
 */
export const settings = z.object({
  // See docs/decisions/0036.
  STEMMA_CONFIG: z.string().min(1).optional().describe("A TOML file of settings."),
  STEMMA_STORE: z
    .string()
    .min(1)
    .refine((text) => !/^[a-z0-9+]+:\/\/[^/]*@/i.test(text), {
      error: "must not hold a password: set STEMMA_NEO4J_USER and STEMMA_NEO4J_PASSWORD",
    })
    .default("stemma.db")
    .describe("The store: a file, or a Neo4j at neo4j://HOST:PORT or bolt://HOST:PORT."),
  STEMMA_NEO4J_USER: z.string().min(1).default("neo4j").describe("The user of a Neo4j store."),
  STEMMA_NEO4J_PASSWORD: z.string().min(1).optional().describe("The password of that user."),
  STEMMA_NEO4J_DATABASE: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe("The database in Neo4j; by default the home database of that user."),
  STEMMA_STORE_WAIT_SECONDS: whole(0, 3600, 60).describe(
    "Seconds that a server which starts waits for a Neo4j that does not respond yet.",
  ),
  STEMMA_TOKEN: z.string().trim().min(1).max(500).optional().describe("The service token of `stemma mcp`."),
  STEMMA_HOST: hostName.default("127.0.0.1").describe("The address to listen on."),
  STEMMA_PORT: whole(0, 65_535, 4800).describe("The port to listen on; 0 is any free one."),
  STEMMA_HOSTNAMES: list.pipe(z.array(hostName)).optional().describe("Other host names of the server."),
  STEMMA_URL: z
    .url({ protocol: /^https?$/, error: "must be an http or https address" })
    // Paths of the server start at the root, also behind a proxy.
    .regex(/^[a-z]+:\/\/[^/\\?#@]+\/?$/i, "must end after the host and port, as https://stemma.example:8443 does")
    .optional()
    .describe("Where people reach the server, if a proxy is in front: https://HOST or https://HOST:PORT."),
  STEMMA_TLS_CERT: z.string().min(1).optional().describe("The certificate chain in PEM: the server speaks https."),
  STEMMA_TLS_KEY: z.string().min(1).optional().describe("The private key of the certificate, in PEM."),
  STEMMA_PROXIES: list
    .pipe(z.array(network))
    .optional()
    .describe("Addresses and networks of proxies. Only they can say for whom and how they ask (X-Forwarded-*)."),
  STEMMA_METRICS_PORT: wholeNumber(0, 65_535)
    .optional()
    .describe("A port at which every program of this machine can read /metrics."),
  STEMMA_RULES: folders.optional().describe("Folders of rules in addition to the shipped ones."),
  STEMMA_PLAYBOOKS: folders.optional().describe("Folders of playbooks in addition to the shipped ones."),
  STEMMA_SHIPPED: z
    .enum(["on", "off"])
    .default("on")
    .describe("Whether the shipped rules and playbooks are loaded; off leaves only your own folders."),
  STEMMA_RULE_ROOTS: folders
    .optional()
    .describe("Folders below which rule folders can be added in the workbench; by default none can be."),
  STEMMA_ANALYST: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .describe("The name of the local administrator, and of the actor of commands; by default the user name."),
  STEMMA_LOG: z
    .enum(["silent", "error", "warn", "info", "debug"])
    .optional()
    .describe("What is logged; by default info for a log in a file or as the only output, otherwise warn."),
  STEMMA_LOG_FILE: z
    .string()
    .min(1)
    .optional()
    .describe("The file of the log; -: standard error, and the server prints nothing else."),
  STEMMA_STOP_SECONDS: whole(0, 3600, 10).describe(
    "Seconds that requests in progress get to finish when the server stops.",
  ),
  STEMMA_WORKERS: wholeNumber(2, 32)
    .optional()
    .describe("Searches, dry runs and reports that run at once; by default as many as processors, 2 to 4."),
  STEMMA_SESSION_HOURS: whole(1, 24 * 31, 12).describe("Hours after which a session ends, used or not."),
  STEMMA_SESSION_IDLE_HOURS: whole(1, 24 * 31, 4).describe("Hours after which a session ends if it is not used."),
  ...oidcShape,
  STEMMA_WEBHOOK: list
    .pipe(z.array(receiver))
    .optional()
    .describe("Addresses that escalations are posted to; nothing else is ever called. https, or http on this machine."),
  STEMMA_WEBHOOK_SECRET: z
    .string()
    .trim()
    .min(16, "must have at least 16 characters")
    .max(500)
    .optional()
    .describe("The secret that posts are signed with; receivers have it, too."),
  STEMMA_EVIDENCE: z
    .string()
    .min(1)
    .optional()
    .describe("A folder into which the bundle of an incident is written when it is escalated."),
  STEMMA_BROAD_EXCEPTIONS: z
    .enum(["refuse", "reason", "second-person"])
    .default("reason")
    .describe(
      "What a broad exception needs to be enforced: it is refused, has a written reason, or a second person enforces it.",
    ),
  STEMMA_SAMPLE: z
    .enum(["on", "off"])
    .default("on")
    .describe("Whether an empty store is filled with the bundled sample."),
  STEMMA_CHECK_ANSWERS: z
    .enum(["on", "off"])
    .default("off")
    .describe("Whether every response is checked against its schema. For development and tests."),
  STEMMA_ARCHIVE_ENTRIES: whole(1, 10_000_000, 100_000).describe("The most members of an archive."),
  STEMMA_ARCHIVE_MEMBER_BYTES: whole(1, Number.MAX_SAFE_INTEGER, 8 * 1024 * MiB).describe(
    "The most bytes of one archive member after unpacking.",
  ),
  STEMMA_ARCHIVE_TOTAL_BYTES: whole(1, Number.MAX_SAFE_INTEGER, 32 * 1024 * MiB).describe(
    "The most bytes of an archive after unpacking.",
  ),
  STEMMA_ARCHIVE_RATIO: whole(1, 100_000, 1_000).describe("The most unpacked bytes per packed byte."),
  STEMMA_ARCHIVE_DEPTH: whole(1, 16, 3).describe("How deep archives can be nested."),
  STEMMA_SEQUENCE_MEMORY: whole(100, 100_000_000, 300_000).describe(
    "Events and join keys that rules over several events can hold, at about 200 bytes each.",
  ),
});

export type Setting = keyof typeof settings.shape;
export type SettingValues = z.output<typeof settings>;

/** Settings that no message shows, and that can stand in a file of their own: `STEMMA_NEO4J_PASSWORD_FILE`. */
export const secrets: readonly Setting[] = [
  "STEMMA_NEO4J_PASSWORD",
  "STEMMA_OIDC_CLIENT_SECRET",
  "STEMMA_TOKEN",
  "STEMMA_WEBHOOK",
  "STEMMA_WEBHOOK_SECRET",
];

/** Former names that are still read. The current name takes precedence. */
export const formerNames: Readonly<Record<string, Setting>> = { STEMMA_PERSON: "STEMMA_ANALYST" };
