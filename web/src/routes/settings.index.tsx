import { createFileRoute, Navigate } from "@tanstack/react-router";
import { SETTINGS_PHONE } from "../components/settings/SettingsShell";
import { usePageStatus } from "../live/page-status";
import { useMedia } from "../live/use-media";

export const Route = createFileRoute("/settings/")({ component: SettingsList });

/** On a phone the list is the page; elsewhere it stands beside the first one. */
function SettingsList() {
  const phone = useMedia(SETTINGS_PHONE);
  usePageStatus("Settings", "off");
  return phone ? null : <Navigate to="/settings/profile" replace />;
}
