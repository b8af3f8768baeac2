/**
 * The parts of a browser that jsdom leaves out. Nothing is laid out: every element has the same size, which is enough
 * for virtualised lists to render their first rows. Media queries compare with a width that a test can set.
 */
const elementSize = { width: 800, height: 600 };

const mediaLists = new Set<MediaList>();

/** Changes the width of the window and updates media queries. */
export function setWindowWidth(width: number): void {
  window.innerWidth = width;
  for (const list of mediaLists) {
    list.dispatchEvent(new Event("change"));
  }
}

/** Understands `(min-width: …px)` and `(max-width: …px)`; everything else does not match. */
class MediaList extends EventTarget {
  readonly media: string;

  constructor(media: string) {
    super();
    this.media = media;
    mediaLists.add(this);
  }

  get matches(): boolean {
    const [, bound, pixels] = /\((min|max)-width: (\d+)px\)/.exec(this.media) ?? [];
    return bound === undefined
      ? false
      : bound === "min"
        ? window.innerWidth >= Number(pixels)
        : window.innerWidth <= Number(pixels);
  }
}

class SizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

/** Every observed element is in the viewport. */
class EverythingVisible {
  readonly #report: (entries: readonly { readonly isIntersecting: boolean }[]) => void;

  constructor(report: (entries: readonly { readonly isIntersecting: boolean }[]) => void) {
    this.#report = report;
  }
  observe(): void {
    queueMicrotask(() => this.#report([{ isIntersecting: true }]));
  }
  disconnect(): void {}
}

export function installBrowserParts(): void {
  Object.assign(window, {
    matchMedia: (media: string) => new MediaList(media),
    ResizeObserver: SizeObserver,
    IntersectionObserver: EverythingVisible,
  });
  // Text areas that grow measure themselves again when a font was loaded.
  Object.assign(document, { fonts: new EventTarget() });
  Object.assign(Element.prototype, { scrollTo: () => undefined, scrollIntoView: () => undefined });
  Object.defineProperties(HTMLElement.prototype, {
    offsetWidth: { configurable: true, get: () => elementSize.width },
    offsetHeight: { configurable: true, get: () => elementSize.height },
    clientWidth: { configurable: true, get: () => elementSize.width },
    clientHeight: { configurable: true, get: () => elementSize.height },
  });
}
