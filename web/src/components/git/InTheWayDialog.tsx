import { messageOf } from "../../api/client";
import { filesIn, git } from "../../api/git";
import type { GitStash } from "../../api/types";
import { gitStore } from "../../live/git-store";
import { notify } from "../../live/notices";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { AskDialog } from "./AskDialog";

interface InTheWayDialogProps {
  workspaceId: string;
  /** The branch that was to be checked out, and why it was not. */
  name: string;
  refusal: unknown;
  onClose: () => void;
  onDone: () => void;
}

/** A checkout would have overwritten what is not committed: three ways on, none of which loses it. */
export function InTheWayDialog({ workspaceId, name, refusal, onClose, onDone }: InTheWayDialogProps) {
  const store = gitStore(workspaceId);
  const { busy } = useStore(store);
  const putAside = async () => {
    const stash = () => git.createStash(workspaceId, `Before switching to ${name}`);
    if (!(await store.run("Nothing was put aside, and nothing else was done", stash))) return;
    // Where it cannot be found out which one that is, the branch is switched all the same.
    const [newest] = await git.stashes(workspaceId).catch(() => []);
    const back = ({ id }: GitStash) =>
      void store.run("They were not brought back", () => git.applyStash(workspaceId, id, true));
    const switched = await store.run("Your changes are put aside, and the branch is the same", () =>
      git.checkout(workspaceId, name),
    );
    notify({
      key: "put-aside",
      tone: "info",
      title: "Your changes are put aside",
      detail: "More about the repository, Changes put aside has them.",
      ...(newest === undefined ? {} : { action: { label: "Bring back here", run: () => back(newest) } }),
    });
    if (switched) onDone();
    else onClose();
  };
  const takeAlong = async () => {
    if (await store.run("Still on the same branch", () => git.checkout(workspaceId, name, true))) onDone();
  };
  return (
    <AskDialog
      title={`Changes are in the way of ${name}`}
      lead="Nothing was changed. Changes to the files below are not committed. Put them aside to find them again later, or take them along: then both are merged, and what does not fit together becomes a conflict."
      act="Put aside and switch"
      busy={busy}
      onAct={() => void putAside()}
      onClose={onClose}
      others={
        <Button busy={busy} onClick={() => void takeAlong()}>
          Take along
        </Button>
      }
    >
      <pre className="git-said">{filesIn(messageOf(refusal))}</pre>
    </AskDialog>
  );
}
