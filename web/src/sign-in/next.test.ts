import { describe, expect, it } from "vitest";
import { localPath, signInPath } from "./next.ts";

const origin = "https://stemma.example";

describe("the page to return to after signing in", () => {
  it.each([
    ["/alerts/al-1?step=who#x", "/alerts/al-1?step=who#x"],
    ["/sign-in-like", "/sign-in-like"],
  ])("is a page of this app: %s", (next, path) => {
    expect(localPath(next, origin)).toBe(path);
  });

  it.each([
    null,
    "",
    "queue",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/sign-in?next=/queue",
    "/sign-in",
    "/sign-out",
    "/api/v1/me",
  ])("is the start page instead of %s", (next) => {
    expect(localPath(next, origin)).toBe("/");
  });

  it("is part of the address of the sign-in page, unless it is the start page", () => {
    expect(signInPath("/alerts/al-1?step=who")).toBe("/sign-in?next=%2Falerts%2Fal-1%3Fstep%3Dwho");
    expect(signInPath("/queue")).toBe("/sign-in");
  });
});
