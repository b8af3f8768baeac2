import { hash } from "node:crypto";
import { expect, it } from "vitest";
import { bundle, bundleLayout } from "#contracts/bundle";
import { smallBundle } from "../../../test/factories/bundle.ts";
import { bundlePage } from "./page.ts";

/** What each layout prints of the same bundle. Files of a layout that prints something else would seem changed. */
const printed: Readonly<Record<number, string>> = {
  1: "b8583164d70266b4a48e24420f0e085c38ba9e15998c56c610845c950681c23e",
  2: "1b3edf20f4f2bc858c76e98f720d619a76b9df9b2feec8886a9e32b45bc1623b",
};

it("is the same for ever: a page that is printed in another way has another layout number", () => {
  const document = smallBundle();
  expect(bundle.safeParse(document)).toMatchObject({ success: true });
  const page = hash("sha256", bundlePage({ ...document, made: { ...document.made, layout: bundleLayout } }), "hex");
  expect(page, "raise `bundleLayout` and add its line here").toBe(printed[bundleLayout]);
});
