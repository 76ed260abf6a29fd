import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { runAgent } from "../../live/terminal-actions";
import { useStore } from "../../live/use-store";
import { workspaceStore } from "../../live/workspace-store";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { agentName, isAgentName } from "./agent-name";

interface AgentDialogProps {
  workspaceId: string;
  onClose: () => void;
}

/** Starts a program that is known as an agent: in a terminal of its own that everybody here sees. */
export function AgentDialog({ workspaceId, onClose }: AgentDialogProps) {
  const { runtime } = useStore(workspaceStore(workspaceId));
  const [line, setLine] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const taken = (runtime?.terminals ?? []).map((it) => it.name);
  const name = chosen ?? agentName(line, taken);
  const run = useMutation({
    mutationFn: () => runAgent(workspaceId, name, line.trim()),
    onSuccess: onClose,
  });
  const wrongName = isAgentName(name) ? undefined : "Small letters, digits and hyphens; a letter first.";
  return (
    <FormModal
      onClose={onClose}
      title="Run an agent"
      submit="Run"
      busy={run.isPending}
      wrong={line.trim() === "" || wrongName !== undefined}
      error={run.error}
      onSubmit={() => run.mutate()}
    >
      <p>
        It gets a terminal of its own and goes on when you close the page. It has the variables that are given
        to agents, and is named where it is seen to write.
      </p>
      <Field
        label="Command"
        mono
        value={line}
        placeholder="claude"
        hint="As you would type it in a terminal. The program has to be installed in the workspace."
        onChange={(event) => setLine(event.target.value)}
      />
      <Field
        label="Name"
        value={name}
        maxLength={32}
        error={wrongName}
        onChange={(event) => setChosen(event.target.value)}
      />
    </FormModal>
  );
}
