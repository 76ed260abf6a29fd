import { useId } from "react";
import { messageOf } from "../../api/client";
import { Button } from "./Button";
import { FormError } from "./Field";
import { Modal, type ModalProps } from "./Modal";
import styles from "./Modal.module.css";
import { Prose } from "./Prose";

interface FormModalProps extends Omit<ModalProps, "open" | "actions"> {
  /** Words of the button that sends it. */
  submit: string;
  look?: "ink" | "danger";
  /** It is on its way. */
  busy: boolean;
  /** It cannot be sent as it is. */
  wrong?: boolean;
  /** Why it was refused. */
  error: Error | null;
  onSubmit: () => void;
}

/** A dialog with a form: sent by its button or by Enter, left by the other. */
export function FormModal({
  submit,
  look = "ink",
  busy,
  wrong = false,
  error,
  onSubmit,
  children,
  ...rest
}: FormModalProps) {
  const id = useId();
  return (
    <Modal
      open
      {...rest}
      actions={
        <>
          <Button onClick={rest.onClose}>Cancel</Button>
          <Button look={look} type="submit" form={id} busy={busy} disabled={wrong}>
            {submit}
          </Button>
        </>
      }
    >
      <form
        id={id}
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong) onSubmit();
        }}
      >
        {children}
        {error !== null && (
          <FormError>
            <Prose text={messageOf(error)} />
          </FormError>
        )}
      </form>
    </Modal>
  );
}
