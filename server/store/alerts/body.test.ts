import { expect, it } from "vitest";
import { alert } from "../../../test/factories/alerts.ts";
import { alertBody, alertOf, readAlert, rememberingAlerts } from "./body.ts";

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

it("remembers what it has read of a body, not its status, and no damaged one", () => {
  const read = rememberingAlerts();
  const row = (body: string, status: string) => ({ id: "a", body, status });
  const [first, second] = [alertBody({ ...full, message: "first" }), alertBody({ ...full, message: "second" })];
  for (const one of [row(first, "open"), row(first, "escalated"), row(second, "open"), row(first, "open")]) {
    expect(read(one)).toEqual(alertOf(one));
  }
  expect(read(row(first, "open")).fields).toBe(read(row(first, "closed")).fields);
  expect(() => read(row("{}", "open"))).toThrow("is damaged");
  expect(() => read(row("{}", "open"))).toThrow("is damaged");
});
