/* The page of one trace: its head, the waterfall, and which span is chosen. */
"use strict";

(() => {
  const gw = window.groundwire;
  const SETTLE_MS = 2000;
  const MOST_LOOKS = 15;

  const fact = ({ label, value, link, title }) =>
    gw.h("div", { class: "gw-fact", title: title || `${label}: ${value}` }, gw.h("dt", {}, label),
      gw.h("dd", {}, link ? gw.h("a", { href: link, onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        gw.go(link);
      } }, value) : value));

  const badge = ({ kind, title, text }) => gw.h("span", { class: `gw-badge gw-badge-${kind}`, title }, text);

  const drawHeader = (root, trace) => {
    const { header } = trace;
    const list = sessionStorage.getItem("gw-list") || `${gw.prefix()}traces`;
    const copy = (what, text) => gw.h("button", { class: "gw-copy", type: "button", "data-copy": text, title: `Copy ${what}`, "aria-label": `Copy ${what}` }, gw.icon("copy"));
    root.replaceChildren(
      gw.h("div", { class: "gw-title" },
        gw.h("a", { class: "gw-back", href: list, title: "Back to the list (Esc)", "aria-label": "Back to the list", onclick: (event) => {
          event.preventDefault();
          gw.go(list);
        } }, gw.icon("back")),
        gw.h("span", { class: `gw-status-dot gw-status-${header.status === "error" ? "error" : "ok"}`, title: header.status, role: "img", "aria-label": header.status }),
        gw.h("h1", {}, header.name),
        ...header.badges.map(badge),
        gw.h("span", { class: "gw-trace-evaluations" }, ...header.evaluations.map(badge)),
        gw.h("span", { class: "gw-space" }),
        gw.h("button", { class: "gw-button gw-feedback-button", type: "button", title: "Evaluations and your own judgement (e)", onclick: () => gw.openEvaluations() }, gw.icon("thumb-up"), "Feedback"),
        gw.h("time", { class: "gw-time", title: gw.utcTime(header.time) }, gw.localTime(header.time)),
        gw.h("span", { class: "gw-mono gw-dim gw-trace-id", title: trace.trace_id }, trace.trace_id.slice(0, 12)),
        copy("trace id", trace.trace_id)),
      gw.h("dl", { class: "gw-facts" }, ...header.facts.map(fact)),
    );
  };

  const sorry = (root, title, text, again) =>
    root.replaceChildren(gw.h("div", { class: "gw-empty", role: "alert" }, gw.h("p", { class: "gw-empty-title" }, title), gw.h("p", { class: "gw-empty-text" }, text),
      again ? gw.h("button", { class: "gw-button", type: "button", onclick: again }, "Look again") : null));

  class TracePage {
    constructor(state) {
      this.state = state;
      this.looks = 0;
      this.root = document.getElementById("trace-waterfall");
      this.head = document.getElementById("trace-header");
      this.abort = new AbortController();
      gw.onLeave(() => this.abort.abort());
      this.tell = gw.later(50, (row) => this.showSpan(row));
      this.root.setAttribute("aria-busy", "true");
      this.load();
    }

    query() {
      return this.state.project ? { project: this.state.project } : {};
    }

    async load() {
      this.looks += 1;
      let trace;
      try {
        trace = await gw.ask(`trace/${encodeURIComponent(this.state.trace)}`, this.query(), this.abort.signal);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        this.root.removeAttribute("aria-busy");
        const again = () => this.load();
        if (problem.kind === "missing") sorry(this.root, "No such trace", "It may not have come yet, belong to another project, or its retention has ended.", again);
        else sorry(this.root, problem.message, problem.hint, again);
        return;
      }
      this.show(trace);
      const settling = trace.header.badges.some((badge) => badge.text === "still arriving");
      if (settling && this.looks < MOST_LOOKS) setTimeout(() => this.abort.signal.aborted || this.load(), SETTLE_MS);
    }

    show(trace) {
      this.root.removeAttribute("aria-busy");
      this.session = trace.session;
      drawHeader(this.head, trace);
      document.title = `${trace.header.name} · Groundwire`;
      const same = this.waterfall && this.waterfall.spans.count === trace.spans.count;
      if (same) return;
      this.waterfall = new gw.Waterfall(this.root, trace.spans, (row) => this.tell(row));
      gw.waterfall = this.waterfall;
      gw.onLeave(() => {
        gw.waterfall = null;
      });
      this.first();
      if (!document.activeElement || document.activeElement === document.body) this.waterfall.view.focus({ preventScroll: true });
    }

    /** Choose the span of the URL, else the one that tells most: the first error at a leaf, a model call, the top. */
    first() {
      const { spans } = this.waterfall;
      if (!spans.count) return;
      let row = this.state.span ? this.waterfall.rowOf(this.state.span) : -1;
      if (row < 0 && spans.status) row = spans.status.findIndex((status, i) => status === "error" && !this.waterfall.hasChildren[i]);
      if (row < 0 && spans.operation) row = spans.operation.findIndex((operation) => operation === "chat");
      this.waterfall.choose(Math.max(0, row));
    }

    showSpan(row) {
      const span = this.waterfall.spans.id[row];
      if (this.abort.signal.aborted) return;
      const query = new URLSearchParams(window.location.search);
      query.set("span", span);
      window.history.replaceState(window.history.state, "", `${window.location.pathname}?${query}`);
      gw.setProps("span-chosen", { data: { trace: this.state.trace, span, project: this.state.project } });
    }
  }

  gw.startTrace = (state) => {
    gw.tracePage = new TracePage(state);
    startEvaluations(gw.tracePage);
    startSplitter();
    if (gw.seekClaim()) gw.openEvaluations();
  };

  /* The room for evaluations comes with their tab, and anew with each span. */
  const startEvaluations = (page) => {
    let panel = null;
    const look = () => {
      const room = document.querySelector("#trace-page .gw-evaluations:empty");
      if (room) panel = new gw.EvaluationsPanel(room, { trace: page.state.trace, span: room.dataset.span, session: page.session, project: page.state.project });
    };
    const seen = new MutationObserver(look);
    seen.observe(document.getElementById("span-tabs").parentElement, { childList: true, subtree: true });
    gw.onLeave(() => seen.disconnect());
    /* True once something is there; false if the page is left before. */
    const there = async (found) => {
      while (!found() && !page.abort.signal.aborted) await new Promise((done) => requestAnimationFrame(done));
      return !page.abort.signal.aborted;
    };
    /* The panel of the first span brings a tab of its own choice, so the tab is opened after that. */
    gw.openEvaluations = async () => {
      if (await there(() => document.querySelector("#span-head h2"))) gw.setProps("span-tabs", { value: "evaluations" });
    };
    /** Judge the whole trace from the keyboard; the panel shows that it was done. */
    gw.rateTrace = async (good) => {
      await gw.openEvaluations();
      if (await there(() => panel && panel.root.isConnected)) await panel.rateTrace(good);
    };
    /** Those that the page shows elsewhere: in the head, and how many on the tab. */
    gw.tellEvaluations = ({ badges, evaluations }, span) => {
      const place = page.head.querySelector(".gw-trace-evaluations");
      if (place) place.replaceChildren(...badges.map(badge));
      const count = evaluations.filter((one) => one.span_id === span).length;
      gw.setProps("count-evaluations", { children: count ? String(count) : "" });
    };
  };

  /* The border between waterfall and panel can be dragged, or moved with the arrow keys. */
  const startSplitter = () => {
    const body = document.getElementById("trace-body");
    const splitter = document.getElementById("trace-splitter");
    const setShare = (share) => {
      const kept = Math.min(0.75, Math.max(0.25, share));
      body.style.setProperty("--gw-left", `${kept * 100}%`);
      localStorage.setItem("gw-split", String(kept));
    };
    const kept = Number(localStorage.getItem("gw-split"));
    if (kept) setShare(kept);
    splitter.tabIndex = 0;
    splitter.onpointerdown = (event) => splitter.setPointerCapture(event.pointerId);
    splitter.onpointermove = (event) => {
      if (!splitter.hasPointerCapture(event.pointerId)) return;
      const box = body.getBoundingClientRect();
      setShare((event.clientX - box.left) / box.width);
    };
    splitter.onkeydown = (event) => {
      const step = { ArrowLeft: -0.03, ArrowRight: 0.03 }[event.key];
      if (step) setShare((Number(localStorage.getItem("gw-split")) || 0.54) + step);
    };
  };
})();
