import { preferences, setPreferences } from "../../live/preferences";
import { useStore } from "../../live/use-store";
import { Choice } from "../ui/Choice";
import { Slider, Switch } from "../ui/Switch";
import styles from "./SettingsDialog.module.css";

/** What this browser remembers for its person. */
export function BrowserSettings() {
  const it = useStore(preferences);
  return (
    <div className={styles["fields"]}>
      <Slider
        label="Editor text size"
        value={it.editorFontSize}
        onChange={(editorFontSize) => setPreferences({ editorFontSize })}
      />
      <Slider
        label="Terminal text size"
        value={it.terminalFontSize}
        onChange={(terminalFontSize) => setPreferences({ terminalFontSize })}
      />
      <Switch
        label="Wrap long lines in the editor"
        checked={it.editorWrap}
        onChange={(editorWrap) => setPreferences({ editorWrap })}
      />
      <Choice
        line
        label="Keys of the editor"
        value={it.editorKeys}
        options={[
          { value: "usual", label: "Usual" },
          { value: "vim", label: "Vim" },
          { value: "emacs", label: "Emacs" },
        ]}
        onChange={(editorKeys) => setPreferences({ editorKeys })}
      />
      <Switch
        label="Overview of the text at the side"
        checked={it.editorOverview}
        onChange={(editorOverview) => setPreferences({ editorOverview })}
      />
      <Switch
        label="Format a file when it is saved by hand"
        checked={it.formatOnSave}
        onChange={(formatOnSave) => setPreferences({ formatOnSave })}
      />
      <Switch
        label="Screen reader mode in terminals"
        checked={it.terminalScreenReader}
        onChange={(terminalScreenReader) => setPreferences({ terminalScreenReader })}
      />
    </div>
  );
}
