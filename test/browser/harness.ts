import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../../server/bench/chromium.ts";
import type { RunningServer } from "../../server/cli/serve.ts";
import { type Config, readConfig, type Setting } from "../../server/config.ts";
import { startWorkbench } from "../../server/main.ts";
import type { Handlers } from "../../web/src/test/fake-api.ts";
import { serveFakeApi } from "./fake-api.ts";

/** Tests of pages are skipped by name without it, and fail on a build server. */
const executable = chromiumPath();

/** Nothing of the browser itself may reach for the network or write outside its profile. */
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Another build of the web app than `web/dist`, for those who work on it while the tests run. */
const web = process.env["WEB_DIST"];

type Settings = Partial<Record<Setting, string>>;

export interface Product {
  readonly workbench: RunningServer;
  readonly config: Config;
  /** A folder of its own, removed at the end. */
  readonly folder: string;
  stop(): Promise<void>;
}

/**
 * The real workbench on a free port over a database of its own, with the bundled sample unless the settings say not.
 */
export async function startProduct(settings: Settings = {}): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), "stemma-browser-"));
  const config = readConfig(
    {},
    {
      STEMMA_PORT: "0",
      STEMMA_CHECK_ANSWERS: "on",
      STEMMA_ANALYST: "robin",
      STEMMA_LOG: "silent",
      STEMMA_RULE_ROOTS: tmpdir(),
      ...settings,
    },
    folder,
  );
  if (!config.ok) {
    throw new Error(JSON.stringify(config.error));
  }
  const started = await startWorkbench(web === undefined ? config.value : { ...config.value, web }, {
    now: Date.now,
  });
  if (!started.ok) {
    throw new Error(started.error.message);
  }
  const workbench = started.value;
  return {
    workbench,
    config: config.value,
    folder,
    stop: async () => {
      await workbench.stop();
      await rm(folder, { recursive: true });
    },
  };
}

export type Theme = "light" | "dark";

interface Look {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** Lays routes over the page before its first request: one that is open may ask the real server in between. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

export interface Visit {
  readonly product: Product;
  /** A page of a fresh browser context, signed in through the one-time link and at `path`. */
  open(path: string, look?: Look): Promise<Page>;
  /** An empty page of a fresh browser context, in which nobody is signed in. */
  openEmpty(look?: Look): Promise<Page>;
  /** As `open`, with an API that is made up from the first request of the page on (`serveFakeApi`). */
  openMadeUp(path: string, handlers: Handlers): Promise<Page>;
  /** Errors in the browser's console that this test brings about on purpose. */
  expectComplaint(pattern: RegExp): void;
}

/**
 * A group of browser tests over one server and one browser. A test fails on any error in the console, which is where
 * violations of the Content-Security-Policy stand, and on any error that a page does not catch.
 */
export function inBrowser(
  name: string,
  body: (visit: Visit) => void,
  settings: Settings | (() => Promise<Settings>) = {},
): void {
  if (!existsSync(executable)) {
    if (process.env["CI"] === "true") {
      it(`${name}: needs Chromium at ${executable}`, () => expect.fail("there is none; CHROMIUM names another path"));
    } else {
      describe.skip(`${name} (skipped: no Chromium at ${executable})`, () => it("needs a browser"));
    }
    return;
  }
  describe(name, () => {
    let product: Product | undefined;
    let browser: Browser | undefined;
    let complaints: string[] = [];
    let expected: RegExp[] = [];
    const contexts: BrowserContext[] = [];
    /** The cookie of the first sign-in: the link works once. */
    let cookie: Promise<Awaited<ReturnType<BrowserContext["storageState"]>>> | undefined;

    beforeAll(async () => {
      product = await startProduct(typeof settings === "function" ? await settings() : settings);
      browser = await chromium.launch({ executablePath: executable, args });
    });
    afterAll(async () => {
      // One of them may not have started.
      await browser?.close();
      await product?.stop();
    });
    afterEach(async ({ task }) => {
      if (task.result?.state === "fail") {
        for (const page of contexts.flatMap((context) => context.pages())) {
          console.error(await shown(page));
        }
      }
      // A page that refreshes while it is closed asks the real server for what was made up.
      const unexpected = complaints.filter((complaint) => !expected.some((pattern) => pattern.test(complaint)));
      for (const context of contexts.splice(0)) {
        // An answer that is still being made up is nobody's any more.
        await Promise.all(context.pages().map((page) => page.unrouteAll({ behavior: "ignoreErrors" })));
        await context.close();
      }
      complaints = [];
      expected = [];
      expect(unexpected).toEqual([]);
    });

    const openEmpty = async ({ theme = "light", width = 1280, height = 800, prepare }: Look = {}) => {
      const context = await there(browser).newContext({
        viewport: { width, height },
        colorScheme: theme,
        reducedMotion: "reduce",
        timezoneId: "UTC",
        locale: "en-GB",
      });
      contexts.push(context);
      // On a busy machine a page is slow.
      context.setDefaultTimeout(120_000);
      context.on("console", (message) => {
        if (message.type() === "error") {
          complaints.push(`${message.text()} (${message.location().url})`);
        }
      });
      context.on("weberror", (error) => complaints.push(String(error.error().stack ?? error.error())));
      const page = await context.newPage();
      await prepare?.(page);
      return page;
    };
    /** Signs in on a page of its own, which nothing else is asked of. */
    const signIn = async () => {
      const page = await openEmpty();
      await page.goto(there(product).workbench.signInLink());
      const state = await page.context().storageState();
      await page.context().close();
      return state;
    };
    const open = async (path: string, look?: Look) => {
      cookie ??= signIn();
      const state = await cookie;
      const page = await openEmpty(look);
      await page.context().setStorageState(state);
      await page.goto(new URL(path, there(product).workbench.url).href);
      await settled(page);
      return page;
    };

    body({
      open,
      openEmpty,
      openMadeUp: (path, handlers) => open(path, { prepare: (page) => serveFakeApi(page, handlers) }),
      get product() {
        return there(product);
      },
      expectComplaint: (pattern) => {
        expected.push(pattern);
      },
    });
  });
}

/** What a page shows, for the log of a test that failed. */
async function shown(page: Page): Promise<string> {
  const text = await page
    .locator("body")
    .ariaSnapshot({ timeout: 5_000 })
    .catch((error: unknown) => String(error));
  return `${page.url()}\n${text.slice(0, 8_000)}`;
}

function there<T>(part: T | undefined): T {
  if (part === undefined) {
    throw new Error("used before the tests of the group run");
  }
  return part;
}

/** Waits until the page shows its content and nothing of it is still loading. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  await page.locator("main > *").first().waitFor();
  await page.locator('[aria-busy="true"]').first().waitFor({ state: "detached" });
}

/**
 * Presses the button to try again and waits until the page is back. The page also tries by itself: on a busy machine
 * the button may be gone before it is pressed.
 */
export async function tryAgain(button: Locator, back: () => Promise<void>): Promise<void> {
  await Promise.any([button.click(), back()]);
  await back();
}

/** The heading of the page that is open. */
export function heading(page: Page, name: string | RegExp) {
  return page.getByRole("heading", { level: 1, name });
}
