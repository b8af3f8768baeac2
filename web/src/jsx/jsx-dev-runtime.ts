import * as react from "react/jsx-dev-runtime";
import { visibleProps } from "./visible-props.ts";

/** The same as `jsx-runtime.ts` for the development server and for tests. */
export const jsxDEV: typeof react.jsxDEV = (type, props, ...rest) =>
  react.jsxDEV(type, visibleProps(type, props), ...rest);
export { Fragment, type JSX } from "react/jsx-dev-runtime";
