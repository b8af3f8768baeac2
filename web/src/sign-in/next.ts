/** The address to return to after signing in: only pages of this app, anything else becomes the start page. */
export function localPath(next: string | null, origin: string = window.location.origin): string {
  // Browsers read a backslash as a slash, and `//host` as another host.
  if (next === null || !/^\/(?![/\\])/.test(next) || !URL.canParse(next, origin)) {
    return "/";
  }
  const { origin: there, pathname, search, hash } = new URL(next, origin);
  return there !== origin || /^\/(?:sign-(?:in|out)|api)(?:\/|$)/.test(pathname) ? "/" : `${pathname}${search}${hash}`;
}

/** The sign-in page, from which one comes back to `path`. */
export const signInPath = (path: string): string =>
  path === "/" || path === "/queue" ? "/sign-in" : `/sign-in?${new URLSearchParams({ next: path })}`;
