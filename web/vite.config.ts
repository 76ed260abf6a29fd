import { fileURLToPath } from "node:url";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Where `vite dev` finds a gateway; `stead serve` listens there by default. */
const gateway = process.env["STEAD_URL"] ?? "http://localhost:7832";

/** The one without HTML: what is set as HTML is refused by the content security policy. */
const entities = fileURLToPath(
  new URL("node_modules/decode-named-character-reference/index.js", import.meta.url),
);

/** The keys of Emacs are registered by calls that their package says may be dropped; they may not. */
const emacsKeys: Plugin = {
  name: "emacs-keys",
  transform: (code, id) =>
    id.includes("@replit/codemirror-emacs")
      ? code.replaceAll("/*@__PURE__*/EmacsHandler.", "EmacsHandler.")
      : null,
};

export default defineConfig({
  resolve: { alias: { "decode-named-character-reference": entities } },
  plugins: [
    tanstackRouter({ target: "react", autoCodeSplitting: true, quoteStyle: "double" }),
    react(),
    emacsKeys,
  ],
  // All of them at once, so that a lazy page does not make the server start over.
  optimizeDeps: { entries: ["index.html", "src/**/*.tsx"], exclude: ["@replit/codemirror-emacs"] },
  server: {
    port: 5180,
    proxy: {
      "/api": { target: gateway, ws: true, changeOrigin: true, headers: { origin: gateway } },
    },
  },
  build: {
    target: "es2023",
    cssTarget: ["chrome125", "firefox128", "safari17.5"],
    chunkSizeWarningLimit: 700,
    // Inlined assets would be `data:` URLs, which the content security policy refuses.
    assetsInlineLimit: 0,
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
