/* What Dash's clientside callbacks call (see the `wire` functions in ui/). */
"use strict";

(() => {
  const gw = window.groundwire;
  const schemes = ["auto", "light", "dark"];
  const MANTINE_KEY = "mantine-color-scheme-value";

  const scheme = () => {
    const kept = localStorage.getItem("gw-theme");
    return schemes.includes(kept) ? kept : "auto";
  };
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const applyTheme = () => {
    const dark = scheme() === "dark" || (scheme() === "auto" && system.matches);
    document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
    localStorage.setItem(MANTINE_KEY, scheme());
  };
  applyTheme();
  system.addEventListener("change", applyTheme);

  /* Times are written in UTC by the server; show them in the reader's zone, UTC on hover. */
  const localise = () => {
    document.querySelectorAll("time[data-ms]:not([data-local])").forEach((time) => {
      const ms = Number(time.dataset.ms);
      time.dataset.local = "true";
      time.title = gw.utcTime(ms);
      time.textContent = gw.localTime(ms);
    });
  };
  new MutationObserver(gw.later(10, localise)).observe(document.documentElement, { childList: true, subtree: true });

  const rangeLabel = () => {
    const { from, to } = gw.view.query;
    const names = { m: "minutes", h: "hours", d: "days", w: "weeks" };
    if (!from) {
      const last = gw.view.range();
      const [n, unit] = [Number.parseInt(last, 10), last.slice(-1)];
      return `Last ${n} ${n === 1 ? names[unit].slice(0, -1) : names[unit]}`;
    }
    const start = /^\d+$/.test(from) ? Number(from) : Date.parse(from);
    const end = to ? (/^\d+$/.test(to) ? Number(to) : Date.parse(to)) : null;
    return `${gw.shortTime(start)} – ${end ? gw.shortTime(end) : "now"}`;
  };
  const showRange = () => gw.setProps("range-label", { children: rangeLabel() });

  const followShell = (changed) => {
    if (["range", "from", "to"].some((key) => changed.has(key))) showRange();
    if (changed.has("live")) gw.setProps("traces-live", { checked: gw.view.query.live === "1" });
    sessionStorage.setItem("gw-list", window.location.pathname + window.location.search);
  };

  const utc = (local) => (local ? new Date(local.replace(" ", "T")).toISOString() : "");
  const closeRange = () => gw.setProps("range-popover", { opened: false });

  window.dash_clientside = Object.assign(window.dash_clientside || {}, {
    groundwire: {
      start_list: ({ page, query, sorts, shown, usual, complaint }) => {
        gw.leavePage();
        if (usual) gw.usualColumns = usual;
        gw.view.start(page, query);
        sessionStorage.setItem("gw-list", window.location.pathname + window.location.search);
        gw.view.onChange(followShell);
        gw.startSearch(document.getElementById(`${page}-search`));
        gw.startFilter(document.getElementById(`${page}-filter`));
        if (page === "traces") {
          gw.startChart();
          for (const lines of document.querySelectorAll("#traces-start pre"))
            lines.textContent = lines.textContent.replace("http://127.0.0.1:4318", gw.otlpUrl());
        }
        gw.startTable(page, sorts, shown);
        gw.startScores(gw.table, usual || []);
        showRange();
        if (complaint) gw.toast(complaint);
        return "true";
      },
      rows_of_traces: (request) => (request ? gw.rows("traces", request) : window.dash_clientside.no_update),
      rows_of_sessions: (request) => (request ? gw.rows("sessions", request) : window.dash_clientside.no_update),
      start_quality: ({ page, query, complaint }) => {
        gw.leavePage();
        gw.view.start(page, query);
        gw.view.onChange(followShell);
        gw.startFilter(document.getElementById("quality-filter"));
        gw.startQuality();
        showRange();
        if (complaint) gw.toast(complaint);
        return "true";
      },
      start_quality_part: (state) => {
        gw.leavePage();
        gw.view.start(state.page, state.query, { range: state.usualRange });
        gw.view.onChange(followShell);
        gw.startQualityPart(state);
        showRange();
        if (state.complaint) gw.toast(state.complaint);
        return "true";
      },
      start_costs: (state) => {
        gw.leavePage();
        gw.view.start(state.page, state.query, { range: state.usualRange });
        gw.view.onChange(followShell);
        gw.startCosts(state);
        showRange();
        if (state.complaint) gw.toast(state.complaint);
        return "true";
      },
      start_trace: (state) => {
        gw.leavePage();
        gw.view.page = "trace";
        gw.startTrace(state);
        return "true";
      },
      start_session: () => {
        gw.leavePage();
        gw.view.page = "session";
        const more = document.getElementById("session-more");
        const seen = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && document.querySelector(".gw-turn") && more.click(), { rootMargin: "600px" });
        seen.observe(more);
        gw.onLeave(() => seen.disconnect());
        return "true";
      },
      start_queues: (state) => {
        gw.leavePage();
        gw.view.page = "queues";
        gw.startQueues(state);
        return "true";
      },
      start_queue: (state) => {
        gw.leavePage();
        gw.view.start(state.page, state.query);
        gw.view.onChange(followShell);
        gw.startFilter(document.getElementById("queue-filter"));
        gw.startQueue(state);
        showRange();
        if (state.complaint) gw.toast(state.complaint);
        return "true";
      },
      start_annotate: (state) => {
        gw.leavePage();
        gw.view.page = "annotate";
        gw.startAnnotate(state);
        return "true";
      },
      start_settings: (state) => {
        gw.leavePage();
        gw.view.page = "settings";
        gw.startSettings(state);
        return "true";
      },
      set_live: (checked) => gw.view.set({ live: checked ? "1" : "" }),
      set_columns: (columns) => {
        const usual = gw.usualColumns.join(",");
        const wanted = (columns || []).join(",");
        gw.view.set({ columns: wanted === usual ? "" : wanted });
      },
      set_preset: () => {
        const { triggered_id: id } = window.dash_clientside.callback_context;
        if (!id || !window.dash_clientside.callback_context.triggered[0].value) return;
        closeRange();
        gw.view.set({ range: id.value, from: "", to: "" });
      },
      set_last: (text) => {
        const last = (text || "").replace(/\s+/g, "").toLowerCase();
        if (!last) return;
        if (!/^\d{1,5}[mhdw]$/.test(last)) {
          gw.toast("Write for example 45m, 12h, 10d or 2w");
          return;
        }
        closeRange();
        gw.view.set({ range: last, from: "", to: "" });
      },
      set_ends: (clicks, from, to) => {
        if (!clicks || !from) return;
        closeRange();
        gw.view.set({ from: utc(from), to: utc(to), range: "" });
      },
      page_changed: (pathname, _, home) => {
        gw.home = home || ""; // told a moment later by the server
        document.querySelectorAll(".gw-nav-link").forEach((link) => {
          const path = link.getAttribute("href");
          const clean = path.split("?")[0];
          const within = clean.endsWith("costs") && ["budgets", "savings"].includes(pathname.slice(gw.prefix().length));
          const here = within || pathname === clean || pathname.startsWith(`${clean}/`) || (pathname === gw.prefix() && clean.endsWith("traces"));
          if (here) link.setAttribute("aria-current", "page");
          else link.removeAttribute("aria-current");
        });
        const project = new URLSearchParams(window.location.search).get("project") || gw.home;
        if (project) gw.setProps("project", { value: project });
        if (project !== (gw.project || gw.home)) {
          const query = project === gw.home ? "" : `?${new URLSearchParams({ project })}`;
          for (const path of ["traces", "sessions", "quality", "costs", "queues", "status", "settings"])
            gw.setProps({ part: "nav", path }, { href: `${gw.prefix()}${path}${query}` });
        }
        gw.project = project;
      },
      choose_project: (project) => {
        if (!project || project === gw.project) return;
        gw.go(gw.inProject(project));
      },
      draw_menu: () => {
        gw.drawMenu();
      },
      next_theme: () => {
        const next = schemes[(schemes.indexOf(scheme()) + 1) % schemes.length];
        localStorage.setItem("gw-theme", next);
        applyTheme();
        gw.toast({ auto: "As the system", light: "Light", dark: "Dark" }[next]);
      },
      copy_link: () => {
        gw.copy(window.location.href, "link to this view");
      },
      toggle_help: (_, opened) => !opened,
    },
  });
})();
