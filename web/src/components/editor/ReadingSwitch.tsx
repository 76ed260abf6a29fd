import { BookOpen, Pencil } from "lucide-react";
import { IconButton } from "../ui/IconButton";

const PREVIEWS = {
  markdown: "Read as a page",
  table: "Show as a table",
  picture: "Show as a picture",
} as const;

interface ReadingSwitchProps {
  kind: keyof typeof PREVIEWS;
  reading: boolean;
  onChange: (reading: boolean) => void;
}

/** Turns between a text and what it is when it is read. */
export function ReadingSwitch({ kind, reading, onChange }: ReadingSwitchProps) {
  return (
    <div className="editor-reading">
      <IconButton
        label={reading ? "Edit the text" : PREVIEWS[kind]}
        icon={reading ? <Pencil /> : <BookOpen />}
        onClick={() => onChange(!reading)}
      />
    </div>
  );
}
