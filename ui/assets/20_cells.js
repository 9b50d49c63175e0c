/* How the tables draw their cells. Everything is text in elements; nothing is markup. */
"use strict";

(() => {
  const gw = window.groundwire;
  const e = (...args) => window.React.createElement(...args);
  const loading = () => e("span", { className: "gw-skeleton" });
  const project = () => (gw.view.query.project ? `?${new URLSearchParams({ project: gw.view.query.project })}` : "");

  gw.traceHref = (id) => `${gw.prefix()}traces/${encodeURIComponent(id)}${project()}`;
  gw.sessionHref = (id) => `${gw.prefix()}sessions/${encodeURIComponent(id)}${project()}`;

  const link = (href, text, className) =>
    e("a", { href, className, tabIndex: -1, onClick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      event.stopPropagation();
      gw.go(href);
    } }, text);

  const marks = (d) =>
    [
      d.is_fallback && ["F", "A fallback answered", "warn"],
      d.retry_count && ["R", `Retried ${d.retry_count} ×`, "warn"],
      d.cache_hit && ["C", "Cache hit", "good"],
      d.guardrail_trips.length && ["G", `Guardrail tripped: ${d.guardrail_trips.join(", ")}`, "error"],
    ]
      .filter(Boolean)
      .map(([letter, title, kind]) => e("span", { key: letter, title, className: `gw-mark gw-mark-${kind}` }, letter));

  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, {
    GwTime: ({ value, data }) =>
      data ? e("span", { className: "gw-cell-time", title: `${gw.localTime(value)}\n${gw.utcTime(value)}` }, gw.shortTime(value)) : loading(),
    GwTrace: ({ data }) => {
      if (!data) return loading();
      const state = data.status === "error" ? "error" : "quiet";
      const title = data.status === "error" ? data.error_type || "error" : data.status;
      return e("span", { className: "gw-cell-trace" },
        e("span", { className: `gw-status-dot gw-status-${state}`, title, role: "img", "aria-label": title }),
        link(gw.traceHref(data.trace_id), data.name || "(unnamed)", "gw-cell-link"),
        ...marks(data));
    },
    GwPreview: ({ value, data }) => (data ? e("span", { className: "gw-cell-preview", title: value }, value) : loading()),
    GwText: ({ value, data }) => (data ? e("span", { title: value }, value) : null),
    GwList: ({ value, data }) => (data ? e("span", { title: (value || []).join("\n") }, (value || []).join(", ")) : null),
    GwModels: ({ value, data }) => {
      if (!data || !value.length) return null;
      const [first, ...more] = value.map((model) => model.split("/").pop());
      return e("span", { title: value.join("\n") }, first, more.length ? e("span", { className: "gw-cell-more" }, ` +${more.length}`) : null);
    },
    GwSession: ({ value, data }) => (data && value ? link(gw.sessionHref(value), value, "gw-cell-session") : null),
  });

  const known = (format) => (value) => (value === undefined ? "" : format(value));
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    gwDuration: known(gw.duration),
    gwSeconds: known(gw.seconds),
    gwTokens: known((n) => (n ? gw.short(n) : "–")),
    gwCount: known((n) => (n ? gw.count(n) : "–")),
    gwCost: known(gw.cost),
    gwIsNew: (params) => Boolean(params.data) && gw.newRows.has(params.data.trace_id),
  });
  /** What a cell says, as plain text. */
  gw.cellText = ({ field, formatter }, value) => {
    if (formatter) return window.dashAgGridFunctions[formatter](value);
    if (field === "time" || field === "first") return gw.shortTime(value);
    if (Array.isArray(value)) return value.map((one) => one.split("/").pop()).join(", ");
    return value || "";
  };
  gw.newRows = new Set();
})();
