import type { z } from "zod";
import type { Route } from "#contracts/api";

/** A request of a route and a response to it. A test parses both by the schemas of the route. */
export interface Example<R extends Route> {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: DeepReadonly<z.input<R["query"]>>;
  readonly body?: DeepReadonly<z.input<R["body"]>>;
  readonly response: DeepReadonly<z.output<R["response"]>>;
}

/** One example for every route of a subject; a missing one is a type error. */
export type Examples<Routes extends Readonly<Record<string, Route>>> = {
  readonly [Name in keyof Routes]: Example<Routes[Name]>;
};

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
