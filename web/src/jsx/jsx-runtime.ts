import * as react from "react/jsx-runtime";
import { visibleProps } from "./visible-props.ts";

/**
 * React's JSX with one addition: no text reaches the page with characters that hide or reorder it, whether or not the
 * component that renders it remembered `VisibleText`. TypeScript and Vite are set to this module by `jsxImportSource`.
 */
export const jsx: typeof react.jsx = (type, props, key) => react.jsx(type, visibleProps(type, props), key);
export const jsxs: typeof react.jsxs = (type, props, key) => react.jsxs(type, visibleProps(type, props), key);
export { Fragment, type JSX } from "react/jsx-runtime";
