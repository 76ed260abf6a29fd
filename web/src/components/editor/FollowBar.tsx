import type { Followed } from "../../live/follow-store";

/** Says whom this page follows. Anything its person does in the editor ends it. */
export function FollowBar({ followed, onStop }: { followed: Followed; onStop: () => void }) {
  return (
    <div className="editor-follow" role="status">
      <span>
        Following <strong>{followed.name}</strong>
        {followed.looking === null && ", who looks at no file now"}
      </span>
      <button type="button" className="editor-action" onClick={onStop}>
        Stop
      </button>
    </div>
  );
}
