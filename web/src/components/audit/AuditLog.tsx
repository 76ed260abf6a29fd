import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useMemo, useState } from "react";
import { type AuditEntry, exportUrl, listVerbs, type Place } from "../../api/audit";
import { AuditFeed } from "../../live/audit-feed";
import { useMedia } from "../../live/use-media";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Menu, MenuItem } from "../ui/Menu";
import styles from "./Audit.module.css";
import { AuditDetails } from "./AuditDetails";
import { AuditFilters, type Person } from "./AuditFilters";
import { AuditRows } from "./AuditRows";
import { type AuditSearch, queryOf } from "./audit-words";

/** Height of a row, in pixels; where the screen is narrow it has two lines. */
const ROW = 40;
const ROW_NARROW = 62;
const NARROW = "(max-width: 760px)";

interface AuditLogProps {
  place: Place;
  /** Who can be chosen as the one who did it. */
  people: readonly Person[];
  search: AuditSearch;
  onSearch: (search: AuditSearch) => void;
}

/** The audit log of this Stead or of one workspace: filters, rows, and one row in full. */
export function AuditLog({ place, people, search, onSearch }: AuditLogProps) {
  const verbs = useQuery({
    queryKey: ["audit-verbs"],
    queryFn: listVerbs,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [chosen, setChosen] = useState<AuditEntry | null>(null);
  const question = JSON.stringify(queryOf(search));
  const feed = useMemo(() => new AuditFeed(place, JSON.parse(question)), [place, question]);
  const view = useStore(feed);
  const byName = useMemo(() => new Map(verbs.data?.map((it) => [it.name, it])), [verbs.data]);
  const size = useMedia(NARROW) ? ROW_NARROW : ROW;
  const narrow = (more: AuditSearch) => {
    setChosen(null);
    onSearch({ ...search, ...more });
  };
  return (
    <div className={styles["audit"]}>
      <AuditFilters
        place={place}
        people={people}
        workspaces={view.workspaces}
        verbs={verbs.data ?? []}
        search={search}
        onSearch={onSearch}
      />
      <AuditRows
        key={size}
        size={size}
        feed={feed}
        view={view}
        verbs={byName}
        across={place === null}
        chosen={chosen}
        filtered={question !== "{}"}
        tools={<Export place={place} search={search} />}
        onChoose={setChosen}
        onClear={() => onSearch({})}
      />
      {chosen !== null && (
        <AuditDetails
          entry={chosen}
          verb={byName.get(chosen.verb)}
          names={view}
          across={place === null}
          onNarrow={narrow}
          onClose={() => setChosen(null)}
        />
      )}
    </div>
  );
}

/** The rows that the filters leave, as a file. */
function Export({ place, search }: { place: Place; search: AuditSearch }) {
  const take = (format: "jsonl" | "csv") => location.assign(exportUrl(place, queryOf(search), format));
  return (
    <Menu
      trigger={
        <Button size="s" icon={<Download />}>
          Export
        </Button>
      }
    >
      <p className={styles["exporting"]}>
        What the filters leave, oldest first. That it was taken is written down.
      </p>
      <MenuItem onSelect={() => take("csv")}>As a table (CSV)</MenuItem>
      <MenuItem onSelect={() => take("jsonl")}>As lines of JSON, with hashes</MenuItem>
    </Menu>
  );
}
