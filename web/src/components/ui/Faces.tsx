import { Avatar } from "./Avatar";

export interface Face {
  key: string;
  principal: string | null;
  name: string;
}

interface FacesProps {
  faces: readonly Face[];
  className: string;
  /** Said to screen readers before the names. */
  words: string;
}

/** Pictures that fit into a line of text. */
const SHOWN_MAX = 3;

/** Some people as small pictures; nothing for nobody. */
export function Faces({ faces, className, words }: FacesProps) {
  if (faces.length === 0) return null;
  const names = faces.map((it) => it.name).join(", ");
  return (
    <span className={className} title={names}>
      {faces.slice(0, SHOWN_MAX).map((it) => (
        <Avatar key={it.key} principal={it.principal ?? it.key} name={it.name} size="xs" />
      ))}
      {faces.length > SHOWN_MAX && <span aria-hidden="true">+{faces.length - SHOWN_MAX}</span>}
      <span className="sr-only">
        {words} {names}
      </span>
    </span>
  );
}
