import { type RouteName, routes } from "#contracts/api";
import { type Handlers, Refusal } from "./fake-api.ts";

/** A character that reorders the text after it, and one that nobody sees. */
const MARK = "\u202e\u200b";

/** Values that the server chooses from a list, although their schema is any text. */
const CHOICES = /^\/facets\/(?:language|severity|state|kind)\//;

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** Any character of `hostileApi`. */
export const hostileCharacter = /[\u202e\u200b]/;

/**
 * Handlers whose responses have hostile characters at the end of every text that their schema allows to be any text:
 * names, messages, command lines, field names, keys. What the page sends back reaches the handlers as it was.
 */
export function hostileApi(handlers: Handlers): Handlers {
  const hostile = Object.entries(handlers).map(([name, handler]) => [
    name,
    async (call: Record<string, unknown>) => {
      const response: unknown = await (handler as (call: unknown) => unknown)(withoutMark(call));
      return response instanceof Refusal ? response : marked(name as RouteName, response);
    },
  ]);
  return Object.fromEntries(hostile);
}

function marked(name: RouteName, response: unknown): unknown {
  const { response: schema } = routes[name];
  let plain: ReadonlySet<string> = new Set();
  for (;;) {
    const result = schema.safeParse(markedExcept(response, plain, ""));
    if (result.success) {
      return result.data;
    }
    const refused = result.error.issues.map((issue) => issue.path.map((part) => `/${String(part)}`).join(""));
    if (refused.every((path) => plain.has(path))) {
      throw new Error(`The response of ${name} does not fit its schema: ${result.error.message}`);
    }
    plain = new Set([...plain, ...refused]);
  }
}

/** Below a path in `plain` everything stays as it is: a schema that is a union reports where its choice begins. */
function markedExcept(value: unknown, plain: ReadonlySet<string>, path: string): unknown {
  if (plain.has(path) || CHOICES.test(path)) {
    return value;
  }
  if (typeof value === "string") {
    return TIME.test(value) ? value : `${value}${MARK}`;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => markedExcept(item, plain, `${path}/${index}`));
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, markedExcept(item, plain, `${path}/${key}`)]))
    : value;
}

function withoutMark(value: unknown): unknown {
  if (typeof value === "string") {
    return value.replaceAll(MARK, "");
  }
  if (Array.isArray(value)) {
    return value.map(withoutMark);
  }
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutMark(item)]))
    : value;
}
