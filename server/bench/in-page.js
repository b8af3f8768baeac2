// Runs in the page that is measured: see `web.ts`. Each function gives a list of milliseconds.

const next = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** Scrolls the list that holds such rows down, 40 pixels a picture: the times between pictures. */
async function scrolled(within, milliseconds) {
  let list = document.querySelector(within)?.parentElement;
  while (list && list.scrollHeight <= list.clientHeight + 1) {
    list = list.parentElement;
  }
  const gaps = [];
  const start = await next();
  for (let last = start; last - start < milliseconds; ) {
    list?.scrollBy(0, 40);
    const now = await next();
    gaps.push(now - last);
    last = now;
  }
  return gaps;
}

/** Chooses a view: until it is drawn and two more pictures have passed. */
async function chosen(view, drawn) {
  const tab = [...document.querySelectorAll('[role="tab"]')].find(
    ({ textContent }) => textContent?.trim().toLowerCase() === view,
  );
  const before = performance.now();
  tab?.click();
  do {
    await next();
  } while (document.querySelector(drawn) === null);
  await next();
  await next();
  return [performance.now() - before];
}

/** Opens the first process of the tree that can be opened: until the tree has more rows. Nothing where there is none. */
async function expanded() {
  const tree = document.querySelector('[role="tree"]');
  const count = () => Number(tree?.getAttribute("data-count"));
  const known = count();
  const row = document.querySelector('[role="treeitem"][aria-expanded="false"]');
  if (row === null) {
    return [];
  }
  const before = performance.now();
  row.querySelector("button")?.click();
  while (count() === known && performance.now() - before < 10_000) {
    await next();
  }
  await next();
  return [performance.now() - before];
}

globalThis.stemmaBench = { scrolled, chosen, expanded };
