/* Keys that work everywhere, and clicks on parts that several pages share. */
"use strict";

(() => {
  const gw = window.groundwire;
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  const focus = (id) => {
    const field = document.getElementById(id);
    if (!field) return false;
    field.focus();
    field.select();
    return true;
  };

  const move = (steps) => {
    if (gw.waterfall) gw.waterfall.step(steps);
    else if (gw.table) gw.table.move(steps);
  };

  const back = () => {
    if (document.querySelector(".gw-page-trace, .gw-page-session")) gw.go(sessionStorage.getItem("gw-list") || `${gw.prefix()}traces`);
  };

  const keys = {
    "/": () => focus("search") || focus("trace-search"),
    f: () => focus("filter"),
    j: () => move(1),
    k: () => move(-1),
    Enter: () => gw.table && gw.table.openChosen(),
    Escape: back,
    e: () => gw.waterfall && gw.openEvaluations(),
    "+": () => gw.waterfall && gw.rateTrace(true),
    "-": () => gw.waterfall && gw.rateTrace(false),
    z: () => gw.waterfall && gw.waterfall.zoom(),
    l: () => gw.view.page === "traces" && document.getElementById("traces-live") && document.getElementById("traces-live").click(),
    c: () => document.getElementById("copy-link").click(),
    "?": () => document.getElementById("help-button").click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
    if (document.querySelector("[role=dialog]")) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const work = keys[event.key];
    if (!work) return;
    event.preventDefault();
    work();
  });

  document.addEventListener("click", (event) => {
    const copy = event.target.closest(".gw-copy");
    if (copy) {
      event.preventDefault();
      event.stopPropagation();
      const near = copy.closest(".gw-lines, .gw-block, .gw-section, .gw-stack");
      const source = near && near.querySelector("[data-copyable]");
      const text = copy.dataset.copy !== undefined ? copy.dataset.copy : source ? source.textContent : "";
      gw.copy(text, (copy.getAttribute("aria-label") || "").replace("Copy ", ""));
      return;
    }
    const fold = event.target.closest("[data-fold]");
    if (fold) {
      const open = fold.parentElement.classList.toggle("gw-fold-open");
      fold.dataset.closed = fold.dataset.closed || fold.textContent;
      fold.textContent = open ? "Show less" : fold.dataset.closed;
      fold.setAttribute("aria-expanded", String(open));
    }
  });

  /* Narrow a table of attributes to the rows that hold some words. */
  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-narrow]");
    if (!box) return;
    const words = event.target.value.trim().toLowerCase();
    document.querySelectorAll(`#${box.dataset.narrow} tbody tr`).forEach((row) => {
      row.hidden = Boolean(words) && !row.textContent.toLowerCase().includes(words);
    });
  });
})();
