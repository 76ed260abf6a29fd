import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { getSettings, putSettings } from "../../api/kernel";
import type { Settings } from "../../api/types";
import { notify } from "../../live/notices";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { Switch } from "../ui/Switch";
import { BrowserSettings } from "./BrowserSettings";
import styles from "./SettingsDialog.module.css";

interface SettingsDialogProps {
  workspaceId: string;
  readOnly: boolean;
  onClose: () => void;
}

/** What the workspace remembers for everyone, and what this browser remembers for you. */
export function SettingsDialog({ workspaceId, readOnly, onClose }: SettingsDialogProps) {
  const saved = useQuery({ queryKey: ["settings", workspaceId], queryFn: () => getSettings(workspaceId) });
  return (
    <Modal open onClose={onClose} width="m" title="Settings">
      <h3 className={styles["heading"]}>This workspace</h3>
      {saved.isError && <FormError>{messageOf(saved.error)}</FormError>}
      {saved.data !== undefined && (
        <WorkspaceSettings
          workspaceId={workspaceId}
          initial={saved.data}
          readOnly={readOnly}
          onSaved={onClose}
          refresh={() => void saved.refetch()}
        />
      )}
      <h3 className={styles["heading"]}>This browser</h3>
      <BrowserSettings />
    </Modal>
  );
}

interface WorkspaceSettingsProps {
  workspaceId: string;
  initial: Settings;
  readOnly: boolean;
  onSaved: () => void;
  refresh: () => void;
}

function WorkspaceSettings({ workspaceId, initial, readOnly, onSaved, refresh }: WorkspaceSettingsProps) {
  const [draft, setDraft] = useState(initial);
  const [port, setPort] = useState(initial.port === null ? "" : String(initial.port));
  const portWrong = port !== "" && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535);
  const save = useMutation({
    mutationFn: () => {
      const command = draft.command === null || draft.command.trim() === "" ? null : draft.command.trim();
      return putSettings(workspaceId, { ...draft, command, port: port === "" ? null : Number(port) });
    },
    onSuccess: () => {
      notify({
        key: "settings",
        tone: "good",
        title: "Settings saved",
        detail: "The dev server uses them at its next start.",
      });
      refresh();
      onSaved();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!portWrong) save.mutate();
      }}
    >
      <fieldset className={styles["fields"]} disabled={readOnly}>
        <Field
          label="Command of the dev server"
          mono
          placeholder="found in the project"
          value={draft.command ?? ""}
          onChange={(event) => setDraft({ ...draft, command: event.target.value })}
        />
        <Field
          label="Port"
          mono
          inputMode="numeric"
          placeholder="chosen by the framework"
          error={portWrong ? "A port is a number from 1 to 65535." : undefined}
          value={port}
          onChange={(event) => setPort(event.target.value)}
        />
        <Switch
          label="Restart after a failure"
          checked={draft.restart === "on_failure"}
          onChange={(on) => setDraft({ ...draft, restart: on ? "on_failure" : "never" })}
        />
        <Switch
          label="Viewers may watch terminals"
          checked={draft.viewers_see_terminals}
          onChange={(viewers_see_terminals) => setDraft({ ...draft, viewers_see_terminals })}
        />
        <Switch
          label="Programs may write the clipboard"
          checked={draft.terminal_clipboard}
          onChange={(terminal_clipboard) => setDraft({ ...draft, terminal_clipboard })}
        />
        <NamesField
          label="Also leave out of search and file changes"
          placeholder="names, such as data, *.log"
          value={draft.ignore_add}
          onChange={(ignore_add) => setDraft({ ...draft, ignore_add })}
        />
        <NamesField
          label="Do not leave out"
          placeholder="usual names, such as dist, build"
          value={draft.ignore_remove}
          onChange={(ignore_remove) => setDraft({ ...draft, ignore_remove })}
        />
      </fieldset>
      {save.isError && <FormError>{messageOf(save.error)}</FormError>}
      {!readOnly && (
        <Button look="ink" type="submit" busy={save.isPending} className={styles["save"]}>
          Save for the workspace
        </Button>
      )}
    </form>
  );
}

interface NamesFieldProps {
  label: string;
  placeholder: string;
  value: string[];
  onChange: (names: string[]) => void;
}

/** Names of files, separated by commas. */
function NamesField({ label, placeholder, value, onChange }: NamesFieldProps) {
  const [text, setText] = useState(value.join(", "));
  return (
    <Field
      label={label}
      mono
      placeholder={placeholder}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        const names = event.target.value.split(",").map((it) => it.trim());
        onChange(names.filter((it) => it !== ""));
      }}
    />
  );
}
