// Runs in the measured page: see `web.ts`. Each function returns a list of milliseconds.

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** Scrolls the list that contains the rows by 40 pixels per frame. Returns the times between frames. */
async function scrolled(rowSelector, milliseconds) {
  let list = document.querySelector(rowSelector)?.parentElement;
  while (list && list.scrollHeight <= list.clientHeight + 1) {
    list = list.parentElement;
  }
  const gaps = [];
  const start = await nextFrame();
  for (let last = start; last - start < milliseconds; ) {
    list?.scrollBy(0, 40);
    const now = await nextFrame();
    gaps.push(now - last);
    last = now;
  }
  return gaps;
}

/** Moves the graph to and fro, 40 pixels per frame, with cards that can be read. Returns the times between frames. */
async function panned(milliseconds) {
  const { cy } = [...document.querySelectorAll('[role="img"]')].find((element) => element._cyreg)._cyreg;
  cy.zoom(1);
  const gaps = [];
  const start = await nextFrame();
  for (let last = start; last - start < milliseconds; ) {
    const direction = Math.floor((last - start) / 1000) % 2 === 0 ? -1 : 1;
    cy.panBy({ x: direction * 5, y: direction * 40 });
    const now = await nextFrame();
    gaps.push(now - last);
    last = now;
  }
  return gaps;
}

/** Chooses a view. Returns the time until it is drawn and two more frames have passed. */
async function chosen(view, drawnSelector) {
  const tab = [...document.querySelectorAll('[role="tab"]')].find(
    ({ textContent }) => textContent?.trim().toLowerCase() === view,
  );
  const before = performance.now();
  tab?.click();
  do {
    await nextFrame();
  } while (document.querySelector(drawnSelector) === null);
  await nextFrame();
  await nextFrame();
  return [performance.now() - before];
}

/**
 * Expands the first process that can be expanded. Returns the time until the tree has more rows; nothing without one.
 */
async function expanded() {
  const tree = document.querySelector('[role="tree"]');
  const count = () => Number(tree?.getAttribute("data-count"));
  const before = count();
  const row = document.querySelector('[role="treeitem"][aria-expanded="false"]');
  if (row === null) {
    return [];
  }
  const start = performance.now();
  row.querySelector("button")?.click();
  while (count() === before && performance.now() - start < 10_000) {
    await nextFrame();
  }
  await nextFrame();
  return [performance.now() - start];
}

globalThis.stemmaBench = { scrolled, panned, chosen, expanded };
