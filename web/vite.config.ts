import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `vite dev` finds a gateway; `stead serve` listens there by default. */
const gateway = process.env["STEAD_URL"] ?? "http://localhost:7832";

export default defineConfig({
  plugins: [tanstackRouter({ target: "react", autoCodeSplitting: true, quoteStyle: "double" }), react()],
  // All of them at once, so that a lazy page does not make the server start over.
  optimizeDeps: { entries: ["index.html", "src/**/*.tsx"] },
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
