import { createFileRoute } from "@tanstack/react-router";
import { EnvironmentPage } from "../components/environment/EnvironmentPage";
import { SettingsPage } from "../components/settings/SettingsPage";

export const Route = createFileRoute("/settings/environment")({ component: OwnEnvironment });

function OwnEnvironment() {
  return (
    <SettingsPage
      title="Environment"
      lead="What your terminals and agents find in their environment, in every workspace, and how Git signs in for you."
    >
      <EnvironmentPage owner={null} />
    </SettingsPage>
  );
}
