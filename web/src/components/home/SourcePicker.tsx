import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { FileCode2, FolderGit2, Globe, Hexagon, Leaf, Square, Terminal, Wrench, Zap } from "lucide-react";
import type { ReactNode } from "react";
import type { Template } from "../../api/types";
import styles from "./SourcePicker.module.css";

export type Choice = { kind: "template"; id: string; title: string } | { kind: "git" } | { kind: "empty" };

const ICONS: Record<string, ReactNode> = {
  static: <Globe />,
  "vite-react": <Zap />,
  node: <Hexagon />,
  python: <Leaf />,
  rust: <Wrench />,
};

interface SourcePickerProps {
  templates: Template[];
  choice: Choice;
  onChoose: (choice: Choice) => void;
}

/** What a new workspace is filled with: one of the templates, a repository, or nothing. */
export function SourcePicker({ templates, choice, onChoose }: SourcePickerProps) {
  const value = choice.kind === "template" ? `template:${choice.id}` : choice.kind;
  const choose = (next: string) => {
    const template = templates.find((it) => `template:${it.id}` === next);
    if (template !== undefined) onChoose({ kind: "template", id: template.id, title: template.title });
    else onChoose({ kind: next === "git" ? "git" : "empty" });
  };
  return (
    <RadioGroup className={styles["grid"]} aria-label="Start from" value={value} onValueChange={choose}>
      {templates.map((it) => (
        <Card
          key={it.id}
          value={`template:${it.id}`}
          icon={ICONS[it.id] ?? <FileCode2 />}
          title={it.title}
          text={it.description}
          needs={it.needs}
        />
      ))}
      <Card
        value="git"
        icon={<FolderGit2 />}
        title="Git repository"
        text="Clone over HTTPS."
        needs={["git"]}
      />
      <Card value="empty" icon={<Square />} title="Empty" text="Only a shell and your files." needs={[]} />
    </RadioGroup>
  );
}

interface CardProps {
  value: string;
  icon: ReactNode;
  title: string;
  text: string;
  needs: string[];
}

function Card({ value, icon, title, text, needs }: CardProps) {
  return (
    <Radio.Root value={value} className={styles["card"]}>
      <span className={styles["icon"]}>{icon}</span>
      <span className={styles["words"]}>
        <span className={styles["title"]}>{title}</span>
        <span className={styles["text"]}>{text}</span>
      </span>
      {needs.length > 0 && (
        <span className={styles["needs"]}>
          <Terminal aria-hidden="true" />
          <span className={styles["srOnly"]}>needs </span>
          {needs.join(", ")}
        </span>
      )}
    </Radio.Root>
  );
}
