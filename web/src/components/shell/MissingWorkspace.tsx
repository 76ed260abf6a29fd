import { Link } from "@tanstack/react-router";
import { MapPinOff } from "lucide-react";
import { Explain } from "../ui/Explain";
import { Page } from "./Page";

/** In place of a workspace that the person may not, or (with its name) can no longer, see. */
export function MissingWorkspace({ was }: { was?: string | undefined }) {
  return (
    <Page>
      <Explain
        icon={<MapPinOff />}
        title={was === undefined ? "There is no such workspace" : `You can no longer see ${was}`}
        actions={<Link to="/">All workspaces</Link>}
      >
        {was === undefined
          ? "It was deleted, or it is not yours to see."
          : "An owner took you out, or it was deleted. What you had open there, terminals and previews too, closed at once. What was saved is saved, and if it still exists, what runs in it goes on."}
      </Explain>
    </Page>
  );
}
