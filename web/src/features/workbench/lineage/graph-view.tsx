import { ActionIcon, Tooltip, useComputedColorScheme } from "@mantine/core";
import { IconArrowsMaximize, IconInfoCircle, IconPhotoDown } from "@tabler/icons-react";
import cytoscape, { type Core, type ElementDefinition } from "cytoscape";
import { useEffect, useMemo, useRef, useState } from "react";
import { visibleString } from "../../../ui/visible-text.ts";
import { graphStyle } from "./graph-style.ts";
import classes from "./graph-view.module.css";
import { type Card, cardWidth, layoutGraph, nearestRows } from "./layout.ts";
import type { Lineage } from "./use-lineage.ts";
import { accountName, commandTail, processName, sessionSummary } from "./words.ts";

/** More cards than this are no picture any more, and take the canvas seconds. */
const mostCards = 600;
const lineLength = 31;
const short = (text: string) => {
  const seen = visibleString(text);
  return seen.length > lineLength ? `${seen.slice(0, lineLength - 1)}…` : seen;
};

function labelOf(card: Card): string {
  const { row, session } = card;
  if (session !== undefined) {
    const who = session.user === undefined ? `session ${session.logonId}` : accountName(session.user);
    const summary = sessionSummary(session);
    return `${short(who)}\n${short(summary === "" ? `session ${session.logonId}` : summary)}`;
  }
  if (row?.kind === "process") {
    const name = `${processName(row.node)}${row.node.pid === undefined ? "" : `  ${row.node.pid}`}`;
    const tail = row.node.placeholder ? "start not recorded" : commandTail(row.node);
    return tail === "" ? short(name) : `${short(name)}\n${short(tail)}`;
  }
  if (row?.kind === "group") {
    return `+ ${row.members.length} × ${short(row.name)}\n${row.open ? "folded out" : "same command shape"}`;
  }
  return row?.kind === "more" ? `${row.hidden} more children\nload` : short(card.label ?? "");
}

function severityOf(card: Card): string | undefined {
  if (card.row?.kind !== "process") {
    return undefined;
  }
  const marks = card.row.node.alerts.filter((alert) => !alert.buildingBlock).map((alert) => alert.severity);
  return marks.length === 0
    ? undefined
    : marks.some((mark) => mark === "high" || mark === "critical")
      ? "high"
      : "medium";
}

function elementsOf(layout: ReturnType<typeof layoutGraph>): ElementDefinition[] {
  return [
    ...layout.hosts.map((host) => ({
      data: { id: `host:${host}`, label: short(host), kind: "host" },
      selectable: false,
    })),
    ...layout.cards.map((card) => ({
      data: {
        id: card.id,
        parent: card.host === undefined ? undefined : `host:${card.host}`,
        label: labelOf(card),
        kind: card.kind,
        placeholder: card.row?.kind === "process" && card.row.node.placeholder ? "yes" : undefined,
        path: card.row?.kind === "process" && card.row.onPath ? "yes" : undefined,
        focus: card.row?.kind === "process" && card.row.isFocus ? "yes" : undefined,
        severity: severityOf(card),
      },
      position: { x: card.x, y: card.y },
    })),
    ...layout.links.map((link) => ({
      data: { id: link.id, source: link.from, target: link.to, kind: link.kind, path: link.onPath ? "yes" : undefined },
    })),
  ];
}

/** Cytoscape adds a style element of this id unless one is there; the Content-Security-Policy allows none without a nonce. */
function holdStylePlace(): void {
  const id = "__________cytoscape_stylesheet";
  if (document.getElementById(id) === null) {
    const holder = document.createElement("meta");
    holder.id = id;
    document.head.append(holder);
  }
}

function download(cy: Core): void {
  const background = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim();
  const blob = cy.png({ output: "blob", full: true, scale: 2, bg: background, maxWidth: 8000, maxHeight: 8000 });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "lineage.png";
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The same rows as the tree as a picture. The tree and the table are its accessible twins. */
export function GraphView({
  lineage,
  selected,
  select,
}: {
  readonly lineage: Lineage;
  readonly selected: string | undefined;
  readonly select: (key: string) => void;
}) {
  const { graph, toggle } = lineage;
  const rows = useMemo(
    () => nearestRows(lineage.rows, mostCards, [graph?.focus, selected]),
    [lineage.rows, graph, selected],
  );
  const holder = useRef<HTMLDivElement>(null);
  const core = useRef<Core>(undefined);
  const anchor = useRef<string>(undefined);
  /** What was drawn last, per element: what has not changed is not touched. */
  const drawn = useRef(new Map<string, string>());
  const [legend, setLegend] = useState(false);
  const scheme = useComputedColorScheme("light");
  const latest = useRef({ rows, toggle, select, selected });
  latest.current = { rows, toggle, select, selected };

  useEffect(() => {
    if (holder.current === null) {
      return;
    }
    holdStylePlace();
    const cy = cytoscape({
      container: holder.current,
      layout: { name: "preset" },
      minZoom: 0.08,
      maxZoom: 2.5,
      boxSelectionEnabled: false,
      autounselectify: true,
      autoungrabify: true,
    });
    cy.on("tap", "node", (event) => {
      const id: string = event.target.id();
      const row = latest.current.rows.find((other) => other.id === id);
      if (row?.kind === "process") {
        latest.current.select(id);
      } else if (row !== undefined) {
        anchor.current = row.parentId;
        latest.current.toggle(row);
      }
    });
    cy.on("dbltap", "node", (event) => {
      const row = latest.current.rows.find((other) => other.id === event.target.id());
      if (row?.kind === "process") {
        anchor.current = row.id;
        latest.current.toggle(row);
      }
    });
    core.current = cy;
    const elements = drawn.current;
    return () => {
      core.current = undefined;
      elements.clear();
      cy.destroy();
    };
  }, []);

  useEffect(() => {
    // Named so that the style is read again when the theme changes.
    void scheme;
    core.current?.style(graphStyle(getComputedStyle(document.documentElement)));
  }, [scheme]);

  useEffect(() => {
    const cy = core.current;
    if (cy === undefined || graph === undefined) {
      return;
    }
    const isFirst = cy.elements().empty();
    const held = cy.getElementById(anchor.current ?? latest.current.selected ?? graph.focus);
    const place = held.empty() ? undefined : { id: held.id(), ...held.position() };
    const next = elementsOf(layoutGraph(rows, graph, place));
    const ids = new Set(next.map((element) => element.data.id));
    cy.batch(() => {
      cy.elements()
        .filter((element) => !ids.has(element.id()))
        .remove()
        .forEach((element) => {
          drawn.current.delete(element.id());
        });
      const fresh: ElementDefinition[] = [];
      for (const element of next) {
        const id = element.data.id ?? "";
        const signature = JSON.stringify(element);
        if (drawn.current.get(id) === signature) {
          continue;
        }
        const known = cy.getElementById(id);
        if (known.empty()) {
          fresh.push(element);
        } else {
          known.data(element.data);
          if (element.position !== undefined) {
            known.position(element.position);
          }
        }
        drawn.current.set(id, signature);
      }
      // All at once: one by one, thousands of cards would take seconds.
      cy.add(fresh);
    });
    anchor.current = undefined;
    if (isFirst) {
      showStart(cy, graph.focus);
    }
  }, [rows, graph]);

  useEffect(() => {
    // Named because a node that has just been added must be marked, too.
    void rows;
    const cy = core.current;
    if (cy === undefined) {
      return;
    }
    cy.$(".selected").removeClass("selected");
    const node = cy.getElementById(selected ?? "");
    node.addClass("selected");
    if (!node.empty()) {
      const box = node.renderedBoundingBox();
      if (box.x1 < 0 || box.y1 < 0 || box.x2 > cy.width() || box.y2 > cy.height()) {
        cy.center(node);
      }
    }
  }, [selected, rows]);

  useEffect(() => {
    const element = holder.current;
    if (element === null) {
      return;
    }
    const observer = new ResizeObserver(() => core.current?.resize());
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const shown = useMemo(() => rows.filter((row) => row.kind === "process").length, [rows]);
  return (
    <div className={classes.view}>
      <div
        ref={holder}
        className={classes.canvas}
        role="img"
        aria-label={`Process graph of ${shown} processes. The tree and the table show the same as text.`}
      />
      {rows.length < lineage.rows.length && (
        <p className={classes.cut} role="status">
          {rows.length} of {lineage.rows.length.toLocaleString("en")} cards are drawn: the way to the alert and the
          levels nearest to the roots. The tree has all of them; collapse a process there to make room.
        </p>
      )}
      <div className={classes.tools}>
        <Tooltip withinPortal={false} label="Fit everything">
          <ActionIcon variant="default" aria-label="Fit everything" onClick={() => core.current?.fit(undefined, 24)}>
            <IconArrowsMaximize size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Tooltip withinPortal={false} label="Save as PNG">
          <ActionIcon
            variant="default"
            aria-label="Save as PNG"
            onClick={() => core.current !== undefined && download(core.current)}
          >
            <IconPhotoDown size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Tooltip withinPortal={false} label="Legend">
          <ActionIcon
            variant="default"
            aria-label="Legend"
            aria-expanded={legend}
            onClick={() => setLegend((before) => !before)}
          >
            <IconInfoCircle size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
      {legend && (
        <ul className={classes.legend} aria-label="Legend">
          {(
            [
              ["exact", "parent exact, by entity ids"],
              ["pid-time", "parent by process id and time"],
              ["declared", "parent declared by the child"],
              ["ambiguous", "several parents fit"],
              ["session", "logon session"],
            ] as const
          ).map(([kind, word]) => (
            <li key={kind}>
              <span className={classes.sample} data-kind={kind} />
              {word}
            </li>
          ))}
          <li className={classes.hint}>Click selects, double click opens or closes, wheel zooms</li>
        </ul>
      )}
    </div>
  );
}

/** Starts at a readable size around the process of the alert; all of it when it fits. */
function showStart(cy: Core, focus: string): void {
  cy.fit(undefined, 24);
  const readable = 0.85;
  if (cy.zoom() > 1) {
    cy.zoom(1);
    cy.center();
  } else if (cy.zoom() < readable) {
    cy.zoom(readable);
    const node = cy.getElementById(focus);
    cy.center(node);
    cy.panBy({ x: Math.min(0, cy.width() / 2 - cardWidth), y: 0 });
  }
}
