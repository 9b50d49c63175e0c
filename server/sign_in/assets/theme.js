/* Light or dark as chosen in Groundwire, else as the system. Runs before anything is painted. */
"use strict";

(() => {
  let chosen = null;
  try {
    chosen = window.localStorage.getItem("mantine-color-scheme-value");
  } catch {
    // The browser keeps no storage for this page: as the system, then.
  }
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const scheme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
    document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
  };
  dark.addEventListener("change", show);
  show();
})();
