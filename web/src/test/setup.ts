/**
 * Runs before each file of component tests: every test starts at the same moment, in an empty browser 1280 pixels wide.
 */
import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";
import { installBrowserParts, setWindowWidth } from "./browser.ts";

installBrowserParts();
// Elements appear within milliseconds; a busy machine may take longer.
configure({ asyncUtilTimeout: 10_000 });

beforeEach(() => {
  // Only the clock stops; timers run.
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-03-04T10:00:00Z") });
  localStorage.clear();
  sessionStorage.clear();
  setWindowWidth(1280);
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
