import { Keys } from "../ui/Keys";
import { Modal } from "../ui/Modal";
import styles from "./KeySheet.module.css";

const SHEET = [
  {
    title: "Anywhere",
    keys: [
      ["Mod+K", "Commands and files (@, # symbols)"],
      ["?", "This sheet"],
      ["Mod+,", "Settings of the workspace"],
      ["Mod+Shift+F", "Search in all files"],
      ["Mod+Shift+H", "Replace in all files"],
      ["Mod+B", "Show or hide files"],
      ["Mod+J", "Show or hide the lower panel"],
      ["F6", "Next panel"],
    ],
  },
  {
    title: "Session",
    keys: [
      ["Mod+Enter", "Run"],
      ["Mod+Shift+Enter", "Restart the dev server"],
    ],
  },
  {
    title: "Terminal",
    keys: [
      ["Ctrl+`", "To the terminal and back"],
      ["Mod+Shift+F", "Search the output"],
      ["F1", "Commands, also from a terminal"],
      ["Delete", "On a tab: close the terminal"],
    ],
  },
  {
    title: "Search in files",
    keys: [
      ["Alt+C", "Match case"],
      ["Alt+W", "Whole words"],
      ["Alt+R", "Regular expression"],
      ["Delete", "On a result: leave it out"],
      ["Alt+Enter", "On a result: replace it"],
    ],
  },
  {
    title: "Editor",
    keys: [
      ["Mod+S", "Save"],
      ["Mod+F", "Search in the file"],
      ["Mod+/", "Comment or uncomment"],
      ["Alt+↑", "Move the line up"],
      ["Mod+D", "Select the next occurrence"],
      ["F12", "Where it is made (also Ctrl or ⌘ and a click)"],
      ["Shift+F12", "Where it is used"],
      ["F2", "Rename it everywhere"],
      ["Shift+Alt+F", "Format the file"],
      ["F8", "Next problem of the file"],
      ["Mod+.", "Fix or change the code here"],
      ["Mod+Shift+Space", "What the function wants"],
      ["Mod+Shift+O", "Go to a symbol of the file"],
    ],
  },
] as const;

export function KeySheet({ onClose }: { onClose: () => void }) {
  return (
    <Modal
      open
      onClose={onClose}
      width="l"
      title="Keys"
      lead="In a terminal, Ctrl belongs to the program that runs there; Ctrl+` and F1 always come here."
    >
      <div className={styles["sheet"]}>
        {SHEET.map(({ title, keys }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([combination, what]) => (
                <div key={combination}>
                  <dt>{what}</dt>
                  <dd>
                    <Keys keys={combination} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
