/** Messages that pass: shown by `components/ui/Toasts`, added from anywhere. */
import { Toast } from "@base-ui/react/toast";
import { messageOf } from "../api/client";

export const toastManager = Toast.createToastManager();

interface Message {
  /** Equal keys replace one another. */
  key?: string;
  tone: "info" | "good" | "bad";
  title: string;
  detail?: string;
  action?: { label: string; run: () => void };
}

/** Shows a message; bad news stays longer. */
export function notify({ key, tone, title, detail, action }: Message): void {
  const id = toastManager.add({
    id: key,
    type: tone,
    title,
    description: detail,
    timeout: tone === "bad" ? 12_000 : 5_000,
    priority: tone === "bad" ? "high" : "low",
    ...(action === undefined
      ? {}
      : {
          actionProps: {
            children: action.label,
            onClick: () => {
              action.run();
              toastManager.close(id);
            },
          },
        }),
  });
}

/** Takes away a message that is no news any more, if it is still there. */
export function dismiss(key: string): void {
  toastManager.close(key);
}

/** Tells that something a person asked for did not happen, in the server's words. */
export function notifyFailure(what: string, error: unknown): void {
  notify({ tone: "bad", title: what, detail: messageOf(error) });
}
