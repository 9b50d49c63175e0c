/* The state of a list page: a flat object of texts, the same that stands in the URL. The server alone reads meaning
   into it (ui/state.py); here keys are set, shown in the URL, and told to the parts of the page. */
"use strict";

(() => {
  const gw = window.groundwire;
  const usual = { sort: "-time", range: "24h" };
  let defaults = usual;
  const view = { page: "", path: "", query: {}, problem: null };
  let listeners = [];

  view.clean = (query) =>
    Object.fromEntries(Object.entries(query).filter(([key, value]) => value && defaults[key] !== value));
  const address = () => {
    const text = new URLSearchParams(view.query).toString();
    return window.location.pathname + (text ? `?${text}` : "");
  };

  /** Begin a page: forget the parts of the page before. `own`: what the page takes where its address says nothing. */
  view.start = (page, query, own = {}) => {
    listeners = [];
    defaults = { ...usual, ...own };
    view.page = page;
    view.path = window.location.pathname;
    view.query = view.clean(query);
    view.problem = null;
  };

  view.range = () => view.query.range || defaults.range;

  view.onChange = (listener) => listeners.push(listener);

  const tell = (changed) => listeners.forEach((listener) => listener(changed));

  /** Change some keys ('' removes one); the URL follows, and so do all parts of the page. */
  view.set = (changes) => {
    const next = view.clean({ ...view.query, ...changes });
    const changed = new Set(
      [...Object.keys(next), ...Object.keys(view.query)].filter((key) => (next[key] || "") !== (view.query[key] || "")),
    );
    if (!changed.size) return;
    view.query = next;
    view.problem = null;
    window.history.pushState(null, "", address());
    tell(changed);
  };

  /** The reader went back or forward, or followed a link to this same page. */
  view.follow = () => {
    const next = view.clean(Object.fromEntries(new URLSearchParams(window.location.search)));
    const changed = new Set(
      [...Object.keys(next), ...Object.keys(view.query)].filter((key) => (next[key] || "") !== (view.query[key] || "")),
    );
    if (!changed.size) return;
    view.query = next;
    view.problem = null;
    tell(changed);
  };

  /** All parts of the page ask for their data once more. */
  view.reload = () => tell(new Set(["range"]));

  view.setProblem = (problem) => {
    view.problem = problem;
    tell(new Set(["problem"]));
  };

  /** What goes to the data endpoints: the question without what only concerns the looks. */
  view.question = () => view.questionOf(view.query);
  view.questionOf = ({ live, columns, ...question }) => question;

  /* A condition is in the filter when it stands there between `and`s. */
  const conditions = (filter) => (filter ? filter.split(/\s+and\s+/i) : []);
  view.hasClause = (clause) => conditions(view.query.filter || "").includes(clause);
  view.toggleClause = (clause) => {
    const filter = view.query.filter || "";
    if (view.hasClause(clause)) {
      view.set({ filter: conditions(filter).filter((c) => c !== clause).join(" and ") });
      return;
    }
    const first = /\sor\s/i.test(filter) && !/^\(.*\)$/.test(filter) ? `(${filter})` : filter;
    view.set({ filter: first ? `${first} and ${clause}` : clause });
  };

  gw.view = view;
  gw.BUCKETS = 72; // of the charts
  const follow = () => {
    if (window.location.pathname === view.path && document.getElementById(`${view.page}-page`)) view.follow();
  };
  window.addEventListener("popstate", follow);
  window.addEventListener("_dashprivate_pushstate", follow);
})();
