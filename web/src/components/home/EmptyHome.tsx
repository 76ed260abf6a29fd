import { Plus } from "lucide-react";
import { Button } from "../ui/Button";
import { House } from "../ui/House";
import styles from "./Home.module.css";

/** The first thing somebody sees: what a workspace is, and the way to one. */
export function EmptyHome({ onCreate }: { onCreate: () => void }) {
  return (
    <section className={styles["empty"]}>
      <div className={styles["street"]} aria-hidden="true">
        <House size={34} />
        <House size={52} light="on" />
        <House size={34} />
      </div>
      <h2>Give your first project a machine of its own</h2>
      <p>
        A workspace keeps files, terminals and a dev server together, walled off from everything else here.
        Close the tab, lose the network, pick up your phone: it goes on where you left it.
      </p>
      <Button look="ink" size="l" icon={<Plus />} onClick={onCreate}>
        New workspace
      </Button>
    </section>
  );
}
