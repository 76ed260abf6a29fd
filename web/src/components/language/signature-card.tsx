/** What a function wants, as a small card: its head, with the argument that is typed, and its description. */
import { createRoot } from "react-dom/client";
import { type LspSignatureHelp, markdownOf } from "../../live/language/lsp";
import styles from "./HoverCard.module.css";
import { HoverCard } from "./hover-card";
import { chosen, indexOf, spanOf } from "./signature-parts";

/** The card's element, and what takes it down. */
export function renderSignature(help: LspSignatureHelp): { dom: HTMLElement; destroy: () => void } {
  const dom = document.createElement("div");
  dom.className = `cm-signature ${styles["card"]}`;
  const root = createRoot(dom);
  root.render(<SignatureCard help={help} />);
  // React is still at work when the editor takes the element away.
  return { dom, destroy: () => queueMicrotask(() => root.unmount()) };
}

function SignatureCard({ help }: { help: LspSignatureHelp }) {
  const signature = chosen(help);
  if (signature === undefined) return null;
  const index = indexOf(help, signature);
  const [from, to] = spanOf(signature, index);
  const { label, parameters = [] } = signature;
  const words = [parameters[index]?.documentation, signature.documentation]
    .map((it) => (typeof it === "string" ? it : markdownOf(it)))
    .filter((it) => it.trim() !== "")
    .join("\n\n");
  const count = help.signatures.length;
  return (
    <>
      <pre>
        <code>
          {label.slice(0, from)}
          <strong className={styles["argument"]}>{label.slice(from, to)}</strong>
          {label.slice(to)}
        </code>
      </pre>
      {count > 1 && (
        <p className={styles["count"]}>
          {(help.activeSignature ?? 0) + 1} of {count}; Ctrl+Shift+Space for the next
        </p>
      )}
      {words !== "" && <HoverCard markdown={words} />}
    </>
  );
}
