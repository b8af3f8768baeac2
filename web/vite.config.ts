import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Assets are hashed files beside `index.html`; nothing is inlined, so that the Content-Security-Policy can stay strict. */
export default defineConfig({
  root: here("."),
  plugins: [react({ jsxImportSource: "#jsx" })],
  resolve: {
    alias: [
      { find: /^#contracts\/(.*)$/, replacement: here("../server/contracts/$1.ts") },
      { find: /^#jsx\/(.*)$/, replacement: here("./src/jsx/$1.ts") },
    ],
  },
  build: {
    outDir: here("./dist"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // A style sheet per chunk is asked for once only: a chunk that is loaded after a failure would have no style.
    cssCodeSplit: false,
    target: "es2023",
    chunkSizeWarningLimit: 900,
  },
  server: {
    proxy: {
      "/api": "http://127.0.0.1:4800",
      // The page itself is of the app; links and the identity provider are of the server.
      "^/sign-in(?:/|.*[?&]token=)": "http://127.0.0.1:4800",
    },
  },
});
