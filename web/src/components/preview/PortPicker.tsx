import { ChevronDown } from "lucide-react";
import type { RuntimeState } from "../../api/types";
import type { PreviewView } from "../../live/preview-machine";
import type { PreviewStore } from "../../live/preview-store";
import { Menu, MenuChoice } from "../ui/Menu";
import styles from "./PortPicker.module.css";

interface PortPickerProps {
  runtime: RuntimeState;
  view: PreviewView;
  store: PreviewStore;
  /** Viewers see the port that the preview shows, and no other. */
  readOnly: boolean;
}

/** The port that is shown; a choice when there are several. */
export function PortPicker({ runtime, view, store, readOnly }: PortPickerProps) {
  const port = view.port ?? runtime.preview.port;
  const words = port === null ? "no port" : `:${port}`;
  if (readOnly || (runtime.ports.length < 2 && view.port === null))
    return <span className={styles["port"]}>{words}</span>;
  const options = [
    {
      value: "main",
      label: `The app${runtime.preview.port === null ? "" : `, port ${runtime.preview.port}`}`,
    },
    ...runtime.ports
      .filter((it) => !it.primary)
      .map((it) => ({ value: String(it.port), label: `Port ${it.port}, ${it.process}` })),
  ];
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles["port"]} aria-label={`Port: ${words}`}>
          {words}
          <ChevronDown />
        </button>
      }
    >
      <MenuChoice
        label="Listening now"
        value={view.port === null ? "main" : String(view.port)}
        options={options}
        onChange={(value) => store.choosePort(value === "main" ? null : Number(value))}
      />
    </Menu>
  );
}
