import { type FocusEvent, type KeyboardEvent, type RefObject, useCallback, useLayoutEffect, useRef } from "react";

/** What has to be spread on the element around a group of controls. */
export interface Roving<Root extends HTMLElement> {
  readonly ref: RefObject<Root | null>;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: (event: FocusEvent) => void;
}

/**
 * One tab stop for a group of links and buttons, between which arrow keys move, so that Tab soon reaches what a page is
 * about (the toolbar pattern of the ARIA practices: radio buttons in it are chosen with Space). Fields of text in the
 * group stay tab stops of their own; lists of choices do not. Controls with `data-skip` cannot be reached by key.
 */
export function useRoving<Root extends HTMLElement>(): Roving<Root> {
  const ref = useRef<Root>(null);
  const last = useRef<HTMLElement>(undefined);
  useLayoutEffect(() => {
    const root = ref.current;
    if (root === null) {
      return undefined;
    }
    const arrange = () => keepOneStop(root, last.current);
    arrange();
    const observer = new MutationObserver(arrange);
    const attributeFilter = ["disabled", "tabindex", "aria-current", "data-skip"];
    observer.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter });
    window.addEventListener("resize", arrange);
    return () => {
      observer.disconnect();
      window.removeEventListener("resize", arrange);
    };
  }, []);
  const onFocus = useCallback(({ target }: FocusEvent) => {
    if (ref.current?.contains(target) === true && target instanceof HTMLElement && target.matches(CONTROLS)) {
      last.current = target;
      keepOneStop(ref.current, target);
    }
  }, []);
  const onKeyDown = useCallback((event: KeyboardEvent) => {
    const root = ref.current;
    const { target, key } = event;
    if (root === null || !(target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const controls = controlsOf(root);
    const at = controls.indexOf(target);
    const to = at === -1 || isOwnKey(target, key) ? undefined : controls[placeAfter(key, at, controls.length) ?? -1];
    if (to !== undefined) {
      // Neither the page nor a radio button shall act on it, and no command runs.
      event.preventDefault();
      to.focus();
    }
  }, []);
  return { ref, onKeyDown, onFocus };
}

function placeAfter(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowRight":
    case "ArrowDown":
      return Math.min(count - 1, at + 1);
    case "ArrowLeft":
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

/** Up and down open a list of choices; left and right move in what is typed there. */
function isOwnKey(target: HTMLElement, key: string): boolean {
  if (!(target instanceof HTMLInputElement) || target.getAttribute("role") !== "combobox") {
    return false;
  }
  const edge = { ArrowLeft: 0, ArrowRight: target.value.length }[key];
  return (
    edge === undefined ||
    target.getAttribute("aria-expanded") === "true" ||
    (!target.readOnly && target.selectionStart !== edge)
  );
}

const CONTROLS =
  "a[href], button:not(:disabled), input:is([type=radio], [type=checkbox], [role=combobox]):not(:disabled)";

function controlsOf(root: HTMLElement): readonly HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>("*")].filter(
    (element) => element.matches(CONTROLS) && !element.matches("[data-skip], [aria-hidden=true]") && isVisible(element),
  );
}

/** Outside a browser nothing has a layout. */
function isVisible(element: HTMLElement): boolean {
  return typeof element.checkVisibility !== "function" || element.checkVisibility();
}

/** The control that had the focus last is the tab stop, else the one of the current page, else the first. */
function keepOneStop(root: HTMLElement, last: HTMLElement | undefined): void {
  const controls = controlsOf(root);
  const preferred = last !== undefined && controls.includes(last) ? last : undefined;
  const stop =
    checkedOf(preferred, controls) ??
    controls.find((one) => one.getAttribute("aria-current") === "page") ??
    controls[0];
  for (const control of root.querySelectorAll<HTMLElement>(CONTROLS)) {
    const index = control === stop ? 0 : -1;
    if (control.tabIndex !== index || control.getAttribute("tabindex") === null) {
      control.tabIndex = index;
    }
  }
}

/** Tab reaches only the checked one of several radio buttons. */
function checkedOf(control: HTMLElement | undefined, controls: readonly HTMLElement[]): HTMLElement | undefined {
  if (!(control instanceof HTMLInputElement) || control.type !== "radio" || document.activeElement === control) {
    return control;
  }
  const isOfGroup = (one: HTMLElement) => one instanceof HTMLInputElement && one.name === control.name && one.checked;
  return controls.find(isOfGroup) ?? control;
}
