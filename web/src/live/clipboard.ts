/** Copying, where the browser lets us: a plain-HTTP address other than localhost has no clipboard. */
import { notify } from "./notices";

/** Copies `text` and says so; `detail` says what it is good for. */
export async function copyText(text: string, detail?: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notify({ key: "copied", tone: "good", title: "Copied", ...(detail === undefined ? {} : { detail }) });
  } catch {
    notify({ key: "copied", tone: "bad", title: "This browser did not let us copy", detail: text });
  }
}
