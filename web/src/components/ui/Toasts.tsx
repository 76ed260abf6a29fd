import { Toast } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { toastManager } from "../../live/notices";
import { IconButton } from "./IconButton";
import styles from "./Toasts.module.css";

const ICONS = { info: <Info />, good: <CircleCheck />, bad: <CircleAlert /> };

/** Where passing messages appear; mounted once. */
export function Toasts() {
  return (
    <Toast.Provider toastManager={toastManager} limit={4}>
      <Toast.Portal>
        <Toast.Viewport className={styles["viewport"]}>
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className={styles["toast"]}
      swipeDirection={["right", "down"]}
      // The keyboard comes here, so nobody may find it hidden. What is urgent is read out elsewhere.
      aria-hidden={false}
      aria-live={toast.priority === "high" ? "off" : undefined}
    >
      <Toast.Content className={styles["content"]}>
        <span className={styles["icon"]} data-tone={toast.type}>
          {ICONS[(toast.type ?? "info") as keyof typeof ICONS]}
        </span>
        <div className={styles["words"]}>
          <Toast.Title className={styles["title"]} />
          <Toast.Description className={styles["detail"]} />
        </div>
        {toast.actionProps !== undefined && <Toast.Action className={styles["action"]} />}
        <Toast.Close aria-hidden={false} render={<IconButton label="Dismiss" icon={<X />} />} />
      </Toast.Content>
    </Toast.Root>
  ));
}
