import { useMutation } from "@tanstack/react-query";
import { Ellipsis, GitBranch, PenLine, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { type GitCredential, type Owner, setCredential } from "../../api/environment";
import { notify } from "../../live/notices";
import { useNow } from "../../live/use-now";
import { Row, Rows } from "../settings/SettingsPage";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuLine } from "../ui/Menu";
import { ago } from "../ui/words";
import styles from "./Environment.module.css";
import { RemoveDialog } from "./RemoveDialog";
import { useRefresh } from "./use-environment";
import { ValueField } from "./ValueField";

interface CredentialsProps {
  owner: Owner;
  credentials: readonly GitCredential[];
  mayChange: boolean;
}

/** Names and tokens with which Git asks hosts. */
export function Credentials({ owner, credentials, mayChange }: CredentialsProps) {
  const [dialog, setDialog] = useState<GitCredential | "new" | null>(null);
  const [removing, setRemoving] = useState<GitCredential | null>(null);
  const now = useNow();
  return (
    <section className={styles["part"]} aria-labelledby="credentials">
      <header>
        <h3 id="credentials">Git credentials</h3>
        {mayChange && (
          <Button size="s" icon={<Plus />} onClick={() => setDialog("new")}>
            Add
          </Button>
        )}
      </header>
      <p>
        With these, cloning, fetching, pulling and pushing from the pages of Stead reaches private
        repositories over <code>https</code>.{" "}
        {owner === null
          ? "They are used for what you start, in every workspace, before those of the workspace."
          : "Everybody who may pull and push here uses them; a person’s own ones go first."}{" "}
        Tokens are kept as secrets are.
      </p>
      {credentials.length > 0 && (
        <Rows label="Git credentials">
          {credentials.map((it) => (
            <Row
              key={it.host}
              icon={<GitBranch aria-hidden="true" />}
              title={<code>{it.host}</code>}
              detail={`as ${it.username}, set ${ago(it.updated_at_ms, now)}${owner === null || it.updated_by === null ? "" : ` by ${it.updated_by.name}`}`}
              actions={
                mayChange && (
                  <Menu trigger={<IconButton label={`More for ${it.host}`} icon={<Ellipsis />} />}>
                    <MenuItem icon={<PenLine />} onSelect={() => setDialog(it)}>
                      Replace…
                    </MenuItem>
                    <MenuLine />
                    <MenuItem icon={<Trash2 />} danger onSelect={() => setRemoving(it)}>
                      Remove…
                    </MenuItem>
                  </Menu>
                )
              }
            />
          ))}
        </Rows>
      )}
      {dialog !== null && (
        <CredentialDialog
          owner={owner}
          credential={dialog === "new" ? null : dialog}
          onClose={() => setDialog(null)}
        />
      )}
      {removing !== null && (
        <RemoveDialog
          owner={owner}
          thing={{ kind: "credential", name: removing.host }}
          onClose={() => setRemoving(null)}
        />
      )}
    </section>
  );
}

interface CredentialDialogProps {
  owner: Owner;
  credential: GitCredential | null;
  onClose: () => void;
}

function CredentialDialog({ owner, credential, onClose }: CredentialDialogProps) {
  const [host, setHost] = useState(credential?.host ?? "");
  const [username, setUsername] = useState(credential?.username ?? "");
  const [token, setToken] = useState("");
  const refresh = useRefresh(owner);
  const save = useMutation({
    mutationFn: () => setCredential(owner, host.trim(), username.trim(), token === "" ? null : token),
    onSuccess: async () => {
      notify({ key: "environment", tone: "good", title: `Git can ask ${host.trim()}` });
      onClose();
      await refresh();
    },
  });
  const wrong = host.trim() === "" || username.trim() === "" || (credential === null && token === "");
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title={credential === null ? "Add a Git credential" : `Replace the one for ${credential.host}`}
      submit="Save"
      busy={save.isPending}
      wrong={wrong}
      error={save.error}
      onSubmit={() => save.mutate()}
    >
      <Field
        label="Host"
        mono
        placeholder="github.com"
        autoCapitalize="off"
        value={host}
        disabled={credential !== null}
        onChange={(event) => setHost(event.target.value)}
      />
      <Field
        label="User name"
        autoCapitalize="off"
        value={username}
        hint="Your name at the host; most take any with a token."
        onChange={(event) => setUsername(event.target.value)}
      />
      <ValueField
        label="Token"
        masked
        value={token}
        placeholder={credential === null ? "" : "Leave empty to keep the one it has"}
        hint="Make one at the host that reaches no further than it must."
        onChange={setToken}
      />
    </FormModal>
  );
}
