import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/",
  worker: { format: "es" },
  build: {
    target: "es2018", // a phone of 2018 in a village still opens its warnings
    cssTarget: ["chrome64", "safari12"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { input: ["wall.html", "tablet.html", "plan.html", "me.html", "sign-in.html", "join.html", "register.html"] },
  },
});
