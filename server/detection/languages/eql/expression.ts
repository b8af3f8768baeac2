import type { Scalar } from "#contracts/event";
import type { FunctionName } from "../../../condition/functions.ts";

export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type MembershipOperator = "in" | "in~" | ":" | "like" | "like~" | "regex" | "regex~";

/** The syntax tree of an EQL expression; `at` is the offset where it begins. */
export type Expression =
  | {
      readonly kind: "literal";
      readonly value: Scalar | undefined;
      readonly decimal: boolean;
      readonly at: number;
    }
  | { readonly kind: "field"; readonly name: string; readonly optional: boolean; readonly at: number }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly caseInsensitive: boolean;
      readonly args: readonly Expression[];
      readonly at: number;
    }
  | {
      readonly kind: "arithmetic";
      readonly function: FunctionName;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | {
      readonly kind: "comparison";
      readonly operator: ComparisonOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | {
      readonly kind: "membership";
      readonly operator: MembershipOperator;
      readonly negated: boolean;
      readonly left: Expression;
      readonly values: readonly Expression[];
      readonly at: number;
    }
  | { readonly kind: "not"; readonly term: Expression; readonly at: number }
  | { readonly kind: "and" | "or"; readonly terms: readonly Expression[]; readonly at: number };
