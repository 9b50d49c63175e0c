/* While the app is still starting, ask for what its first page will need: rows and charts, or the trace. */
"use strict";

(() => {
  const gw = window.groundwire;
  const { clean, questionOf } = gw.view;
  const [page, id] = window.location.pathname.slice(gw.prefix().length).split("/");
  const query = Object.fromEntries(new URLSearchParams(window.location.search));
  const question = questionOf(clean(query));
  if (page === "" || (page === "traces" && !id)) {
    gw.askEarly("traces", { ...question, cursor: "" });
    gw.askEarly("histogram", { ...question, buckets: gw.BUCKETS });
  } else if (page === "sessions" && !id) {
    gw.askEarly("sessions", { ...question, cursor: "" });
  } else if (page === "traces") {
    gw.askEarly(`trace/${id.toLowerCase()}`, question.project ? { project: question.project } : {});
  }
})();
