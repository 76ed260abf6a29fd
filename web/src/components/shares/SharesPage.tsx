import { Plus, Share2 } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/client";
import type { Share } from "../../api/types";
import type { SectionProps } from "../manage/sections";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { EndShareDialog } from "./EndShareDialog";
import { ShareCard } from "./ShareCard";
import { ShareForm } from "./ShareForm";
import styles from "./Shares.module.css";
import { useShares } from "./use-shares";

type Open = { kind: "new" } | { kind: "change" | "end"; share: Share };

/** Every share of the workspace, with what can be done about each. */
export function SharesPage({ workspace }: SectionProps) {
  const shares = useShares(workspace.id);
  const [open, setOpen] = useState<Open | null>(null);
  const manages = workspace.role === "owner";
  const create = manages && (
    <Button look="ink" icon={<Plus />} onClick={() => setOpen({ kind: "new" })}>
      New share
    </Button>
  );
  if (shares.data === undefined) {
    return shares.isError ? (
      <Explain
        title="The list cannot be loaded"
        tone="bad"
        actions={<Button onClick={() => void shares.refetch()}>Try again</Button>}
      >
        {messageOf(shares.error)}
      </Explain>
    ) : (
      <div className={styles["list"]} aria-busy="true" />
    );
  }
  return (
    <>
      {shares.data.length === 0 ? (
        <div className={styles["empty"]}>
          <Explain icon={<Share2 />} title="Nothing is shared" actions={create}>
            {manages
              ? "A share is an address for the running app: for a client, a class, the phone in your hand. Visitors see what the preview shows. They see no file and no terminal, and start nothing."
              : "An owner of the workspace can make an address by which people see the running app."}
          </Explain>
        </div>
      ) : (
        <>
          <div className={styles["head"]}>{create}</div>
          <ul className={styles["list"]} aria-label="Shares">
            {shares.data.map((share) => (
              <ShareCard
                key={share.id}
                workspaceId={workspace.id}
                share={share}
                manages={manages}
                onChange={() => setOpen({ kind: "change", share })}
                onEnd={() => setOpen({ kind: "end", share })}
              />
            ))}
          </ul>
        </>
      )}
      {(open?.kind === "new" || open?.kind === "change") && (
        <ShareForm
          workspaceId={workspace.id}
          share={open.kind === "change" ? open.share : null}
          onClose={() => setOpen(null)}
        />
      )}
      {open?.kind === "end" && (
        <EndShareDialog workspaceId={workspace.id} share={open.share} onClose={() => setOpen(null)} />
      )}
    </>
  );
}
