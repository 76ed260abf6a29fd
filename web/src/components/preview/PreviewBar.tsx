import {
  ArrowLeft,
  ArrowRight,
  Cookie,
  Copy,
  Ellipsis,
  Monitor,
  RotateCcwSquare,
  RotateCw,
  Share2,
  Smartphone,
  SquareArrowOutUpRight,
  Tablet,
} from "lucide-react";
import { useState } from "react";
import type { RuntimeState } from "../../api/types";
import { copyText } from "../../live/clipboard";
import type { Device, PreviewView } from "../../live/preview-machine";
import type { PreviewStore } from "../../live/preview-store";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuChoice, MenuItem, MenuLine } from "../ui/Menu";
import { PortPicker } from "./PortPicker";
import styles from "./PreviewBar.module.css";

const DEVICE_OPTIONS = [
  { value: "fill", label: "Fill the pane", icon: <Monitor /> },
  { value: "tablet", label: "Tablet, 820 × 1180", icon: <Tablet /> },
  { value: "phone", label: "Phone, 390 × 844", icon: <Smartphone /> },
] as const satisfies readonly { value: Device; label: string; icon: React.ReactNode }[];

interface PreviewBarProps {
  runtime: RuntimeState;
  view: PreviewView;
  store: PreviewStore;
  /** Something is there to be shown. */
  there: boolean;
  readOnly: boolean;
  onShare: (() => void) | null;
}

/** The address and what one does with it. */
export function PreviewBar({ runtime, view, store, there, readOnly, onShare }: PreviewBarProps) {
  const address = store.address();
  const openTab = () => address !== null && window.open(address, "_blank", "noopener");
  const copy = () =>
    address !== null && void copyText(address, "It opens for you, on devices that are signed in.");
  return (
    <div
      className={styles["bar"]}
      role="toolbar"
      aria-label="Preview"
      onPointerEnter={store.look}
      onFocus={store.look}
    >
      <IconButton
        label="Back"
        icon={<ArrowLeft />}
        disabled={!there || view.behind === 0}
        onClick={() => store.travel(-1)}
      />
      <IconButton
        label="Forward"
        icon={<ArrowRight />}
        disabled={!there || view.ahead === 0}
        onClick={() => store.travel(1)}
        className={styles["wide"]}
      />
      <IconButton
        label="Reload the preview"
        icon={<RotateCw />}
        disabled={!there}
        onClick={() => void store.reload()}
      />
      <div className={styles["address"]}>
        <PortPicker runtime={runtime} view={view} store={store} readOnly={readOnly} />
        <PathInput key={view.path} path={view.path} onGo={store.go} disabled={!there} />
      </div>
      <IconButton
        label="Open in a new tab"
        icon={<SquareArrowOutUpRight />}
        disabled={!there || address === null}
        onClick={openTab}
      />
      {onShare !== null && <IconButton label="Share the app" icon={<Share2 />} onClick={onShare} />}
      <Menu trigger={<IconButton label="Device and more" icon={<Ellipsis />} />}>
        <MenuChoice
          label="Show as"
          value={view.device}
          options={DEVICE_OPTIONS}
          onChange={(device) => store.setDevice({ device })}
        />
        <MenuItem
          icon={<RotateCcwSquare />}
          disabled={view.device === "fill"}
          onSelect={() => store.setDevice({ rotated: !view.rotated })}
        >
          Rotate
        </MenuItem>
        <MenuLine />
        <MenuItem icon={<Copy />} disabled={address === null} onSelect={copy}>
          Copy address
        </MenuItem>
        {view.losesCookies && (
          <>
            <MenuLine />
            {/* Those that the server sets are kept here too. */}
            <MenuItem icon={<Cookie />} disabled={address === null} hint="open a tab" onSelect={openTab}>
              Cookies set by scripts are lost here
            </MenuItem>
          </>
        )}
      </Menu>
    </div>
  );
}

interface PathInputProps {
  path: string;
  onGo: (path: string) => void;
  disabled: boolean;
}

function PathInput({ path, onGo, disabled }: PathInputProps) {
  const [text, setText] = useState(path);
  return (
    <form
      className={styles["path"]}
      onSubmit={(event) => {
        event.preventDefault();
        onGo(text);
      }}
    >
      <input
        aria-label="Path in the app"
        value={text}
        disabled={disabled}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        inputMode="url"
        enterKeyHint="go"
        onChange={(event) => setText(event.target.value)}
        onFocus={(event) => event.target.select()}
        onKeyDown={(event) => event.key === "Escape" && setText(path)}
      />
    </form>
  );
}
