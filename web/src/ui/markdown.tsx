import { createElement, Fragment, type ReactNode } from "react";
import { VisibleText } from "./command-line.tsx";
import { ExternalLink } from "./external-link.tsx";
import { Lines } from "./lines.tsx";
import classes from "./markdown.module.css";
import type { Block, Inline } from "./markdown-blocks.ts";

/** Markdown blocks as our own elements. `heading` is the level of the top headings. */
export function Markdown({ blocks, heading }: { readonly blocks: readonly Block[]; readonly heading: 2 | 3 | 4 }) {
  return (
    <div className={classes.text}>
      <Blocks blocks={blocks} heading={heading} />
    </div>
  );
}

function Blocks({ blocks, heading }: { readonly blocks: readonly Block[]; readonly heading: number }) {
  return inPlace(blocks, (block) => <BlockView block={block} heading={heading} />);
}

function BlockView({ block, heading }: { readonly block: Block; readonly heading: number }) {
  switch (block.kind) {
    case "heading":
      return createElement(`h${Math.min(6, heading + block.level - 1)}`, {}, <Parts parts={block.parts} />);
    case "paragraph":
      return (
        <p>
          <Parts parts={block.parts} />
        </p>
      );
    case "list":
      return createElement(
        block.start === undefined ? "ul" : "ol",
        block.start === undefined ? {} : { start: block.start },
        inPlace(block.items, (item) => (
          <li>
            <Blocks blocks={item} heading={heading} />
          </li>
        )),
      );
    case "quote":
      return (
        <blockquote>
          <Blocks blocks={block.blocks} heading={heading} />
        </blockquote>
      );
    case "code":
      return (
        <pre>
          <Lines text={block.text} />
        </pre>
      );
    case "break":
      return <hr />;
    case "table":
      return (
        <table>
          <thead>
            <tr>
              {inPlace(block.head, (cell) => (
                <th scope="col">
                  <Parts parts={cell} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {inPlace(block.rows, (row) => (
              <tr>
                {inPlace(row, (cell) => (
                  <td>
                    <Parts parts={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
  }
}

function Parts({ parts }: { readonly parts: readonly Inline[] }) {
  return inPlace(parts, (part) => <PartView part={part} />);
}

function PartView({ part }: { readonly part: Inline }) {
  switch (part.kind) {
    case "text":
      return <VisibleText text={part.text} />;
    case "code":
      return (
        <code>
          <VisibleText text={part.text} />
        </code>
      );
    case "strong":
      return (
        <strong>
          <Parts parts={part.parts} />
        </strong>
      );
    case "emphasis":
      return (
        <em>
          <Parts parts={part.parts} />
        </em>
      );
    case "link":
      return (
        <ExternalLink url={part.url}>
          <Parts parts={part.parts} />
        </ExternalLink>
      );
  }
}

/** The parts of a text never move, so the index is the key. */
function inPlace<T>(items: readonly T[], view: (item: T) => ReactNode) {
  // biome-ignore lint/suspicious/noArrayIndexKey: as above.
  return items.map((item, at) => <Fragment key={at}>{view(item)}</Fragment>);
}
