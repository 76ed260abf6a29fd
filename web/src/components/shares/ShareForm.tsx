import { useState } from "react";
import { messageOf } from "../../api/client";
import type { Share } from "../../api/types";
import { notify } from "../../live/notices";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { Choices } from "./Choices";
import { LinkBox } from "./LinkBox";
import styles from "./Shares.module.css";
import { SlugField } from "./SlugField";
import {
  draftOf,
  EMPTY,
  EXPIRIES,
  endsVisits,
  MODES,
  namesIn,
  toCreate,
  toUpdate,
  until,
} from "./share-words";
import { useChangeShares } from "./use-shares";

/** As the server counts. */
const PASSWORD_LENGTH_MIN = 6;

interface ShareFormProps {
  workspaceId: string;
  /** The share to change; a new one is made without. */
  share: Share | null;
  onClose: () => void;
}

/** Who a share is for, how long, and by which name. */
export function ShareForm({ workspaceId, share, onClose }: ShareFormProps) {
  const [draft, setDraft] = useState(share === null ? EMPTY : draftOf(share));
  const [made, setMade] = useState<Share | null>(null);
  const change = useChangeShares(workspaceId);
  const needsPassword = draft.mode === "password" && share?.mode !== "password";
  const passwordShort =
    draft.password.length < PASSWORD_LENGTH_MIN && (needsPassword || draft.password !== "");
  const nobody = draft.mode === "chosen" && namesIn(draft.people).length === 0;
  const wrong = (draft.mode === "password" && passwordShort) || nobody;
  const update = share === null ? {} : toUpdate(draft, share, Date.now());
  const submit = () => {
    if (wrong) return;
    if (share === null) {
      change.mutate(
        { kind: "create", body: toCreate(draft, Date.now()) },
        { onSuccess: (result) => setMade(result) },
      );
    } else {
      change.mutate(
        { kind: "update", share: share.id, body: update },
        {
          onSuccess: () => {
            notify({ tone: "good", title: "The share was changed" });
            onClose();
          },
        },
      );
    }
  };
  if (made !== null) return <Made share={made} password={draft.password} onClose={onClose} />;
  return (
    <Modal
      open
      onClose={onClose}
      title={share === null ? "New share" : "Change the share"}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form="share" busy={change.isPending} disabled={wrong}>
            {share === null ? "Make the share" : "Save"}
          </Button>
        </>
      }
    >
      <form
        id="share"
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Choices
          label="Who may see the app"
          options={MODES}
          value={draft.mode}
          onChange={(mode) => setDraft({ ...draft, mode })}
        />
        {draft.mode === "password" && (
          <Field
            label="Password"
            mono
            maxLength={256}
            placeholder={needsPassword ? "" : "unchanged"}
            hint="6 characters at least. You tell it to your visitors; Stead cannot show it again."
            value={draft.password}
            onChange={(event) => setDraft({ ...draft, password: event.target.value })}
          />
        )}
        {draft.mode === "chosen" && (
          <Field
            label="People"
            placeholder="eve, grace"
            hint="User names, with commas between them."
            value={draft.people}
            onChange={(event) => setDraft({ ...draft, people: event.target.value })}
          />
        )}
        <Choices
          label="How long"
          compact
          options={
            share?.expires_at_ms == null
              ? EXPIRIES
              : [{ value: "keep", label: `Ends ${until(share.expires_at_ms, Date.now())}` }, ...EXPIRIES]
          }
          value={draft.expiry}
          onChange={(expiry) => setDraft({ ...draft, expiry })}
        />
        <SlugField
          workspaceId={workspaceId}
          value={draft.slug}
          own={share?.slug ?? null}
          onChange={(slug) => setDraft({ ...draft, slug })}
        />
        {endsVisits(update) && (
          <p className={styles["note"]}>Everybody who is looking now comes in again, or is out.</p>
        )}
        {change.isError && <FormError>{messageOf(change.error)}</FormError>}
      </form>
    </Modal>
  );
}

function Made({ share, password, onClose }: { share: Share; password: string; onClose: () => void }) {
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title="The app is shared"
      lead={
        share.mode === "password" ? (
          <>
            Visitors are asked for <code>{password}</code>. It is shown here for the last time.
          </>
        ) : undefined
      }
      actions={
        <Button look="ink" onClick={onClose}>
          Done
        </Button>
      }
    >
      <LinkBox url={share.slug_url ?? share.url} large />
    </Modal>
  );
}
