import { Copy, RotateCw } from "lucide-react";
import { useEffect, useState } from "react";
import type { LanguageServer } from "../../api/types";
import { copyText } from "../../live/clipboard";
import type { LanguageConnection } from "../../live/language/language-connection";
import { languages } from "../../live/language/languages";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Modal } from "../ui/Modal";
import styles from "./LanguageChip.module.css";
import { languageWords } from "./language-words";

interface LanguageChipProps {
  workspaceId: string;
  path: string;
  readOnly: boolean;
}

/** Says below a text which language server knows it, or why none does. */
export function LanguageChip({ workspaceId, path, readOnly }: LanguageChipProps) {
  const [connection, setConnection] = useState<LanguageConnection | null>(null);
  useEffect(() => {
    let current = true;
    void languages(workspaceId)
      .of(path)
      .then((it) => {
        if (current) setConnection(it);
      });
    return () => {
      current = false;
    };
  }, [workspaceId, path]);
  return connection === null ? null : <Chip connection={connection} readOnly={readOnly} />;
}

function Chip({ connection, readOnly }: { connection: LanguageConnection; readOnly: boolean }) {
  const server = useStore(connection.server);
  const [open, setOpen] = useState(false);
  const { short, state } = languageWords(server);
  return (
    <>
      <button
        type="button"
        className={styles["chip"]}
        data-state={state}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        {short}
      </button>
      {open && (
        <About
          server={server}
          onClose={() => setOpen(false)}
          {...(readOnly ? {} : { onRestart: () => connection.restart() })}
        />
      )}
    </>
  );
}

interface AboutProps {
  server: LanguageServer;
  onClose: () => void;
  onRestart?: () => void;
}

/** What the server is, where it came from, and what to do when there is none. */
function About({ server, onClose, onRestart }: AboutProps) {
  const { long, state } = languageWords(server);
  const isMissing = server.status === "not_installed";
  const canRestart = onRestart !== undefined && ["ready", "starting", "failed"].includes(server.status);
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title={`${server.name} language server`}
      lead={long}
      actions={
        <>
          {isMissing && (
            <Button
              icon={<Copy />}
              onClick={() => void copyText(server.install, "Paste it into a terminal.")}
            >
              Copy command
            </Button>
          )}
          {canRestart && (
            <Button icon={<RotateCw />} onClick={onRestart}>
              Restart
            </Button>
          )}
          <Button look="ink" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      {isMissing ? (
        <code className={styles["command"]}>{server.install}</code>
      ) : (
        <dl className={styles["facts"]}>
          <dt>Program</dt>
          <dd>
            <code>{server.program}</code>
          </dd>
          <dt>Looks at</dt>
          <dd>{server.root === "" ? "the whole workspace" : <code>{server.root}</code>}</dd>
        </dl>
      )}
      {state === "bad" && server.message != null && <pre className={styles["said"]}>{server.message}</pre>}
    </Modal>
  );
}
