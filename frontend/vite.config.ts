import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/",
  worker: { format: "es" },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { input: ["wall.html", "tablet.html", "plan.html", "me.html", "sign-in.html", "join.html", "register.html"] },
  },
});
