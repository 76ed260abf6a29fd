import { keepPreviousData, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { readTranscript, sayToWorker, type WorkerSummary } from "../../api/registry";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import styles from "./Registry.module.css";
import { roleOf } from "./words";

interface WorkerDialogProps {
  worker: WorkerSummary;
  /** Rises whenever something has changed, which may be what was said. */
  pictures: number;
  onClose: () => void;
}

/** What was said to a worker, and a line to say more. */
export function WorkerDialog({ worker, pictures, onClose }: WorkerDialogProps) {
  const path = { runtime: worker.runtime_id, worker: worker.worker_id };
  const [text, setText] = useState("");
  const transcript = useInfiniteQuery({
    queryKey: ["transcript", worker.runtime_id, worker.worker_id, pictures],
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam }) => readTranscript(path, pageParam),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_start ?? undefined,
  });
  const say = useMutation({
    mutationFn: () => sayToWorker(path, text),
    onSuccess: () => setText(""),
  });
  const items = transcript.data?.pages.flatMap((it) => it.items) ?? [];
  return (
    <Modal open onClose={onClose} title={`${roleOf(worker)} ${worker.worker_id}`} width="m">
      {transcript.isError && <FormError>{messageOf(transcript.error)}</FormError>}
      {transcript.isSuccess && items.length === 0 && <p>Nothing was said to it yet.</p>}
      {items.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
        <ol className={styles["said"]} aria-label="Transcript" tabIndex={0}>
          {items.map((item) => (
            <li key={item.sequence}>
              <b>
                {item.sequence}, {item.role}
              </b>
              <p>{item.content}</p>
            </li>
          ))}
        </ol>
      )}
      {transcript.hasNextPage && (
        <Button busy={transcript.isFetchingNextPage} onClick={() => transcript.fetchNextPage()}>
          Show more
        </Button>
      )}
      {worker.capabilities.can_accept_input ? (
        <form
          className={styles["say"]}
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() !== "") say.mutate();
          }}
        >
          <Field
            label="Say something to it"
            hint="It is kept; nothing answers in this version."
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button type="submit" busy={say.isPending} disabled={text.trim() === ""}>
            Say it
          </Button>
          {say.error !== null && <FormError>{messageOf(say.error)}</FormError>}
        </form>
      ) : (
        <p>It takes no input any more. What was said stays.</p>
      )}
    </Modal>
  );
}
