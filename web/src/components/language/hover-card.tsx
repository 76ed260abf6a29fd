/** What a language server says about a thing, as a small card. */
import { LanguageDescription } from "@codemirror/language";
import { languages } from "@codemirror/language-data";
import { highlightCode } from "@lezer/highlight";
import { type ReactNode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import Markdown from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { highlighting } from "../editor/editor-theme";
import styles from "./HoverCard.module.css";

/** The card's element, and what takes it down. */
export function renderHover(markdown: string): { dom: HTMLElement; destroy: () => void } {
  const dom = document.createElement("div");
  dom.className = styles["card"] ?? "";
  const root = createRoot(dom);
  root.render(<HoverCard markdown={markdown} />);
  // React is still at work when the editor takes the element away.
  return { dom, destroy: () => queueMicrotask(() => root.unmount()) };
}

/** Markdown of a language server. */
export function HoverCard({ markdown }: { markdown: string }) {
  return (
    <Markdown
      remarkPlugins={[remarkGfm]}
      rehypePlugins={[rehypeSanitize]}
      components={{
        a: ({ href, children }) =>
          href !== undefined && /^https?:/i.test(href) ? (
            <a href={href} target="_blank" rel="noopener noreferrer">
              {children}
            </a>
          ) : (
            <span>{children}</span>
          ),
        img: ({ alt }) => <span>{alt}</span>,
        pre: ({ children }) => children,
        code: ({ className, children }) => {
          const text = String(children);
          return text.includes("\n") ? (
            <Code language={className?.replace("language-", "") ?? ""} text={text.trimEnd()} />
          ) : (
            <code>{children}</code>
          );
        },
      }}
    >
      {markdown}
    </Markdown>
  );
}

/** Code in the colours of the editor, as soon as its language is there. */
function Code({ language, text }: { language: string; text: string }) {
  const [parts, setParts] = useState<ReactNode[] | null>(null);
  useEffect(() => {
    let current = true;
    const known = LanguageDescription.matchLanguageName(languages, language, true);
    void known?.load().then((support) => {
      if (current) setParts(coloured(text, support.language.parser.parse(text)));
    });
    return () => {
      current = false;
    };
  }, [language, text]);
  return (
    <pre>
      <code>{parts ?? text}</code>
    </pre>
  );
}

function coloured(text: string, tree: Parameters<typeof highlightCode>[1]): ReactNode[] {
  const parts: ReactNode[] = [];
  highlightCode(
    text,
    tree,
    highlighting,
    (code, classes) =>
      parts.push(
        classes === "" ? (
          code
        ) : (
          <span key={parts.length} className={classes}>
            {code}
          </span>
        ),
      ),
    () => parts.push("\n"),
  );
  return parts;
}
