import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { createWorkspace, listTemplates } from "../../api/gateway";
import type { Source } from "../../api/types";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import styles from "./CreateDialog.module.css";
import { type Choice, SourcePicker } from "./SourcePicker";

/** `https://host/team/project.git` is called `project` unless somebody knows better. */
export function nameFromUrl(url: string): string {
  return /([^/]+?)(?:\.git)?\/*$/.exec(url.replace(/^https?:\/\/[^/]*/, ""))?.[1] ?? "";
}

export function CreateDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const templates = useQuery({
    queryKey: ["templates"],
    queryFn: listTemplates,
    enabled: open,
    staleTime: 600_000,
  });
  const [choice, setChoice] = useState<Choice>({ kind: "template", id: "vite-react", title: "Vite + React" });
  const [url, setUrl] = useState("");
  const [branch, setBranch] = useState("");
  const [typedName, setTypedName] = useState<string | null>(null);
  const queryClient = useQueryClient();
  const navigate = useNavigate();

  const suggested =
    choice.kind === "git" ? nameFromUrl(url) : choice.kind === "template" ? choice.title : "Untitled";
  const name = typedName ?? suggested;
  const create = useMutation({
    mutationFn: () => createWorkspace(name.trim(), sourceOf(choice, url.trim(), branch.trim())),
    onSuccess: async (workspace) => {
      onClose();
      await navigate({ to: "/w/$workspaceId", params: { workspaceId: workspace.id } });
      await queryClient.invalidateQueries({ queryKey: ["workspaces"] });
    },
  });
  const complete = name.trim() !== "" && (choice.kind !== "git" || /^https?:\/\/./.test(url.trim()));

  return (
    <Modal
      open={open}
      onClose={onClose}
      width="l"
      title="New workspace"
      lead="A machine of its own: files, terminals and a dev server with a live preview."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form="create" busy={create.isPending} disabled={!complete}>
            Create workspace
          </Button>
        </>
      }
    >
      <form
        id="create"
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          if (complete) create.mutate();
        }}
      >
        <SourcePicker templates={templates.data ?? []} choice={choice} onChoose={setChoice} />
        {templates.isError && <FormError>{messageOf(templates.error)}</FormError>}
        {choice.kind === "git" && (
          <div className={styles["git"]}>
            <Field
              label="Repository"
              mono
              type="url"
              inputMode="url"
              placeholder="https://github.com/you/project.git"
              value={url}
              onChange={(event) => setUrl(event.target.value)}
            />
            <Field
              label="Branch"
              mono
              placeholder="default"
              value={branch}
              onChange={(event) => setBranch(event.target.value)}
            />
          </div>
        )}
        <Field
          label="Name"
          maxLength={80}
          value={name}
          onChange={(event) => setTypedName(event.target.value)}
        />
        {create.isError && <FormError>{messageOf(create.error)}</FormError>}
      </form>
    </Modal>
  );
}

function sourceOf(choice: Choice, url: string, branch: string): Source {
  if (choice.kind === "template") return { kind: "template", id: choice.id };
  if (choice.kind === "git") return { kind: "git", url, branch: branch === "" ? null : branch };
  return { kind: "empty" };
}
