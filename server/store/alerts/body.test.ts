import { expect, it } from "vitest";
import { alert } from "../../../test/factories/alerts.ts";
import { alertBody, readAlert } from "./body.ts";

const full = alert({
  rootKey: "root",
  originRootKey: "origin",
  removed: { at: 1, actor: "lena", reason: "unrelated" },
  commandTemplate: "cmd *",
});

it("reads an alert back as it was written, whatever its fields are called", () => {
  const fields = Object.assign(Object.create(null), JSON.parse('{"__proto__":"x","constructor":"y"}'));
  const written = { ...full, fields };
  const read = readAlert(alertBody(written));
  expect(read).toEqual(written);
  expect(Object.getPrototypeOf(read.fields)).toBeNull();
});

it("reads an alert with the former names of its properties", () => {
  const { originRootKey, removed, commandTemplate, ...rest } = full;
  const former = { ...rest, causeRoot: originRootKey, apart: removed, shape: commandTemplate };
  expect(readAlert(JSON.stringify(former))).toEqual(full);
});

it.each(["{}", "null", '"x"'])("throws for the damaged body %s", (body) => {
  expect(() => readAlert(body)).toThrow();
});
