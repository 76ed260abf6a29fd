import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { Suspense } from "react";
import type { Me, Workspace } from "../../api/types";
import { AccountMenu } from "../shell/AccountMenu";
import { House } from "../ui/House";
import { standing } from "../ui/words";
import styles from "./ManageLayout.module.css";
import { type Section, sectionsFor } from "./sections";

interface ManageLayoutProps {
  workspace: Workspace;
  me: Me;
  section: Section;
}

/** The frame around each page of a workspace's management: the way back, the pages, one of them. */
export function ManageLayout({ workspace, me, section }: ManageLayoutProps) {
  const sections = sectionsFor(workspace.role);
  return (
    <div className={styles["page"]}>
      <header className={styles["bar"]}>
        <Link
          to="/w/$workspaceId"
          params={{ workspaceId: workspace.id }}
          className={styles["back"]}
          aria-label={`Back to ${workspace.name}`}
        >
          <ChevronLeft />
          <House size={18} light={standing(workspace).light} />
          <span>{workspace.name}</span>
        </Link>
        <AccountMenu me={me} />
      </header>
      <div className={styles["columns"]}>
        <nav className={styles["nav"]} aria-label={`Manage ${workspace.name}`}>
          <ul>
            {sections.map(({ slug, name, icon: Icon }) => (
              <li key={slug}>
                <Link
                  to="/w/$workspaceId/manage/{-$section}"
                  params={{ workspaceId: workspace.id, section: slug }}
                  aria-current={slug === section.slug ? "page" : undefined}
                >
                  <Icon />
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <main className={styles["main"]}>
          <h1>{section.name}</h1>
          <p className={styles["lead"]}>{section.lead}</p>
          <Suspense fallback={<div aria-busy="true" />}>
            <section.Page workspace={workspace} me={me} />
          </Suspense>
        </main>
      </div>
    </div>
  );
}
