/* Asking the REST API from a page, and what pages show while they wait or when it refuses. */
"use strict";

(() => {
  const gw = window.groundwire;

  /** Call the API. Rejects with {status, kind, message, hint, column}. */
  gw.call = async (method, path, query = {}, body = undefined, signal = undefined) => {
    const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
    const options = { method, signal, headers: { Accept: "application/json" } };
    if (body !== undefined) {
      options.body = JSON.stringify(body);
      options.headers["Content-Type"] = "application/json";
    }
    let answer;
    try {
      answer = await fetch(`/api/v1/${path}${text ? `?${text}` : ""}`, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw { status: 0, kind: "unreachable", message: "The server does not answer.", hint: "Nothing was saved; try again." };
    }
    const told = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : {};
    if (answer.ok) return told;
    const { code = "error", message = `The server answered ${answer.status}.`, hint = "", column = null } = told.error || {};
    throw { status: answer.status, kind: code, message, hint, column };
  };

  gw.sentence = ({ message, hint }) => {
    /* Ours are sentences, the API's are clauses. */
    const text = [message, hint].filter(Boolean).join(/[.!?]$/.test(message) ? " " : ": ");
    return text ? text[0].toUpperCase() + text.slice(1) + (/[.!?)`]$/.test(text) ? "" : ".") : "";
  };

  /** What stands where a question failed, with a way to ask again. */
  gw.failed = (problem, again) => problem.status === 401 ? gw.signedOut() :
    gw.h("div", { class: "gw-empty gw-empty-error", role: "alert" },
      gw.h("p", { class: "gw-empty-title" }, problem.status === 403 ? "You may not do this here" : problem.status === 404 ? "There is no such queue" : "This did not work"),
      gw.h("p", { class: "gw-empty-text" }, gw.sentence(problem)),
      again ? gw.h("div", { class: "gw-empty-actions" }, gw.h("button", { class: "gw-button", type: "button", onclick: again }, "Try again")) : null);

  /** What stands where a session has ended, or been ended: the way back to this very page. */
  gw.signedOut = () => {
    const here = window.location.pathname + window.location.search;
    return gw.h("div", { class: "gw-empty", role: "alert" }, gw.h("p", { class: "gw-empty-title" }, "You are signed out"), gw.h("p", { class: "gw-empty-text" }, "Your session has ended. Sign in again to go on here."),
      gw.h("div", { class: "gw-empty-actions" }, gw.h("a", { class: "gw-button gw-primary", href: `/sign-in?${new URLSearchParams({ next: here })}` }, "Sign in")));
  };

  gw.nothing = (title, text, ...actions) =>
    gw.h("div", { class: "gw-empty", role: "status" }, gw.h("p", { class: "gw-empty-title" }, title), gw.h("p", { class: "gw-empty-text" }, text),
      actions.length ? gw.h("div", { class: "gw-empty-actions" }, ...actions) : null);

  gw.waiting = (rows) =>
    gw.h("div", { class: "gw-waiting", role: "status" }, gw.h("span", { class: "gw-hidden" }, "Loading …"),
      ...Array.from({ length: rows }, (_, i) => gw.h("div", { class: "gw-waiting-row" }, gw.h("span", { class: "gw-skeleton", style: `width: ${72 - ((i * 17) % 40)}%` }))));

  /** A link within the app. */
  gw.link = (look, href, ...content) =>
    gw.h("a", { class: look, href, onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      gw.go(href);
    } }, ...content);

  gw.press = (look, label, work, props = {}) => gw.h("button", { class: look, type: "button", onclick: work, ...props }, label);

  /** A dialog over the page: `fill(body, close)` draws it; Escape closes it and the focus goes back. */
  gw.dialog = (title, fill) => {
    const from = document.activeElement;
    const heading = `gw-dialog-${Date.now()}`;
    const close = () => box.close();
    const body = gw.h("div", { class: "gw-dialog-body" });
    const box = gw.h("dialog", { class: "gw-dialog", role: "dialog", "aria-labelledby": heading },
      gw.h("div", { class: "gw-dialog-head" }, gw.h("h2", { id: heading }, title), gw.h("span", { class: "gw-space" }),
        gw.h("button", { class: "gw-icon-button", type: "button", "aria-label": "Close", title: "Close (Esc)", onclick: close }, gw.icon("close"))), body);
    box.addEventListener("close", () => {
      box.remove();
      if (from && from.isConnected) from.focus();
    });
    document.body.append(box);
    fill(body, close);
    box.showModal();
    gw.onLeave(() => box.isConnected && box.close());
    return box;
  };

  /* Who the reader is, and what they may do in which project; asked once, and again after a change. */
  let me = null;
  gw.me = () => {
    me = me || gw.call("GET", "me").catch((problem) => {
      me = null;
      throw problem;
    });
    return me;
  };
  gw.forgetMe = () => {
    me = null;
  };

  /** What the reader may do in the project of a page. */
  gw.rights = async (project) => {
    const { home, name, projects } = await gw.me();
    const { permissions } = projects.find((one) => one.name === (project || home)) || { permissions: [] };
    return { name, may: (permission) => permissions.includes(permission) };
  };
})();
