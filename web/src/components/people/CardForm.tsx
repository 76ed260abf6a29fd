import type { UseMutationResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { messageOf } from "../../api/client";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";

interface CardFormProps {
  /** What sending it does. */
  attempt: Pick<UseMutationResult<unknown, Error, void>, "mutate" | "isPending" | "error">;
  /** Words of the button. */
  submit: string;
  /** Something is missing or not as it must be. */
  wrong: boolean;
  size?: "m" | "l";
  children?: ReactNode;
}

/** A form that is the whole of a card: fields, what went wrong, and one button. */
export function CardForm({ attempt, submit, wrong, size = "l", children }: CardFormProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        attempt.mutate();
      }}
    >
      {children}
      {attempt.error !== null && <FormError>{messageOf(attempt.error)}</FormError>}
      <Button look="ink" size={size} type="submit" busy={attempt.isPending} disabled={wrong}>
        {submit}
      </Button>
    </form>
  );
}
