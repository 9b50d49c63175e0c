/* The app's one name in the browser: small helpers that every other script here builds on.
   Text from spans is hostile. Elements are made by `h`, which sets text as text and refuses markup. */
"use strict";

window.groundwire = (() => {
  const gw = {};

  /** Make an element: h("a", {class: "x", href: "/", onclick: f, "data-x": 1}, "text", child, ...). */
  gw.h = (tag, props, ...children) => {
    const svg = gw.svgTags.has(tag);
    const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name === "value" && !svg) element.value = value;
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  };
  gw.svgTags = new Set(["svg", "g", "rect", "path", "line", "text", "circle", "polyline", "title"]);

  gw.icon = (name) => gw.h("span", { class: `gw-icon gw-icon-${name}`, "aria-hidden": "true" });

  const prefix = new URL(document.currentScript.src).pathname.replace(/assets\/.*$/, "");
  gw.prefix = () => prefix;

  /** Where apps send OTLP over HTTP, as far as the page can know: this server's host, by the name the reader uses. */
  gw.otlpUrl = () => `${window.location.protocol}//${window.location.hostname}:${document.getElementById("content").dataset.otlpPort}`;

  const urlOf = (path, query) => `${prefix}data/${path}?${new URLSearchParams(Object.entries(query).sort())}`;

  /* Answers asked for before the page that needs them was there, by URL; each serves once. */
  const early = new Map();
  gw.askEarly = (path, query) => {
    const url = urlOf(path, query);
    early.set(url, fetch(url, { headers: { Accept: "application/json" } }));
    setTimeout(() => early.delete(url), 5000);
  };

  /** Ask a data endpoint. Rejects with {kind, message, hint, column}; an aborted question never settles as a problem. */
  gw.ask = async (path, query, signal) => {
    const url = urlOf(path, query);
    const asked = early.get(url);
    early.delete(url);
    let answer;
    try {
      answer = await (asked || fetch(url, { signal, headers: { Accept: "application/json" } }));
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw { kind: "unreachable", message: "The server does not answer.", hint: "This page goes on trying." };
    }
    if (answer.ok) return answer.json();
    let problem = null;
    if ((answer.headers.get("content-type") || "").includes("json")) problem = await answer.json();
    if (problem && problem.kind) throw problem;
    if (answer.status === 401) throw { kind: "signed_out", message: "You are signed out.", hint: "Load the page again to sign in." };
    throw { kind: "error", message: `The server answered ${answer.status}.`, hint: "Its log says why." };
  };

  /** Run `work` at most once in `ms` after the last call. */
  gw.later = (ms, work) => {
    let timer = 0;
    return (...values) => {
      clearTimeout(timer);
      timer = setTimeout(() => work(...values), ms);
    };
  };

  /* Dash throws where it is asked about a part that is not there. */
  const isThere = (id) => {
    try {
      return window.dash_component_api.getLayout(id) !== undefined;
    } catch (error) {
      return false;
    }
  };

  /** Set properties of a part of the page, unless its page was left meanwhile. */
  gw.setProps = (id, props) => {
    if (isThere(id)) window.dash_clientside.set_props(id, props);
  };

  /** Go to another page of the app without loading it anew. */
  gw.go = (href) => {
    /* As dcc.Link does it: the page router listens to this event. */
    window.history.pushState(null, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  };

  gw.toast = (text) => {
    const toast = document.getElementById("toast");
    toast.textContent = text;
    toast.classList.add("gw-toast-shown");
    clearTimeout(gw.toastTimer);
    gw.toastTimer = setTimeout(() => toast.classList.remove("gw-toast-shown"), 1800);
  };

  gw.copy = async (text, what) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      /* Without a secure context there is no clipboard API; a selection in a text field still copies. */
      const field = gw.h("textarea", { class: "gw-hidden", value: text });
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    gw.toast(`Copied ${what}`);
  };

  /* What a page started and has to stop: timers, listeners, requests under way. */
  let stops = [];
  gw.onLeave = (stop) => stops.push(stop);
  let path = window.location.pathname;
  gw.leavePage = () => {
    for (const stop of stops) stop();
    stops = [];
    path = window.location.pathname;
  };
  /* The page goes some time after its address, its parts from Dash's layout before those from the screen: whatever it
     set then would throw. */
  const addressChanged = () => window.location.pathname !== path && gw.leavePage();
  window.addEventListener("popstate", addressChanged);
  window.addEventListener("_dashprivate_pushstate", addressChanged);
  gw.every = (ms, work) => {
    const timer = setInterval(work, ms);
    gw.onLeave(() => clearInterval(timer));
  };
  gw.listen = (target, event, handler) => {
    target.addEventListener(event, handler);
    gw.onLeave(() => target.removeEventListener(event, handler));
  };

  return gw;
})();
